"""What a market price is good for on a day: fresh, old, too old, missing, or worth nothing.

A price younger than `stale_after_days` counts as it is. An older one raises the
haircut, because nobody knows where the market went since. One older than
`stop_after_days` supports no loan at all. Prices of zero and below have
happened (crude oil on 20 April 2020): such goods carry nothing.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

NOTHING, ALL = Decimal(0), Decimal(1)


class Age(StrEnum):
    """How far a price can be trusted."""

    FRESH = "FRESH"
    STALE = "STALE"
    STOPPED = "STOPPED"
    MISSING = "MISSING"
    NOT_COMPARABLE = "NOT_COMPARABLE"
    WORTHLESS = "WORTHLESS"


LENDS = frozenset({Age.FRESH, Age.STALE})


@dataclass(frozen=True, slots=True)
class PriceRules:
    """How a commodity's prices are treated; haircuts are fractions of one.

    haircut           for the risk that the price falls
    stale_after_days  older than this: `stale_haircut` is added
    stop_after_days   older than this: nothing is lent
    """

    haircut: Decimal
    stale_after_days: int
    stale_haircut: Decimal
    stop_after_days: int


@dataclass(frozen=True, slots=True)
class Quote:
    """A published price of one unit, in whole units of its currency, and its day. It may be zero or negative."""

    price: Decimal
    as_of: date


@dataclass(frozen=True, slots=True)
class Market:
    """What valuation needs of the market: the price, the whole haircut, and whether the price lends at all.

    price  zero where `age` does not lend
    """

    price: Decimal
    haircut: Decimal
    age: Age
    as_of: date | None = None

    @property
    def lends(self) -> bool:
        """True where something can be lent at this price."""
        return self.age in LENDS


def age_of(as_of: date, rules: PriceRules, on: date) -> Age:
    """FRESH, STALE or STOPPED: by the days from `as_of` to `on`. A day still to come is as good as today."""
    days = (on - as_of).days
    if days > rules.stop_after_days:
        return Age.STOPPED
    return Age.STALE if days > rules.stale_after_days else Age.FRESH


def judge(quote: Quote | None, rules: PriceRules, on: date, *, per_unit: Decimal | None = ALL) -> Market:
    """What `quote` is good for on `on`.

    per_unit  how many of the quoted units one unit on the paper is (0.001 for kilograms
              where tonnes are quoted); None where the two cannot be compared
    """
    if quote is None:
        return Market(NOTHING, rules.haircut, Age.MISSING)
    age = age_of(quote.as_of, rules, on)
    if per_unit is None:
        age = Age.NOT_COMPARABLE
    elif quote.price <= 0:
        age = Age.WORTHLESS
    if age not in LENDS or per_unit is None:
        return Market(NOTHING, rules.haircut, age, quote.as_of)
    more = rules.stale_haircut if age is Age.STALE else NOTHING
    return Market(quote.price * per_unit, min(ALL, rules.haircut + more), age, quote.as_of)
