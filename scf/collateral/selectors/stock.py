"""Stocks as papers and counts tell of them, and what waits for their keeper."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet, Sum

from scf.domain import units
from scf.domain.perfection import Element
from scf.domain.stock import Position
from scf.orders.models import DocumentLine, TradeDocument
from scf.parties import access
from scf.parties.models import Membership, Organisation
from scf.parties.selectors import comparable

from ..models import ElementEvidence, Holding, KeeperAct, Pledge, PledgeLine, Stock, StockCount

ZERO = Decimal(0)
BY_KEEPER = (Element.KEEPER_SEALED, Element.KEEPER_MANDATED, Element.STOCK_LOCKED)
Key = tuple[int, str, str]  # warehouse's id, level, key
State = TradeDocument.State


@dataclass(frozen=True, slots=True)
class Release:
    """Goods that the lender has let go and that still lie locked; quantity in the stock's unit."""

    line: PledgeLine
    quantity: Decimal


def stocks_visible_to(membership: Membership | None) -> QuerySet[Stock]:
    """A keeper's own; all for the platform's reviewers; none for others."""
    stocks = Stock.objects.select_related("warehouse").order_by("id")
    if membership is not None and access.may(membership, "collateral.keep"):
        return stocks.filter(warehouse=membership.organisation_id)
    return stocks if access.may(membership, "collateral.judge") else stocks.none()


def stock_position(stock: Stock) -> Position:
    """Where one stock stands over all owners: receipted, counted, capacity, pledged. Three queries."""
    return positions([stock])[stock.pk]


def positions(stocks: Iterable[Stock]) -> dict[int, Position]:
    """Where each stock stands, by its id. Three queries, whatever the number of stocks.

    A lot is what receipts with its marks state; a kind of goods all receipts on it in its dimension, with marks or
    without. A receipt that names no unit counts in each dimension: never too little is taken for receipted.
    """
    wanted = list(stocks)
    receipts = _receipted({stock.warehouse_id for stock in wanted})
    counts = StockCount.objects.filter(stock__in=wanted).order_by("stock_id", "-at", "-id").distinct("stock_id")
    counted = dict(counts.values_list("stock_id", "quantity"))
    pledged = dict(Holding.objects.filter(stock__in=wanted).values_list("stock_id", "committed"))
    found = {}
    for stock in wanted:
        stated = [
            row for row in receipts.get((stock.warehouse_id, stock.level, stock.key), []) if _is_in(row[0], stock)
        ]
        factors = [(quantity, units.factor(unit, stock.unit)) for unit, quantity in stated]
        found[stock.pk] = Position(
            receipted=sum((quantity * factor for quantity, factor in factors if factor is not None), ZERO),
            counted=counted.get(stock.pk), capacity=stock.capacity, pledged=pledged.get(stock.pk, ZERO),
            unlike=any(factor is None for _quantity, factor in factors),
        )  # fmt: skip
    return found


def _is_in(unit: str, stock: Stock) -> bool:
    dimension = units.dimension(unit)[:40]
    return stock.level == Stock.Level.LOT or dimension in ("", stock.dimension)


def _receipted(warehouses: set[int]) -> dict[Key, list[tuple[str, Decimal]]]:
    """What live receipts state in these warehouses, by lot and by kind: (unit, quantity) pairs."""
    lines = DocumentLine.objects.filter(
        document__kind=TradeDocument.Kind.WAREHOUSE_RECEIPT, document__warehouse__in=warehouses, quantity__gt=0
    ).exclude(document__state__in=[State.VOID, State.DISPUTED])
    names = ("document__warehouse_id", "description", "item_code", "unit", "document__warehouse_details__marks")
    found: dict[Key, list[tuple[str, Decimal]]] = {}
    for warehouse, text, code, unit, marks, total in (
        lines.order_by().values_list(*names).annotate(total=Sum("quantity"))
    ):
        for level, words in ((Stock.Level.KIND, text or code), (Stock.Level.LOT, marks or "")):
            if key := comparable(words)[:200]:
                found.setdefault((warehouse, level, key), []).append((unit, total))
    return found


