"""Day-count conventions: the fraction of a year between two dates.

Names and formulas follow the 2006 ISDA Definitions, section 4.16. The start
day counts, the end day does not.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction

YearFraction = Callable[[date, date], Fraction]


def act_360(start: date, end: date) -> Fraction:
    """Actual/360 (section 4.16(e)); the usual one for RMB loans."""
    return Fraction((end - start).days, 360)


def act_365_fixed(start: date, end: date) -> Fraction:
    """Actual/365 (Fixed) (section 4.16(d))."""
    return Fraction((end - start).days, 365)


def thirty_360(start: date, end: date) -> Fraction:
    """30/360, bond basis (section 4.16(f))."""
    first = min(start.day, 30)
    last = 30 if end.day == 31 and first == 30 else end.day
    return Fraction(360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first, 360)


BY_CODE: dict[str, YearFraction] = {"ACT/360": act_360, "ACT/365F": act_365_fixed, "30/360": thirty_360}


def as_decimal(fraction: Fraction, digits: int = 12) -> Decimal:
    """A year fraction for people; computation stays in fractions."""
    return round(Decimal(fraction.numerator) / Decimal(fraction.denominator), digits)
