"""What goods can carry: from their gross value, step by step, to what is lent on them.

value = min(book, market) x free quantity x (1 - haircut) x advance x evidence
The exact product is cut off once, at the end, to the minor unit: what may be
lent is never rounded up. Every step is part of the answer. What limits of
supplier, buyer, warehouse, commodity and bank leave of it, `caps` says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from .market import Age, Market
from .money import Money, exponent, total

ONE = Decimal(1)
# what stands in the chain of steps where a market price does not lend
PRICE_STEPS: Mapping[Age, str] = {
    Age.STOPPED: "PRICE_STOPPED", Age.MISSING: "PRICE_MISSING", Age.NOT_COMPARABLE: "PRICE_NOT_COMPARABLE",
    Age.WORTHLESS: "PRICE_WORTHLESS",
}  # fmt: skip
EVIDENCE_FACTORS: Mapping[str, Decimal] = {"UPLOADED": Decimal("0.90"), "CONFIRMED": ONE, "PULLED": ONE}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a product lends: fractions of one.

    advance_rate  share of the value that is lent, 0.85 for goods receipts
    haircut       cut for the commodity's price risk, 0 where there is none
    """

    advance_rate: Decimal
    haircut: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Goods:
    """One line of goods as it stands.

    gross_quantity  as the document states it
    deductions      (code, quantity) taken off: received, rejected, credited, paid ...
    pledged         quantity of the same goods that already stands behind a loan or a case
    root_free       what is left of the whole line of goods, other papers on it included
    unit_price      book price, in whole units of the currency
    market          what the market says of it, where the product lends on market value
    evidence        a key of EVIDENCE_FACTORS
    """

    gross_quantity: Decimal
    deductions: tuple[tuple[str, Decimal], ...]
    pledged: Decimal
    root_free: Decimal
    unit_price: Decimal
    currency: str
    evidence: str
    market: Market | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the figure: what was applied and what is left of the value after it.

    factor  the book price for GROSS, the free quantity for FREE, the market price for MARKET, what a
            limit leaves for CAP_..., zero where nothing is lent at all, else a fraction of one
    """

    code: str
    factor: Decimal
    left: Money


@dataclass(frozen=True, slots=True)
class Value:
    """The answer for one line of goods: free quantity, the steps, and what can be lent."""

    free_quantity: Decimal
    steps: tuple[Step, ...]
    lendable: Money


def free_quantity(goods: Goods) -> Decimal:
    """What can still be lent on: gross less deductions and pledges, never below zero."""
    eligible = goods.gross_quantity - sum((q for _, q in goods.deductions), Decimal(0))
    return max(Decimal(0), min(eligible - goods.pledged, goods.root_free))


def value(goods: Goods, terms: Terms) -> Value:
    """What can be lent on `goods` now, with every step; a step that changes nothing is left out."""
    scale = Decimal(10) ** exponent(goods.currency)
    book, free = max(goods.unit_price, Decimal(0)), free_quantity(goods)
    exact = book * free * scale
    steps = [
        Step("GROSS", goods.unit_price, _cut(book * goods.gross_quantity * scale, goods.currency)),
        Step("FREE", free, _cut(exact, goods.currency)),
    ]
    market = goods.market
    if market is not None and not market.lends:
        steps.append(Step(PRICE_STEPS[market.age], Decimal(0), _cut(Decimal(0), goods.currency)))
        return Value(free, tuple(steps), steps[-1].left)
    if market is not None and market.price < book:
        exact = market.price * free * scale
        steps.append(Step("MARKET", market.price, _cut(exact, goods.currency)))
    for code, factor in _factors(goods, terms):
        exact *= factor
        if factor != ONE or code == "ADVANCE":
            steps.append(Step(code, factor, _cut(exact, goods.currency)))
    return Value(free, tuple(steps), _cut(exact, goods.currency))


def _factors(goods: Goods, terms: Terms) -> tuple[tuple[str, Decimal], ...]:
    """What the value is multiplied by. The product's haircut is the least; a commodity may ask for more."""
    market = goods.market
    haircut = terms.haircut if market is None else max(terms.haircut, market.haircut)
    is_stale = market is not None and market.age is Age.STALE
    return (
        ("STALE_HAIRCUT" if is_stale else "HAIRCUT", ONE - haircut),
        ("ADVANCE", terms.advance_rate),
        ("EVIDENCE", EVIDENCE_FACTORS[goods.evidence]),
    )


def lendable(values: list[Value], currency: str) -> Money:
    """What all lines together carry."""
    return total([v.lendable for v in values], currency)


def _cut(exact: Decimal, currency: str) -> Money:
    return Money(int(exact.quantize(ONE, ROUND_DOWN)), currency)


def shortfall(*, owed: Money, value: Money, haircut: Decimal) -> Money:
    """What cover is missing: the loan less the value after its haircut, nothing where that is enough."""
    return max(Money(0, owed.currency), owed - value.floor_times(1 - haircut))


def units_needed(*, owed: Money, unit_price: Money, cover: Decimal) -> Decimal:
    """Units of goods whose value is `cover` times the loan: 1.4 of a price of 1,000 for 1,000 at 140 %. Unrounded."""
    return owed.minor * cover / unit_price.minor