def whole_kind_of(line: PledgeLine) -> Stock | None:
    """The stock of all goods of the line's kind and dimension in the same warehouse, where its keeper counted that."""
    goods, holding = line.line_holding.line, line.stock_holding
    if goods is None or holding is None or holding.stock is None:
        return None
    key = comparable(goods.description or goods.item_code)[:200]
    same = Stock.objects.filter(warehouse=holding.stock.warehouse_id, level=Stock.Level.KIND, key=key)
    if dimension := units.dimension(goods.unit)[:40]:
        same = same.filter(dimension=dimension)
    return same.filter(counts__isnull=False).exclude(pk=holding.stock.pk).order_by("id").distinct().first()


def lines_in(warehouse: Organisation) -> QuerySet[PledgeLine]:
    """Pledged goods that lie, or lay, in a warehouse, with what pages show of them."""
    lines = PledgeLine.objects.filter(stock_holding__stock__warehouse=warehouse)
    return lines.select_related(
        "pledge__supplier", "pledge__bank", "stock_holding__stock", "line_holding__line__document", "release"
    ).order_by("id")


def locked_ids(lines: Iterable[PledgeLine]) -> set[int]:
    """Which of these lines are locked: themselves, or the larger line of which they are the rest. Two queries."""
    pledges = {line.pledge_id for line in lines}
    acts = KeeperAct.objects.filter(line__pledge__in=pledges, kind=KeeperAct.Kind.LOCK)
    found = set(acts.values_list("line_id", flat=True))
    every = PledgeLine.objects.filter(pledge__in=pledges).order_by("id")
    for pk, came_from in every.values_list("id", "came_from_id"):  # a rest is younger than what it was part of
        if came_from in found:
            found.add(pk)
    return found


def doubted(pledge_ids: Iterable[int]) -> set[int]:
    """Pledges whose lender does not believe a keeper's evidence any more, as long as it is not given again."""
    rows = ElementEvidence.objects.filter(pledge__in=set(pledge_ids), element__in=BY_KEEPER)
    last = rows.order_by("pledge", "element", "-id").distinct("pledge", "element")
    return {row.pledge_id for row in last if row.kind == ElementEvidence.Kind.REVOKED}


def to_lock(warehouse: Organisation) -> list[PledgeLine]:
    """Goods that are a lender's security and not locked, or whose lock the lender does not believe. Four queries."""
    lines = list(lines_in(warehouse).filter(counts=True, pledge__state=Pledge.State.PLEDGED))
    if not lines:
        return []
    locked, again = locked_ids(lines), doubted(line.pledge_id for line in lines)
    return [line for line in lines if line.pk not in locked or line.pledge_id in again]


def to_hand_out(warehouse: Organisation) -> list[Release]:
    """Goods that the lender has let go and the keeper has not handed out. Four queries."""
    lines = list(lines_in(warehouse).filter(counts=False, release__isnull=False).exclude(keeper_acts__kind="RELEASE"))
    locked = locked_ids(lines) if lines else set()
    rests = _rests([line.pk for line in lines])
    found = [Release(line, (line.stock_quantity or ZERO) - rests.get(line.pk, ZERO)) for line in lines]
    return [each for each in found if each.line.pk in locked and each.quantity > 0]


def _rests(line_ids: list[int]) -> dict[int, Decimal]:
    """By line's id, how much of it stayed behind as a line of its own."""
    rows = PledgeLine.objects.filter(came_from__in=line_ids, stock_holding__isnull=False).order_by()
    return {pk: total or ZERO for pk, total in rows.values_list("came_from_id").annotate(Sum("stock_quantity"))}


def pledged_in_name_of(buyer: Organisation) -> QuerySet[PledgeLine]:
    """Goods whose price the buyer owes, or will owe, and that stand behind a lender's loan; newest first."""
    live = [Pledge.State.PLEDGED, Pledge.State.ENFORCING]
    lines = PledgeLine.objects.filter(counts=True, pledge__state__in=live, line_holding__line__document__buyer=buyer)
    lines = lines.exclude(product="WAREHOUSE")
    return lines.select_related("pledge__bank", "pledge__supplier", "line_holding__line__document").order_by("-id")
