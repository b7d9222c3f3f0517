"""Goods ordered become goods received: the pledge moves to the receipt."""

# budget: a move touches papers, the registry, values and registers at once
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal

from django.db import transaction

from scf.domain import units
from scf.domain.valuation import Terms
from scf.kernel import audit, outbox
from scf.kernel.clock import day_of
from scf.orders import selectors as orders
from scf.orders.models import TradeDocument
from scf.orders.selectors import FinanceableLine
from scf.parties.models import Membership

from ..models import Pledge, PledgeLine, ReleaseOrder
from . import registers, valuing
from .leaving import let_go
from .pledging import Taking, take_all

ZERO = Decimal(0)


@transaction.atomic
def follow_receipts(*, document_id: int, at: datetime) -> int:
    """Move pledges on ordered goods to a receipt that tells of their arrival; the number of pledge lines moved.

    What the receipt accepted, as far as it is free, takes the place of the same quantity of the order, oldest pledge
    first, in one transaction: at no moment are the goods free, or pledged twice. Safe to repeat.
    """
    document = TradeDocument.objects.select_related("owner").get(pk=document_id)
    if document.kind != TradeDocument.Kind.GOODS_RECEIPT:
        return 0
    found = orders.financeable_lines(organisation=document.owner, documents=[document_id])
    return sum(_follow(line, at) for line in found if line.root_line_id != line.line_id)


def _follow(received: FinanceableLine, at: datetime) -> int:
    waiting = PledgeLine.objects.filter(
        line_holding__line=received.root_line_id, counts=True,
        pledge__state__in=[Pledge.State.RESERVED, Pledge.State.PLEDGED],
    )  # fmt: skip
    # pledges first and by ascending id, as everybody who changes one does: two at once wait for each other
    found = set(waiting.values_list("pledge_id", flat=True))
    list(Pledge.objects.select_for_update().filter(pk__in=found).order_by("pk"))
    moved, references = 0, list[str]()
    for ordered in waiting.select_for_update(of=("self",)).select_related("pledge").order_by("pledge_id", "id"):
        free = received.eligible_quantity - _taken(received.line_id)
        wanted = (ordered.quantity / received.root_factor).quantize(units.STEP, ROUND_HALF_UP)
        quantity = min(free, wanted)
        if quantity <= 0:
            break
        _convert(ordered, received, quantity, at)
        moved += 1
        references.append(ordered.pledge.reference)
    valuing.value_pledges(found, on=day_of(at))
    for reference in dict.fromkeys(references):
        outbox.put(topic="collateral.goods.converted", payload={"reference": reference}, at=at)
        # of goods that joined later, the registers know the order only
        registers.ask_what_is_left(reference=reference, at=at)
    return moved


def _taken(line_id: int) -> Decimal:
    rows = PledgeLine.objects.filter(line_holding__line=line_id, counts=True, ranks_second=False)
    return sum(rows.values_list("quantity", flat=True), ZERO)


def _convert(ordered: PledgeLine, received: FinanceableLine, quantity: Decimal, at: datetime) -> None:
    pledge = Pledge.objects.select_for_update().get(pk=ordered.pledge_id)
    out = min(ordered.quantity, (quantity * received.root_factor).quantize(units.STEP, ROUND_HALF_UP))
    order = ReleaseOrder.objects.create(
        pledge=pledge, reason=ReleaseOrder.Reason.CONVERTED, cause=received.document_number[:120], at=at
    )
    carried = let_go(ordered, out, order)
    terms = Terms(ordered.advance_rate, ordered.haircut)  # the loan is still the one that was made on the order
    paid = max(ZERO, ordered.paid_quantity - (ordered.quantity - out)) / received.root_factor
    paid = paid.quantize(units.STEP, ROUND_UP)
    since = ordered.taken_at or pledge.pledged_at
    taking = Taking(received, quantity, carried, terms, ordered.product, paid, since)
    take_all(pledge, [taking], at=at, came_from=ordered)
    audit.record(
        action="pledge.convert", subject=pledge, by=None, at=at, thread=pledge.thread,
        after={"document": received.document_number, "quantity": str(quantity)},
    )  # fmt: skip


def let_go_all(
    pledge: Pledge, quantities: Mapping[int, Decimal], *, reason: str, cause: str, by: Membership, at: datetime
) -> ReleaseOrder:
    """Take quantities, by pledge line's id, out of a pledge by its lender's order; the caller holds its row."""
    order = ReleaseOrder.objects.create(pledge=pledge, reason=reason, cause=cause[:120], ordered_by=by, at=at)
    outbox.put(topic="collateral.goods.let_go", payload={"order_id": order.pk}, at=at)
    lines: Iterable[PledgeLine] = pledge.lines.filter(pk__in=quantities, counts=True).select_for_update().order_by("id")
    for line in lines:
        let_go(line, min(quantities[line.pk], line.quantity), order)
    return order
