"""How much of a pledged quantity papers and counts still support."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import ROUND_DOWN, Decimal

from scf.domain.units import STEP
from scf.orders.selectors import FinanceableLine

from ..models import PledgeLine, StockCount

ZERO = Decimal(0)


def supported(rows: Iterable[PledgeLine], lines: Mapping[int, FinanceableLine]) -> dict[int, Decimal]:
    """By pledge line's id, what its paper and its stock still support of it. Three queries.

    lines  papers as they stand, by document line's id; one that is missing (disputed) or has problems supports nothing

    What counts on the same paper or in the same stock is served oldest first, goods that are paid for included: they
    are not there any more. What ranks second stands on what is served to the line before it.
    """
    wanted = list(rows)
    by_paper = _served("line_holding_id", "quantity", {row.line_holding_id: _eligible(row, lines) for row in wanted})
    counts = _latest_counts({row.stock_holding_id: row.stock_holding.stock_id for row in wanted if row.stock_holding})
    by_stock = _served("stock_holding_id", "stock_quantity", counts)
    found = {}
    for row in wanted:
        base = by_paper[(row.came_from_id if row.ranks_second else row.pk) or row.pk]
        if row.pk in by_stock and row.stock_quantity:
            share = by_stock[row.pk] / row.stock_quantity
            base = min(base, (row.quantity * share).quantize(STEP, ROUND_DOWN))
        found[row.pk] = base
    return found


def _eligible(row: PledgeLine, lines: Mapping[int, FinanceableLine]) -> Decimal:
    line = lines.get(row.line_holding.line_id or 0)
    return ZERO if line is None or line.problems else line.eligible_quantity


def _served(holding: str, quantity: str, there: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """What each counting line gets of what is there in its holding, oldest first."""
    left, found = dict(there), defaultdict(lambda: ZERO)
    rows = PledgeLine.objects.filter(**{f"{holding}__in": list(there)}, counts=True, ranks_second=False).order_by("id")
    for pk, of, wanted in rows.values_list("id", holding, quantity):
        found[pk] = min(wanted, left[of])
        left[of] -= found[pk]
    return found


def _latest_counts(stocks: Mapping[int | None, int | None]) -> dict[int, Decimal]:
    """What the keepers have counted last, by holding; a stock that nobody has counted is left out."""
    rows = StockCount.objects.filter(stock_id__in=set(stocks.values())).order_by("stock_id", "-at", "-id")
    counted = dict(rows.distinct("stock_id").values_list("stock_id", "quantity"))
    return {holding: counted[stock] for holding, stock in stocks.items() if holding and stock in counted}
