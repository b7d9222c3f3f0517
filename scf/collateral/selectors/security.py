"""Whose pledges, margin calls and changes of collateral a person sees."""

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from scf.parties.access import is_kind, is_platform, may
from scf.parties.models import Membership, Organisation

from ..models import CollateralChange, MarginCall, Pledge, PledgeLine

Kind = Organisation.Kind
RUNNING = (MarginCall.State.OPEN, MarginCall.State.FORCED_SALE)


def pledges_visible_to(membership: Membership | None) -> QuerySet[Pledge]:
    """A supplier's own, a lender's where the goods are pledged to it, all for the platform, none for others."""
    found = Pledge.objects.select_related("supplier", "bank")
    wanted = _theirs(membership)
    return found.none() if wanted is None else found.filter(wanted)


def calls_visible_to(membership: Membership | None) -> QuerySet[MarginCall]:
    """Margin calls on the pledges that a person sees."""
    return _of_theirs(
        MarginCall.objects.select_related("pledge__supplier", "pledge__bank", "pledge__exposure"), membership
    )


def changes_visible_to(membership: Membership | None) -> QuerySet[CollateralChange]:
    """Changes of collateral on the pledges that a person sees."""
    return _of_theirs(
        CollateralChange.objects.select_related(
            "pledge__supplier", "pledge__bank", "asked_by__user", "asked_by__organisation"
        ),
        membership,
    )


def open_calls(membership: Membership, rows_max: int = 8) -> list[MarginCall]:
    """What runs and concerns this person, by deadline."""
    found = calls_visible_to(membership).filter(state__in=RUNNING)
    return list(found.order_by("deadline", "pk")[:rows_max])


def proposed_changes(membership: Membership, rows_max: int = 8) -> list[CollateralChange]:
    """What waits for the word of a lender's checker, oldest first; nothing for others."""
    if not may(membership, "collateral.decide"):
        return []
    found = changes_visible_to(membership).filter(state=CollateralChange.State.PROPOSED)
    return list(found.order_by("pk")[:rows_max])


def listed_calls(
    membership: Membership, *, is_running: bool, after: str = "", rows_max: int = 30
) -> tuple[list[MarginCall], str]:
    """One page: what runs by deadline, what has ended newest first; and the key of the next page, "" at the end."""
    found = calls_visible_to(membership)
    if is_running:
        day, pk = _cursor(after)
        found = found.filter(state__in=RUNNING).order_by("deadline", "pk")
        if day is not None:
            found = found.filter(Q(deadline__gt=day) | Q(deadline=day, pk__gt=pk))
    else:
        _day, pk = _cursor(f"2000-01-01~{after}")
        found = found.exclude(state__in=RUNNING).order_by("-pk")
        found = found.filter(pk__lt=pk) if pk else found
    rows = list(found[: rows_max + 1])
    if len(rows) <= rows_max:
        return rows, ""
    last = rows[rows_max - 1]
    return rows[:rows_max], f"{last.deadline.isoformat()}~{last.pk}" if is_running else str(last.pk)


def lines_with_past(reference: str) -> QuerySet[PledgeLine]:
    """Every line that ever stood behind a case, in order, with where it came from and why it left."""
    parts = (
        "line_holding__line__document",
        "came_from",
        "release__ordered_by__user",
        "release__ordered_by__organisation",
    )
    return PledgeLine.objects.filter(pledge__reference=reference).select_related(*parts, "worth").order_by("pk")


def _theirs(membership: Membership | None) -> Q | None:
    if membership is None or not may(membership, "financing.view"):
        return None
    if is_platform(membership):
        return Q()
    if is_kind(membership, Kind.SUPPLIER):
        return Q(supplier=membership.organisation_id)
    return Q(bank=membership.organisation_id) if is_kind(membership, Kind.BANK) else None


def _of_theirs(rows: QuerySet[Any], membership: Membership | None) -> QuerySet[Any]:
    return rows.filter(pledge__in=pledges_visible_to(membership)) if _theirs(membership) is not None else rows.none()


def _cursor(text: str) -> tuple[date | None, int]:
    day, _separator, pk = text.partition("~")
    try:
        return date.fromisoformat(day), int(pk[:18])
    except ValueError:
        return None, 0
