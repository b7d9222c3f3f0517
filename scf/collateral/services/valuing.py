"""What pledged goods carry now: line by line from their papers, or a whole commodity at once after a new price."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from scf.domain import units, valuation
from scf.domain.market import Market, judge
from scf.domain.money import exponent
from scf.orders import selectors as orders
from scf.orders.selectors import FinanceableLine
from scf.parties.models import Organisation

from ..models import Commodity, PledgeLine, PledgeValue
from ..selectors import perfection, prices
from ..selectors.offers import WAREHOUSE, checked_on
from ..selectors.support import supported

ZERO = Decimal(0)
BATCH = 2_000  # pledge lines that are valued from their papers at a time
WRITTEN = [
    "book_price", "base_quantity", "haircut", "advance_rate", "evidence", "commodity", "grade", "per_unit",
    "carries_minor", "currency", "valued_on", "supported_to",
]  # fmt: skip
REVALUE = """
    UPDATE collateral_pledgevalue SET
        carries_minor = CASE WHEN %(lends)s AND per_unit IS NOT NULL THEN trunc(
            least(book_price, %(price)s * per_unit) * base_quantity * power(10::numeric, %(exponent)s)
            * (1 - greatest(haircut, %(haircut)s)) * advance_rate * evidence
        ) ELSE 0 END,
        valued_on = %(on)s
    WHERE commodity_id = %(commodity)s AND grade = %(grade)s AND line_id IN (
        SELECT id FROM collateral_pledgeline WHERE counts AND pledge_id = ANY(%(pledges)s)
    )
"""


@transaction.atomic
def value_pledges(pledge_ids: Iterable[int], *, on: date, lines: Iterable[FinanceableLine] | None = None) -> int:
    """Work out anew what the counting lines of these pledges carry, from their papers; the number of lines.

    lines  the papers, where the caller has just read them; they must be all that the pledges rest on

    What the buyer has paid for carries nothing. A line supports no more than its paper does after everything that
    counted before it, oldest first: where the base shrinks, the latest pledge on it bears the loss.
    """
    wanted = PledgeLine.objects.filter(pledge_id__in=list(pledge_ids), counts=True)
    by_supplier: dict[int, list[PledgeLine]] = defaultdict(list)
    for row in wanted.select_related("pledge", "line_holding", "stock_holding", "came_from").order_by("id"):
        by_supplier[row.pledge.supplier_id].append(row)
    if lines is not None:
        read = list(lines)
        return sum(_value(rows, read, on) for rows in by_supplier.values())
    return sum(
        _value(batch, _papers_of(supplier_id, batch), on)
        for supplier_id, rows in by_supplier.items()
        for first in range(0, len(rows), BATCH)
        for batch in [rows[first : first + BATCH]]
    )


def _papers_of(supplier_id: int, rows: list[PledgeLine]) -> list[FinanceableLine]:
    """The papers that the pledge lines rest on, not all that the supplier brought."""
    line_ids = {row.line_holding.line_id for row in rows if row.line_holding.line_id is not None}
    return orders.financeable_lines(organisation=Organisation.objects.get(pk=supplier_id), line_ids=line_ids)


def _value(rows: list[PledgeLine], found: list[FinanceableLine], on: date) -> int:
    keys = {row.line_holding.line_id for row in rows}
    lines = {line.line_id: checked_on(line, on) for line in found if line.line_id in keys}
    kinds = prices.kinds_of(lines.values())
    quotes = prices.quotes({(kind.commodity.pk, kind.grade) for kind in kinds.values()}, on) if kinds else {}
    bases = supported(rows, lines)
    joined = {row.pledge_id: row.pledge for row in rows if row.is_later}
    without = perfection.without_security(rows).union(*(perfection.unproven(pledge) for pledge in joined.values()))
    last_prices = _last_prices(row.pk for row in rows if row.line_holding.line_id not in lines)
    values = []
    for row in rows:
        line = lines.get(row.line_holding.line_id or 0)
        kind = kinds.get(line.line_id) if line is not None and row.product == WAREHOUSE else None
        base = ZERO if row.pk in without else max(ZERO, bases[row.pk] - row.paid_now)
        values.append(_value_of(row, line, kind, base, on))
        if line is None or line.unit_price is None:
            values[-1].book_price = last_prices.get(row.pk, ZERO)
        quote = quotes.get((kind.commodity.pk, kind.grade)) if kind else None
        market = judge(quote, kind.commodity.rules, on, per_unit=values[-1].per_unit) if kind else None
        values[-1].carries_minor = carries(values[-1], market)
    PledgeValue.objects.bulk_create(values, update_conflicts=True, unique_fields=["line"], update_fields=WRITTEN)
    return len(values)


def _last_prices(row_ids: Iterable[int]) -> dict[int, Decimal]:
    """What a unit cost when the paper was last in force: a claim in dispute is paid, if it is, at that price."""
    wanted = list(row_ids)
    found = PledgeValue.objects.filter(line__in=wanted) if wanted else PledgeValue.objects.none()
    return dict(found.values_list("line", "book_price"))


def _value_of(
    row: PledgeLine, line: FinanceableLine | None, kind: prices.Kind | None, base: Decimal, on: date
) -> PledgeValue:
    per_unit = None
    if kind is not None and line is not None and line.currency == kind.commodity.currency:
        per_unit = units.factor(line.unit, kind.commodity.unit)
    return PledgeValue(
        line=row,
        book_price=line.unit_price if line is not None and line.unit_price is not None else ZERO,
        base_quantity=base,
        haircut=row.haircut,
        advance_rate=row.advance_rate,
        evidence=valuation.EVIDENCE_FACTORS[line.evidence] if line is not None else ZERO,
        commodity=kind.commodity if kind else None,
        grade=kind.grade if kind else "",
        per_unit=per_unit,
        currency=row.currency,
        valued_on=on,
        supported_to=min((day for day in (line.stored_to, line.insured_to) if day), default=None) if line else None,
        carries_minor=0,
    )


def carries(worth: PledgeValue, market: Market | None) -> int:
    """What a line carries by the rules of `valuation`, in minor units; the SQL of `value_commodity` says the same."""
    if not worth.base_quantity or not worth.evidence:
        return 0
    goods = valuation.Goods(
        gross_quantity=worth.base_quantity, deductions=(), pledged=ZERO, root_free=worth.base_quantity,
        unit_price=worth.book_price, currency=worth.currency, evidence="CONFIRMED", market=market,
    )  # fmt: skip
    terms = valuation.Terms(worth.advance_rate * worth.evidence, worth.haircut)
    return valuation.value(goods, terms).lendable.minor


@transaction.atomic
def value_commodity(commodity: Commodity, pledge_ids: list[int], *, on: date) -> int:
    """Value what these pledges hold of a commodity at its last prices, in one statement a grade; the number of lines.

    The caller holds the pledges' rows, locked in the order of their ids.
    """
    grades = {grade for pk, grade in prices.priced_grades() if pk == commodity.pk}
    quotes = prices.quotes({(commodity.pk, grade) for grade in grades}, on)
    touched = 0
    for grade in sorted(grades):
        market = judge(quotes.get((commodity.pk, grade)), commodity.rules, on)
        facts: dict[str, Any] = {
            "lends": market.lends, "price": market.price, "haircut": market.haircut, "on": on, "grade": grade,
            "commodity": commodity.pk, "exponent": exponent(commodity.currency), "pledges": pledge_ids,
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(REVALUE, facts)
            touched += cursor.rowcount
    return touched
