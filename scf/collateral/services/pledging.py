"""Reserving, pledging and releasing goods. Each function is one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.kernel import lifecycle
from scf.orders.selectors import FinanceableLine
from scf.parties import refusals
from scf.parties.models import Membership, Organisation

from ..models import Holding, Pledge, PledgeLine


class AlreadyPledged(DomainError):
    """The goods, or part of them, already stand behind another case."""

    code = "ALREADY_PLEDGED"


class NothingReserved(DomainError):
    """The case has no goods behind it."""

    code = "NOTHING_RESERVED"


refusals.register(
    {
        "ALREADY_PLEDGED": _(
            "Part of these goods already stands behind another case (%(document)s). "
            "Take that line out, or withdraw the other case first."
        ),
        "NOTHING_RESERVED": _("No goods stand behind this case any more. Start a new application."),
    }
)


@dataclass(frozen=True, slots=True)
class Taking:
    """A quantity of a line to be reserved, and what it carries."""

    line: FinanceableLine
    quantity: Decimal
    lendable_minor: int


@transaction.atomic
def reserve(
    *,
    reference: str,
    thread: str,
    supplier: Organisation,
    takings: Sequence[Taking],
    by: Membership | None,
    at: datetime,
) -> Pledge:
    """Put goods behind a case, before any lender is asked.

    A case returned and sent again reserves anew: what it held before is freed
    first, in the same transaction. Raises AlreadyPledged.
    """
    pledge, _made = Pledge.objects.get_or_create(reference=reference, defaults={"thread": thread, "supplier": supplier})
    pledge.lines.filter(counts=True).update(counts=False)
    pledge.lines.all().delete()
    for taking in sorted(takings, key=lambda t: (t.line.root_line_id, t.line.line_id)):
        _take(pledge, taking)
    return pledge


def _take(pledge: Pledge, taking: Taking) -> None:
    line = taking.line
    line_holding = _holding(line.line_id, Holding.Scope.LINE, line.eligible_quantity)
    root_holding = _holding(line.root_line_id, Holding.Scope.ROOT, line.root_capacity_quantity)
    try:
        with transaction.atomic():
            PledgeLine.objects.create(
                pledge=pledge,
                line_holding=line_holding,
                root_holding=root_holding,
                quantity=taking.quantity,
                lendable_minor=taking.lendable_minor,
                currency=line.currency,
            )
    except IntegrityError as refusal:
        raise AlreadyPledged("the goods are behind another case", document=line.document_number) from refusal


def _holding(line_id: int, scope: str, capacity: Decimal) -> Holding:
    """The holding with its capacity brought up to date; never below what is committed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO collateral_holding (line_id, scope, capacity, committed) VALUES (%s, %s, %s, 0) "
            "ON CONFLICT (line_id, scope) DO UPDATE SET "
            "capacity = GREATEST(EXCLUDED.capacity, collateral_holding.committed) RETURNING id",
            [line_id, scope, capacity],
        )
        return Holding(pk=cursor.fetchone()[0])


def _locked(reference: str) -> Pledge:
    pledge = Pledge.objects.select_for_update().filter(reference=reference).first()
    if pledge is None or not pledge.lines.filter(counts=True).exists():
        raise NothingReserved("no goods stand behind this case", reference=reference)
    return pledge


@transaction.atomic
def pledge(*, reference: str, bank: Organisation, by: Membership | None, at: datetime) -> Pledge:
    """Make the reserved goods the lender's security. Raises NothingReserved, NotAllowedNow."""
    return lifecycle.fire(_locked(reference), "pledge", by=by, at=at, bank=bank, facts={"bank": str(bank)})


@transaction.atomic
def release(*, reference: str, by: Membership | None, at: datetime, is_paid_for: bool = False, note: str = "") -> None:
    """Free the goods of a case; does nothing where none are held.

    is_paid_for  the buyer has paid for the goods: they are off the lender's
                 hands but carry no claim any more, so they go on counting
    """
    held = Pledge.objects.select_for_update().filter(reference=reference).first()
    if held is None or held.state == Pledge.State.RELEASED:
        return
    lifecycle.fire(held, "release", by=by, at=at, note=note, facts={"paid_for": is_paid_for})
    if not is_paid_for:  # after the release: the database keeps pledged goods where they are
        held.lines.filter(counts=True).update(counts=False)
