"""The life of the goods on a document: ordered, shipped, received, stored, invoiced, and what of them is free."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Q

from scf.domain import life
from scf.domain.units import STEP
from scf.orders.models import DocumentLine, TradeDocument
from scf.orders.selectors import FinanceableLine, financeable_lines

from ..models import Pledge, PledgeLine

Kind = TradeDocument.Kind
DEAD = (TradeDocument.State.VOID, TradeDocument.State.DISPUTED)
ROOTS_MAX = 100
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Life:
    """Goods of one order line over all their papers, in the order line's unit.

    line      the order line, or the first paper where no order is known
    open      still to come; `over` came beyond the order
    support, free, uncovered  see `scf.domain.life.Standing`
    pledged   behind cases now; paid: the buyer has paid for them, or they were sold for a lender: used up for loans
    """

    line: DocumentLine
    ordered: Decimal
    cancelled: Decimal
    open: Decimal
    over: Decimal
    shipped: Decimal
    received: Decimal
    rejected: Decimal
    stored: Decimal
    invoiced: Decimal
    credited: Decimal
    pledged: Decimal
    paid: Decimal
    support: Decimal
    free: Decimal
    uncovered: Decimal


def lives_on(document: TradeDocument) -> list[Life]:
    """The life of each line's goods; a fixed number of queries, at most ROOTS_MAX lines."""
    own = document.lines.order_by("pk").values_list("pk", "origin_id")[:ROOTS_MAX]
    return lives_of(list(dict.fromkeys(origin or pk for pk, origin in own)), document)


def lives_of(roots: list[int], document: TradeDocument) -> list[Life]:
    """The lives that begin at these lines of the document's owner."""
    rows = DocumentLine.objects.filter(Q(pk__in=roots) | Q(origin__in=roots)).exclude(document__state__in=DEAD)
    papers: dict[int, list[DocumentLine]] = defaultdict(list)
    for line in rows.select_related("document").order_by("pk"):
        papers[line.origin_id or line.pk].append(line)
    supported: dict[int, list[FinanceableLine]] = defaultdict(list)
    known = [line.pk for lines in papers.values() for line in lines]
    for found in financeable_lines(organisation=document.owner, line_ids=known):
        supported[found.root_line_id].append(found)
    taken = list(
        PledgeLine.objects.filter(root_holding__line__in=roots, counts=True, ranks_second=False).values_list(
            "root_holding__line", "line_holding__line", "root_quantity", "pledge__state", "paid_quantity", "quantity"
        )
    )
    return [
        _life(papers[root], supported[root], [row[1:] for row in taken if row[0] == root])
        for root in roots
        if papers[root]
    ]


def _life(
    papers: list[DocumentLine],
    supported: list[FinanceableLine],
    taken: Iterable[tuple[int, Decimal, str, Decimal, Decimal]],
) -> Life:
    first = min(papers, key=lambda line: line.origin_id is not None)
    by_paper: dict[int, Decimal] = defaultdict(lambda: ZERO)
    pledged = paid = ZERO
    for line_id, quantity, state, paid_part, of in taken:
        by_paper[line_id] += quantity
        is_used_up = state == Pledge.State.SOLD
        part = quantity if is_used_up else (quantity * paid_part / of).quantize(STEP, ROUND_HALF_UP)
        paid, pledged = paid + part, pledged + quantity - part
    known = {line.line_id for line in supported}
    told = [life.Paper(line.eligible_quantity * line.root_factor, by_paper[line.line_id]) for line in supported] + [
        life.Paper(ZERO, quantity) for line_id, quantity in by_paper.items() if line_id not in known
    ]
    direct = sum((_paid_directly(line) for line in supported), ZERO)
    capacity = max((line.root_capacity_quantity for line in supported), default=ZERO)
    ordered, received = _sum(papers, Kind.PURCHASE_ORDER, "ordered"), _sum(papers, Kind.GOODS_RECEIPT, "received")
    cancelled = sum((quantity for line in supported for code, quantity in line.deductions if code == "CANCELLED"), ZERO)
    has_order = first.document.kind == Kind.PURCHASE_ORDER
    coming = life.arrival(ordered, received, cancelled) if has_order else life.Arrival(ZERO, ZERO)
    stands = life.standing(told, capacity)
    return Life(
        line=first, ordered=ordered, cancelled=cancelled, open=coming.open, over=coming.over,
        shipped=_sum(papers, Kind.DESPATCH_ADVICE, "shipped", "quantity"), received=received,
        rejected=_sum(papers, Kind.GOODS_RECEIPT, "rejected"), stored=_sum(papers, Kind.WAREHOUSE_RECEIPT, "quantity"),
        invoiced=_sum(papers, Kind.INVOICE, "quantity"), credited=_sum(papers, Kind.CREDIT_NOTE, "quantity"),
        pledged=pledged, paid=paid + direct, support=stands.support + direct, free=stands.free,
        uncovered=stands.uncovered,
    )  # fmt: skip


def _paid_directly(line: FinanceableLine) -> Decimal:
    """What the buyer says it has paid to the supplier itself, in the order line's unit."""
    return sum((quantity for code, quantity in line.deductions if code == "PAID"), ZERO) * line.root_factor


def _sum(papers: list[DocumentLine], kind: str, *names: str) -> Decimal:
    """What papers of a kind state, in the first line's unit; the first of `names` that a line states counts."""
    total = ZERO
    for line in papers:
        if line.document.kind != kind:
            continue
        stated = next((value for name in names if (value := getattr(line, name)) is not None), ZERO)
        total += stated * (line.origin_factor if line.origin_id else 1)
    return total
