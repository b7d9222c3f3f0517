"""Metering interest: a balance times a rate times time, summed exactly and rounded once.

This is the bank's 积数 (accumulated product): balances by days, kept as whole
numbers where the days of the year are plain days, as exact fractions where
not.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from .conventions import round_products, round_ratio
from .daycount import Clock
from .money import Money
from .waterfall import Due

E8 = 10**8


@lru_cache(maxsize=1024)
def e8(rate: Decimal | Fraction) -> int | Fraction:
    """A rate in hundred-millionths: whole for every rate that a contract can name."""
    scaled = Fraction(rate) * E8
    return scaled.numerator if scaled.denominator == 1 else scaled


class Stretch(NamedTuple):
    """What a balance bore from `start` (included) to `end` (excluded) at one rate.

    row      number of the instalment that it belongs to
    product  balance x rate x 1e8 x days where `year` says how many days weigh a year; else the amount itself
    """

    due: Due
    row: int
    start: date
    end: date
    balance: Money
    annual_rate: Decimal
    basis: str
    year: int
    product: int | Fraction

    @property
    def amount(self) -> Fraction:
        """What it bore, exact, in minor units."""
        return Fraction(self.product, self.year * E8) if self.year else Fraction(self.product)

    @property
    def days(self) -> int:
        """Calendar days."""
        return (self.end - self.start).days


class Meter:
    """One sum of products over a period's clock."""

    __slots__ = ("clock", "exact", "products", "year")

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.year = clock.year
        self.products: int | Fraction = 0  # minor units x rate x 1e8 x days, where every day weighs the same
        self.exact: int | Fraction = 0  # minor units, where not

    def add(self, balance: int, rate: int | Fraction, start: date, end: date) -> int | Fraction:
        """What `balance` bears from `start` to `end` at `rate` (in 1e-8), as a Stretch's product; the sum grows by it.

        Measured as the difference of two counts from the period's start, so
        that cutting a stretch in two changes nothing.
        """
        if self.year:
            product = balance * rate * (end - start).days
            self.products += product
            return product
        share = self.clock.fraction(end) - self.clock.fraction(start)
        amount = Fraction(balance * rate) * share / E8
        self.exact += amount
        return amount

    @property
    def value(self) -> int | Fraction:
        """The sum, exact, in minor units."""
        if not self.products:
            return self.exact
        return Fraction(self.products, self.year * E8) + self.exact

    def rounded(self, mode: str, more: int | Fraction = 0) -> int:
        """The sum with `more`, rounded once by `mode`; in whole numbers where that is all there is."""
        if more or self.exact or mode != "HALF_UP" or not isinstance(self.products, int) or self.products < 0:
            return round_ratio(self.value + more, mode)
        return round_products(self.products, self.year * E8) if self.products else 0
