"""Reading how cases are placed with lenders: on a day, by name, and what waits to be confirmed."""

from datetime import date

from django.db.models import QuerySet

from scf.domain import routing
from scf.parties.access import may
from scf.parties.models import Membership

from ..models import Programme

State = Programme.State


def _with_names(rows: QuerySet[Programme]) -> QuerySet[Programme]:
    return rows.prefetch_related("seats__bank", "suppliers", "buyers")


def visible_to(membership: Membership | None) -> QuerySet[Programme]:
    """All versions, without their lenders and names, for whoever may write them; none for others."""
    if not may(membership, "banks.place"):
        return Programme.objects.none()
    return Programme.objects.select_related("proposed_by", "decided_by")


def in_force(on: date) -> list[Programme]:
    """The version of each name that counts on `on`, in the order in which cases are looked through."""
    begun = Programme.objects.filter(state=State.CONFIRMED, valid_from__lte=on).order_by("name", "-valid_from", "-id")
    latest = _with_names(begun.distinct("name"))
    running = [row for row in latest if not row.is_stopped and (row.valid_to is None or on <= row.valid_to)]
    return sorted(running, key=lambda row: (row.priority, row.pk))


def coming(on: date) -> QuerySet[Programme]:
    """What was confirmed for later, by its first day."""
    rows = Programme.objects.filter(state=State.CONFIRMED, valid_from__gt=on)
    return _with_names(rows).order_by("valid_from", "pk")


def terms(on: date) -> list[routing.Programme]:
    """The same as the rules see it; five queries."""
    return [row.terms for row in in_force(on)]


def named(name: str) -> Programme | None:
    """The last version of a name that was confirmed."""
    rows = _with_names(Programme.objects.filter(name=name.strip(), state=State.CONFIRMED))
    return rows.order_by("-valid_from", "-id").first()


def version_before(row: Programme) -> Programme | None:
    """The version of the same name whose place it takes on its first day."""
    rows = _with_names(Programme.objects.filter(name=row.name, state=State.CONFIRMED).exclude(pk=row.pk))
    if row.state == State.CONFIRMED:
        rows = rows.filter(pk__lt=row.pk) | rows.filter(valid_from__lt=row.valid_from)
    return rows.filter(valid_from__lte=row.valid_from).order_by("-valid_from", "-id").first()
