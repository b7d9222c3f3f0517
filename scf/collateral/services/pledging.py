"""Reserving, pledging and releasing goods. Each function is one transaction."""

# budget: what is taken draws on papers, stocks and values at once
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from scf.domain import units
from scf.domain.errors import DomainError
from scf.domain.valuation import Terms
from scf.kernel import lifecycle, outbox
from scf.kernel.clock import day_of
from scf.orders.selectors import FinanceableLine
from scf.parties import refusals
from scf.parties.models import Membership, Organisation

from ..models import Holding, Pledge, PledgeLine, ReleaseOrder, Stock
from . import ranking, valuing
from . import stock as warehouse
from .leaving import let_go_unpaid

Reason = ReleaseOrder.Reason


class AlreadyPledged(DomainError):
    """The goods, or part of them, already stand behind another case."""

    code = "ALREADY_PLEDGED"


class CountedTooLow(AlreadyPledged):
    """The keeper has counted less than what is pledged and these goods together."""

    code = "COUNTED_TOO_LOW"


class NothingReserved(DomainError):
    """The case has no goods behind it."""

    code = "NOTHING_RESERVED"


refusals.register(
    {
        "ALREADY_PLEDGED": _(
            "Part of these goods already stands behind another case (%(document)s). "
            "Take that line out, or withdraw the other case first."
        ),
        "COUNTED_TOO_LOW": _(
            "The keeper has counted %(counted)s of these goods, and the rest of them stands behind cases already "
            "(%(document)s). If more has come in since, ask the keeper to count again."
        ),
        "NOTHING_RESERVED": _("No goods stand behind this case any more. Start a new application."),
    }
)


@dataclass(frozen=True, slots=True)
class Taking:
    """A quantity of a line to be put behind a case, in the line's unit, what it carries and on which terms.

    paid_quantity, taken_at  what of it the buyer has paid for already, and since when it stands behind the case, where
                   the goods take others' place: what was proven of those before says nothing of later ones
    first  the line behind another loan that these goods rank second to, until that loan is paid off
    """

    line: FinanceableLine
    quantity: Decimal
    lendable_minor: int
    terms: Terms
    product: str = ""
    paid_quantity: Decimal = Decimal(0)
    taken_at: datetime | None = None
    first: PledgeLine | None = None


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
    first, in the same transaction. Raises AlreadyPledged, GoodsPromised.
    """
    pledge, _made = Pledge.objects.get_or_create(reference=reference, defaults={"thread": thread, "supplier": supplier})
    pledge.lines.filter(counts=True).update(counts=False)
    for line in pledge.lines.order_by("-id"):  # what took another line's place goes before it
        line.delete()
    take_all(pledge, [taking for taking in takings if taking.first is None], at=at)
    ranking.take_second(pledge, takings, at=at)
    valuing.value_pledges([pledge.pk], on=day_of(at), lines=[taking.line for taking in takings])
    return pledge


def take_all(
    pledge: Pledge, takings: Sequence[Taking], *, at: datetime, came_from: PledgeLine | None = None
) -> list[PledgeLine]:
    """Take goods, all or none, in an order that two at once share; the caller holds the transaction.

    Raises AlreadyPledged, naming the first document whose goods are behind another case, and CountedTooLow.
    """
    in_order = sorted(takings, key=lambda taking: (taking.line.root_line_id, taking.line.line_id))
    try:
        with transaction.atomic():
            return _take(pledge, in_order, came_from, at)
    except IntegrityError as refusal:
        culprit = _culprit(pledge, in_order, came_from, at)
        document = culprit.line.document_number
        counted = warehouse.counted_of(culprit.line)
        if counted is not None and warehouse.free_of(culprit.line) < culprit.quantity:
            raise CountedTooLow("counted too low", document=document, counted=str(counted)) from refusal
        raise AlreadyPledged("the goods are behind another case", document=document) from refusal


def _culprit(pledge: Pledge, takings: Sequence[Taking], came_from: PledgeLine | None, at: datetime) -> Taking:
    """What cannot be taken: found by taking one line after another, all undone again."""
    with transaction.atomic():
        for taking in takings:
            try:
                with transaction.atomic():
                    _take(pledge, [taking], came_from, at)
            except IntegrityError:
                transaction.set_rollback(True)
                return taking
        transaction.set_rollback(True)
    return takings[0]


def _take(pledge: Pledge, takings: Sequence[Taking], came_from: PledgeLine | None, at: datetime) -> list[PledgeLine]:
    stocks = {taking.line.line_id: stock for taking in takings if (stock := warehouse.stock_of(taking.line))}
    held = {stock.pk: stock for stock in stocks.values()}
    in_stock = {pk: _stock_holding(held[pk], takings, stocks) for pk in sorted(held)}
    on_paper = _holdings(takings)
    rows = []
    for taking in takings:
        line, stock = taking.line, stocks.get(taking.line.line_id)
        rows.append(
            PledgeLine(
                pledge=pledge,
                line_holding_id=on_paper[line.line_id, Holding.Scope.LINE],
                root_holding_id=on_paper[line.root_line_id, Holding.Scope.ROOT],
                stock_holding_id=in_stock[stock.pk] if stock else None,
                quantity=taking.quantity,
                root_quantity=(taking.quantity * line.root_factor).quantize(units.STEP, ROUND_DOWN),
                stock_quantity=units.convert(taking.quantity, line.unit, stock.unit) if stock else None,
                lendable_minor=taking.lendable_minor,
                currency=line.currency,
                product=taking.product or line.product,
                advance_rate=taking.terms.advance_rate,
                haircut=taking.terms.haircut,
                taken_at=taking.taken_at or at,
                came_from=came_from,
                paid_quantity=min(taking.quantity, taking.paid_quantity),
            )
        )
    return PledgeLine.objects.bulk_create(rows)


def _stock_holding(stock: Stock, takings: Sequence[Taking], stocks: Mapping[int, Stock]) -> int:
    """The stock's holding; all lines of this choice that draw on it count together."""
    mine = [taking.line for taking in takings if stocks.get(taking.line.line_id) == stock]
    stated = sum((units.convert(line.gross_quantity, line.unit, stock.unit) for line in mine), Decimal(0))
    return warehouse.holding_of(stock, stated).pk


