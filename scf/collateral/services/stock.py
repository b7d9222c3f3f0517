"""What keepers hold: which stock a receipt draws on, and what their signers have counted."""

from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from scf.domain import units
from scf.domain.errors import DomainError
from scf.kernel import audit, outbox
from scf.orders.models import TradeDocument
from scf.orders.selectors import FinanceableLine
from scf.parties import access, refusals
from scf.parties.models import Membership
from scf.parties.selectors import comparable

from ..models import Holding, Stock, StockCount


class NotTheKeeper(DomainError):
    """Only the registered signer of the warehouse that holds the goods can do this."""

    code = "NOT_THE_KEEPER"


class CountBeyondCapacity(DomainError):
    """More is counted than the warehouse can hold."""

    code = "COUNT_BEYOND_CAPACITY"


class NotTheSurveyor(DomainError):
    """What a warehouse can hold is said by the platform, never by the keeper itself."""

    code = "NOT_THE_SURVEYOR"


refusals.register(
    {
        "NOT_THE_KEEPER": _(
            "Only a registered signer of the warehouse that holds the goods can do this. Sign in as its signer."
        ),
        "NOT_THE_SURVEYOR": _("What a warehouse can hold is written down by the platform's reviewer. Ask there."),
        "COUNT_BEYOND_CAPACITY": _(
            "%(counted)s is more than the warehouse can hold, %(capacity)s. "
            "Count again, or have the capacity corrected."
        ),
    }
)


NO_MARKS = frozenset({"", "n/m", "nm", "no mark", "no marks", "无", "无唛", "无唛头", "无标记", "/", "-", "—", "——"})


def stock_of(line: FinanceableLine) -> Stock | None:
    """The stock that a line of a warehouse receipt names: its lot where it has marks, else its kind of goods.

    A kind is counted apart in each dimension: tonnes here, pieces there.
    """
    if line.warehouse_id is None:
        return None
    return _stock(line.warehouse_id, lot=line.lot, text=line.description, unit=line.unit, line_id=line.line_id)


@transaction.atomic
def note_receipt(*, document_id: int) -> None:
    """Let the keeper see, and count, what a warehouse receipt says it holds. Safe to repeat."""
    row = TradeDocument.objects.select_related("warehouse_details").get(pk=document_id)
    if row.kind != TradeDocument.Kind.WAREHOUSE_RECEIPT or row.warehouse_id is None:
        return
    marks = row.warehouse_details.marks.strip() if hasattr(row, "warehouse_details") else ""
    for line in row.lines.order_by("id"):
        text = line.description or line.item_code
        _stock(row.warehouse_id, lot=marks, text=text, unit=line.unit, line_id=line.pk)


def _stock(warehouse_id: int, *, lot: str, text: str, unit: str, line_id: int) -> Stock:
    named = "" if comparable(lot) in NO_MARKS else lot
    level, text = (Stock.Level.LOT, named) if named else (Stock.Level.KIND, text)
    key = (comparable(text) or f"line {line_id}")[:200]
    dimension = units.dimension(unit)[:40] if level == Stock.Level.KIND else ""
    if level == Stock.Level.KIND and not dimension:  # a paper without a unit counts as those before it did
        same = Stock.objects.filter(warehouse_id=warehouse_id, level=level, key=key)
        dimension = same.order_by("id").values_list("dimension", flat=True).first() or ""
    stock, _made = Stock.objects.get_or_create(
        warehouse_id=warehouse_id,
        level=level,
        key=key,
        dimension=dimension,
        defaults={"name": text[:200], "unit": unit[:40]},
    )
    return stock


@transaction.atomic
def record_count(*, stock_id: int, quantity: Decimal, by: Membership, at: datetime, note: str = "") -> StockCount:
    """Write down what the keeper's signer has counted; cover is looked at again wherever it is less than before.

    quantity  in the stock's unit. Raises NotTheKeeper, CountBeyondCapacity.
    """
    stock = Stock.objects.select_for_update().get(pk=stock_id)
    if not access.may(by, "collateral.keep") or by.organisation_id != stock.warehouse_id:
        raise NotTheKeeper("only its keeper counts a stock", stock=stock.name)
    if stock.capacity is not None and quantity > stock.capacity:
        raise CountBeyondCapacity("more than fits", counted=str(quantity), capacity=str(stock.capacity))
    row = StockCount.objects.create(stock=stock, quantity=quantity, counted_by=by, at=at, note=note)
    with connection.cursor() as cursor:  # what stands behind loans is never cut off: less than that is a shortfall
        cursor.execute(
            "UPDATE collateral_holding SET capacity = GREATEST(%s, committed) WHERE stock_id = %s", [quantity, stock.pk]
        )
    audit.record(action="stock.count", subject=stock, by=by, at=at, after={"quantity": str(quantity)}, note=note)
    outbox.put(topic="collateral.stock.counted", payload={"stock_id": stock.pk}, at=at)
    return row


@transaction.atomic
def set_capacity(*, stock_id: int, capacity: Decimal | None, by: Membership, at: datetime) -> Stock:
    """Write down how much the warehouse can hold, as the platform has surveyed it. Raises NotTheSurveyor."""
    if not access.may(by, "collateral.judge"):
        raise NotTheSurveyor("only the platform's reviewer")
    stock = Stock.objects.select_for_update().get(pk=stock_id)
    before, stock.capacity = stock.capacity, capacity
    stock.save(update_fields=["capacity"])
    audit.record(
        action="stock.capacity", subject=stock, by=by, at=at, before={"capacity": str(before)},
        after={"capacity": str(capacity)},
    )  # fmt: skip
    return stock


def counted_of(line: FinanceableLine) -> Decimal | None:
    """What the keeper has counted last of the stock that the line draws on, in its unit; None where nobody has."""
    stock = stock_of(line)
    return stock.counts.order_by("-at", "-id").values_list("quantity", flat=True).first() if stock else None


def free_of(line: FinanceableLine) -> Decimal:
    """What is left of the stock that the line draws on, in the line's unit."""
    stock = stock_of(line)
    holding = Holding.objects.filter(stock=stock).first() if stock else None
    if stock is None or holding is None:
        return line.gross_quantity
    return units.convert(holding.capacity - holding.committed, stock.unit, line.unit)


def holding_of(stock: Stock, quantity: Decimal) -> Holding:
    """The holding of a stock: as large as its keeper has counted, else as what is pledged and this paper together.

    quantity  what the line at hand states, in the stock's unit

    Until a lot is counted the database lets one supplier only draw on it: two who name the same lot cannot both own it.
    """
    counted = stock.counts.order_by("-at", "-id").values_list("quantity", flat=True).first()
    with connection.cursor() as cursor:
        if counted is not None:
            cursor.execute(
                "INSERT INTO collateral_holding (stock_id, scope, capacity, committed) VALUES (%s, 'STOCK', %s, 0) "
                "ON CONFLICT (stock_id) DO UPDATE SET "
                "capacity = GREATEST(EXCLUDED.capacity, collateral_holding.committed) RETURNING id",
                [stock.pk, counted],
            )
        else:
            cursor.execute(
                "INSERT INTO collateral_holding (stock_id, scope, capacity, committed) VALUES (%s, 'STOCK', %s, 0) "
                "ON CONFLICT (stock_id) DO UPDATE SET capacity = "
                "GREATEST(collateral_holding.capacity, collateral_holding.committed + EXCLUDED.capacity) RETURNING id",
                [stock.pk, quantity],
            )
        return Holding(pk=cursor.fetchone()[0])
