"""Interest on an actual balance by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from . import daycount
from .errors import DomainError
from .money import Money


class PeriodReversed(DomainError):
    """The accrual period ends before it starts."""

    code = "PERIOD_REVERSED"


@dataclass(frozen=True, slots=True)
class Segment:
    """A balance that bore one rate from `start` (included) to `end` (excluded)."""

    start: date
    end: date
    balance: Money
    annual_rate: Decimal


def exact(*, balance: Money, annual_rate: Decimal, start: date, end: date, basis: str) -> Fraction:
    """Unrounded interest in minor units.

    annual_rate  a fraction of one per year: Decimal("0.045") is 4.5 % p.a.
    start, end   start included, end excluded; equal dates give zero
    basis        a key of daycount.BY_CODE, such as "ACT/360"

    Raises PeriodReversed if end < start.
    """
    if end < start:
        raise PeriodReversed("the period ends before it starts", start=str(start), end=str(end))
    return balance.minor * Fraction(annual_rate) * daycount.BY_CODE[basis](start, end)


def rounded(minor: Fraction, currency: str) -> Money:
    """The one rounding of interest: half-up, to the minor unit, of a cumulative sum.

    Half-up to the fen is what Chinese banks post; summing first and rounding
    once means that no path of partial sums can gain or lose a fen.
    """
    quotient = Decimal(minor.numerator) / Decimal(minor.denominator)
    return Money(int(quotient.quantize(Decimal(1), ROUND_HALF_UP)), currency)


def simple_interest(*, principal: Money, annual_rate: Decimal, start: date, end: date, basis: str) -> Money:
    """Interest due on `principal` from `start` (included) to `end` (excluded), rounded once."""
    minor = exact(balance=principal, annual_rate=annual_rate, start=start, end=end, basis=basis)
    return rounded(minor, principal.currency)


def cumulative(segments: Sequence[Segment], *, basis: str, currency: str) -> Money:
    """Interest over all segments, summed exactly and rounded once."""
    minor = sum(
        (exact(balance=s.balance, annual_rate=s.annual_rate, start=s.start, end=s.end, basis=basis) for s in segments),
        Fraction(0),
    )
    return rounded(minor, currency)
