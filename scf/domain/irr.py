"""The annualised cost of credit: the internal rate of all flows (XIRR, ACT/365).

PBoC notice 2021 no. 3 asks for the annualised rate by IRR over everything the
borrower pays; days are actual, the year has 365 (as spreadsheets' XIRR).
"""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal, localcontext

from .errors import DomainError

LOWEST, HIGHEST = Decimal("-0.9999"), Decimal("1000000")
DIGITS = Decimal("0.000001")


class NoRate(DomainError):
    """The flows do not change sign, so that no rate makes them worth nothing."""

    code = "NO_RATE"


def xirr(flows: Sequence[tuple[date, int]]) -> Decimal:
    """The yearly rate at which `flows` are worth nothing today.

    flows   (date, minor units), positive to the borrower; any order
    Returns a fraction of one per year, to six decimals (half-even).
    Raises NoRate where all flows have one sign.
    """
    if not any(minor > 0 for _, minor in flows) or not any(minor < 0 for _, minor in flows):
        raise NoRate("there must be money in and money out")
    origin = min(day for day, _ in flows)

    def value(rate: Decimal) -> Decimal:
        base = 1 + rate
        return sum((minor / base ** (Decimal((day - origin).days) / 365) for day, minor in flows), Decimal(0))

    with localcontext() as context:
        context.prec = 40
        low, high = _bracket(value, LOWEST)
        return _bisect(value, low, high, DIGITS / 1000).quantize(DIGITS)


def periodic(flows: Sequence[int]) -> Decimal:
    """The rate a period at which flows one period apart are worth nothing today.

    flows   minor units, positive to the borrower; the first one is today's
    Returns a fraction of one per period, to twelve decimals. Raises NoRate.
    """
    if not any(minor > 0 for minor in flows) or not any(minor < 0 for minor in flows):
        raise NoRate("there must be money in and money out")

    def value(rate: Decimal) -> Decimal:
        worth, base = Decimal(0), 1 + rate
        for minor in reversed(flows):
            worth = worth / base + minor
        return worth

    with localcontext() as context:
        context.prec = 40
        low, high = _bracket(value, LOWEST)
        return _bisect(value, low, high, Decimal("1e-14")).quantize(Decimal("1e-12"))


def with_fee(*, annual_rate: Decimal, fee: Decimal, months: int) -> Decimal:
    """Rate and one-off fee as a plain yearly sum: rate + fee x 12 / months. No IRR: not for disclosure in China."""
    return annual_rate + fee * 12 / months


def _bracket(value: Callable[[Decimal], Decimal], low: Decimal) -> tuple[Decimal, Decimal]:
    """Ends between which the value changes its sign, as far up as HIGHEST."""
    high = Decimal(1)
    rising = value(low) < 0
    while (value(high) < 0) == rising and high < HIGHEST:
        high *= 4
    return low, high


def _bisect(value: Callable[[Decimal], Decimal], low: Decimal, high: Decimal, width: Decimal) -> Decimal:
    rising = value(low) < 0
    while high - low > width:
        middle = (low + high) / 2
        if (value(middle) < 0) == rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2
