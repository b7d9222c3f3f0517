"""What goods can carry: from their gross value, step by step, to what is lent on them.

value = min(book, market) x free quantity x (1 - haircut) x advance x evidence
The exact product is cut off once, at the end, to the minor unit: what may be
lent is never rounded up. Every step is part of the answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from .money import Money, exponent, total

ONE = Decimal(1)
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
    market_price    today's price where the product lends on market value
    evidence        a key of EVIDENCE_FACTORS
    """

    gross_quantity: Decimal
    deductions: tuple[tuple[str, Decimal], ...]
    pledged: Decimal
    root_free: Decimal
    unit_price: Decimal
    currency: str
    evidence: str
    market_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the figure: what was applied and what is left of the value after it.

    factor  the book price for GROSS, the free quantity for FREE, else a fraction of one
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
    """What can be lent on `goods` now, with every step."""
    scale = Decimal(10) ** exponent(goods.currency)
    price = goods.unit_price if goods.market_price is None else min(goods.unit_price, goods.market_price)
    price = max(price, Decimal(0))
    free = free_quantity(goods)
    exact = goods.unit_price * goods.gross_quantity * scale
    steps = [Step("GROSS", goods.unit_price, _cut(exact, goods.currency))]
    exact = price * free * scale
    steps.append(Step("FREE", free, _cut(exact, goods.currency)))
    for code, factor in (
        ("HAIRCUT", ONE - terms.haircut),
        ("ADVANCE", terms.advance_rate),
        ("EVIDENCE", EVIDENCE_FACTORS[goods.evidence]),
    ):
        exact *= factor
        if factor != ONE or code == "ADVANCE":
            steps.append(Step(code, factor, _cut(exact, goods.currency)))
    return Value(free, tuple(steps), _cut(exact, goods.currency))


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