def _holdings(takings: Sequence[Taking]) -> dict[tuple[int, str], int]:
    """The holdings of these lines and of their roots, by line and scope, their capacity brought up to date.

    Capacity never falls below what is committed. Those that are there are locked by ascending id first, new ones are
    made in a common order, so that two at once wait for each other instead of locking each other out.
    """
    wanted: dict[tuple[int, str], Decimal] = {}
    for taking in takings:
        line = taking.line
        wanted[line.line_id, Holding.Scope.LINE] = line.eligible_quantity
        wanted[line.root_line_id, Holding.Scope.ROOT] = line.root_capacity_quantity
    keys = sorted(wanted)
    lines, scopes = [line for line, _scope in keys], [str(scope) for _line, scope in keys]
    tops = [wanted[key].quantize(units.STEP, ROUND_DOWN) for key in keys]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM collateral_holding WHERE line_id = ANY(%s) ORDER BY id FOR UPDATE", [sorted(set(lines))]
        )
        cursor.execute(
            "INSERT INTO collateral_holding (line_id, scope, capacity, committed) "
            "SELECT line_id, scope, top, 0 "
            "FROM unnest(%s::bigint[], %s::text[], %s::numeric[]) AS wanted(line_id, scope, top) "
            "ORDER BY line_id, scope ON CONFLICT (line_id, scope) DO UPDATE SET "
            "capacity = GREATEST(EXCLUDED.capacity, collateral_holding.committed) RETURNING line_id, scope, id",
            [lines, scopes, tops],
        )
        return {(line, scope): pk for line, scope, pk in cursor.fetchall()}


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
    note: str = "",
) -> None:
    """Free the goods of a case; does nothing where none are held.

    What the buyer has paid for is off the lender's hands but carries no claim any more: it goes on counting.

    reason, cause  what the lender's order rests on, where the goods are its security already:
                 by contract a loan that is repaid, or was never paid out, is its standing order
    """
    held = Pledge.objects.select_for_update().filter(reference=reference).first()
    if held is None or held.state in (Pledge.State.RELEASED, Pledge.State.SOLD):
        return
    if held.state == Pledge.State.ENFORCING:
        return  # goods that are being sold are free only once the sale is recorded or called off
    order = None
    if held.state != Pledge.State.RESERVED:
        order = ReleaseOrder.objects.create(pledge=held, reason=reason, cause=cause or reference, at=at)
        outbox.put(topic="collateral.goods.let_go", payload={"order_id": order.pk}, at=at)
    ranking.pass_on(held, order, at=at)
    lifecycle.fire(held, "release", by=by, at=at, note=note)
    held.lines.filter(counts=True, paid_quantity=0).update(counts=False, release=order)
    for line in held.lines.filter(counts=True).order_by("id"):
        let_go_unpaid(line, order)
