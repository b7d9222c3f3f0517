"""Reserving, pledging and releasing goods. Each function is one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from scf.domain import units
from scf.domain.errors import DomainError
from scf.domain.valuation import Terms
from scf.kernel import lifecycle
from scf.kernel.clock import day_of
from scf.orders.selectors import FinanceableLine
from scf.parties import refusals
from scf.parties.models import Membership, Organisation

from ..models import Holding, Pledge, PledgeLine, ReleaseOrder
from . import stock as warehouse
from . import valuing

Reason = ReleaseOrder.Reason


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
    """A quantity of a line to be put behind a case, in the line's unit, what it carries and on which terms."""

    line: FinanceableLine
    quantity: Decimal
    lendable_minor: int
    terms: Terms
    product: str = ""


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
    take_all(pledge, takings)
    valuing.value_pledges([pledge.pk], on=day_of(at))
    return pledge


def take_all(pledge: Pledge, takings: Sequence[Taking], came_from: PledgeLine | None = None) -> list[PledgeLine]:
    """Take goods in an order that two at once share; the caller holds the transaction. Raises AlreadyPledged."""
    in_order = sorted(takings, key=lambda taking: (taking.line.root_line_id, taking.line.line_id))
    return [_take(pledge, taking, came_from) for taking in in_order]


def _take(pledge: Pledge, taking: Taking, came_from: PledgeLine | None) -> PledgeLine:
    line = taking.line
    stock = warehouse.stock_of(line)
    try:
        with transaction.atomic():
            stock_quantity = units.convert(taking.quantity, line.unit, stock.unit) if stock else None
            return PledgeLine.objects.create(
                pledge=pledge,
                line_holding=_holding(line.line_id, Holding.Scope.LINE, line.eligible_quantity),
                root_holding=_holding(line.root_line_id, Holding.Scope.ROOT, line.root_capacity_quantity),
                stock_holding=_stock_holding(stock, line) if stock else None,
                quantity=taking.quantity,
                root_quantity=(taking.quantity * line.root_factor).quantize(units.STEP, ROUND_DOWN),
                stock_quantity=stock_quantity,
                lendable_minor=taking.lendable_minor,
                currency=line.currency,
                product=taking.product or line.product,
                advance_rate=taking.terms.advance_rate,
                haircut=taking.terms.haircut,
                came_from=came_from,
            )
    except IntegrityError as refusal:
        raise AlreadyPledged("the goods are behind another case", document=line.document_number) from refusal


def _stock_holding(stock: warehouse.Stock, line: FinanceableLine) -> Holding:
    return warehouse.holding_of(stock, units.convert(line.gross_quantity, line.unit, stock.unit))


def _holding(line_id: int, scope: str, capacity: Decimal) -> Holding:
    """The holding with its capacity brought up to date; never below what is committed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO collateral_holding (line_id, scope, capacity, committed) VALUES (%s, %s, %s, 0) "
            "ON CONFLICT (line_id, scope) DO UPDATE SET "
            "capacity = GREATEST(EXCLUDED.capacity, collateral_holding.committed) RETURNING id",
            [line_id, scope, capacity.quantize(units.STEP, ROUND_DOWN)],
        )
        return Holding(pk=cursor.fetchone()[0])


def locked(reference: str) -> Pledge:
    """The case's pledge, its row locked. Raises NothingReserved where nothing stands behind the case."""
    pledge = Pledge.objects.select_for_update().filter(reference=reference).first()
    if pledge is None or not pledge.lines.filter(counts=True).exists():
        raise NothingReserved("no goods stand behind this case", reference=reference)
    return pledge


@transaction.atomic
def pledge(*, reference: str, bank: Organisation, by: Membership | None, at: datetime) -> Pledge:
    """Make the reserved goods the lender's security. Raises NothingReserved, NotAllowedNow."""
    return lifecycle.fire(locked(reference), "pledge", by=by, at=at, bank=bank, facts={"bank": str(bank)})


@transaction.atomic
def release(
    *,
    reference: str,
    by: Membership | None,
    at: datetime,
    reason: str = Reason.UNPAID,
    cause: str = "",
    is_paid_for: bool = False,
    note: str = "",
) -> None:
    """Free the goods of a case; does nothing where none are held.

    reason, cause  what the lender's order rests on, where the goods are its security already:
                 by contract a loan that is repaid, or was never paid out, is its standing order
    is_paid_for  the buyer has paid for the goods: they are off the lender's
                 hands but carry no claim any more, so they go on counting
    """
    held = Pledge.objects.select_for_update().filter(reference=reference).first()
    if held is None or held.state in (Pledge.State.RELEASED, Pledge.State.SOLD):
        return
    order = None
    if held.state != Pledge.State.RESERVED:
        order = ReleaseOrder.objects.create(pledge=held, reason=reason, cause=cause or reference, at=at)
    lifecycle.fire(held, "release", by=by, at=at, note=note, facts={"paid_for": is_paid_for})
    if not is_paid_for:
        held.lines.filter(counts=True).update(counts=False, release=order)
