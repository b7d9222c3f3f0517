"""Reading what lenders want: on a day, by line, and what waits to be confirmed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from scf.domain import routing
from scf.domain.pricing import Grade
from scf.parties.models import Membership, Organisation

from ..models import Appetite

State = Appetite.State


def appetites(on: date) -> list[routing.Appetite]:
    """What all active lenders want on a day, as the domain routes by it; three queries."""
    return [
        routing.Appetite(
            bank_id=row.bank_id,
            products=frozenset(row.products),
            currency=row.currency,
            amount_min=row.amount_min,
            amount_max=row.amount_max,
            tenor_days_min=row.tenor_days_min,
            tenor_days_max=row.tenor_days_max,
            buyers=frozenset(buyer.pk for buyer in row.buyers.all()),
            warehouses=frozenset(warehouse.pk for warehouse in row.warehouses.all()),
            industries=frozenset(row.industries),
            regions=frozenset(row.regions),
            grade_min=Grade(row.grade_min) if row.grade_min else None,
            prices=row.cells,
            appetite_id=row.pk,
        )
        for row in in_force(Appetite.objects.filter(bank__is_active=True), on)
    ]


def in_force(rows: QuerySet[Appetite], on: date) -> list[Appetite]:
    """Of these versions the one of each line that counts on `on`; lines that have ended or stopped have none."""
    begun = rows.filter(state=State.CONFIRMED, valid_from__lte=on).order_by("bank_id", "name", "-valid_from", "-id")
    latest = begun.distinct("bank_id", "name").select_related("bank").prefetch_related("buyers", "warehouses")
    return [row for row in latest if not row.has_ended(on) and not row.is_stopped]


def version_before(row: Appetite) -> Appetite | None:
    """The version of the same line whose place it takes on its first day."""
    rows = Appetite.objects.filter(bank=row.bank_id, name=row.name, state=State.CONFIRMED).exclude(pk=row.pk)
    if row.state == State.CONFIRMED:
        rows = rows.filter(pk__lt=row.pk) | rows.filter(valid_from__lt=row.valid_from)
    return rows.filter(valid_from__lte=row.valid_from).order_by("-valid_from", "-id").first()


@dataclass(frozen=True, slots=True)
class Lines:
    """A lender's versions, by where they stand on a day."""

    waiting: list[Appetite]
    now: list[Appetite]
    coming: list[Appetite]


def visible_to(membership: Membership | None) -> QuerySet[Appetite]:
    """A lender's own versions; none for others: what a lender wants and charges is its own secret."""
    if membership is None or membership.organisation.kind != Organisation.Kind.BANK:
        return Appetite.objects.none()
    rows = Appetite.objects.filter(bank=membership.organisation).select_related("bank", "proposed_by", "decided_by")
    return rows.prefetch_related("buyers", "warehouses")


def lines(membership: Membership, on: date) -> Lines:
    """What waits, what counts on `on` (stopped and ended lines left out), and what was confirmed for later."""
    rows = visible_to(membership)
    waiting = list(rows.filter(state=State.PROPOSED).order_by("id"))
    coming = list(rows.filter(state=State.CONFIRMED, valid_from__gt=on).order_by("valid_from", "id"))
    return Lines(waiting, in_force(rows, on), coming)


def to_confirm(membership: Membership) -> QuerySet[Appetite]:
    """What a colleague has entered and this officer may confirm, the oldest first."""
    return visible_to(membership).filter(state=State.PROPOSED).exclude(proposed_by=membership.user).order_by("id")


def past(membership: Membership, on: date, *, now: Iterable[Appetite]) -> QuerySet[Appetite]:
    """Everything that neither counts on `on` nor waits nor comes, newest first."""
    rows = visible_to(membership).exclude(state=State.PROPOSED).exclude(pk__in=[row.pk for row in now])
    return rows.exclude(state=State.CONFIRMED, valid_from__gt=on).order_by("-id")


def version_used(appetite_id: int | None) -> Appetite | None:
    """The version by which a case was routed."""
    return Appetite.objects.filter(pk=appetite_id).first() if appetite_id is not None else None
