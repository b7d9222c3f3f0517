"""Day-count conventions: how much of a year lies between two dates.

Names and formulas follow the 2006 ISDA Definitions, section 4.16, unless
another source is named. The start day counts, the end day does not. Every
fraction is exact; `Clock` counts from the start of an interest period, so
that splitting a period never changes its interest, whatever the convention.
"""

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache

YearFraction = Callable[[date, date], Fraction]
LEAP_UNITS, COMMON_UNITS, YEAR_UNITS = 365, 366, 365 * 366


def act_360(start: date, end: date) -> Fraction:
    """Actual/360 (section 4.16(e)); the usual one for RMB loans."""
    return Fraction((end - start).days, 360)


def act_364(start: date, end: date) -> Fraction:
    """Actual/364: a year of 52 weeks (2006 ISDA Definitions, supplement; used for weekly instalments)."""
    return Fraction((end - start).days, 364)


def act_365_fixed(start: date, end: date) -> Fraction:
    """Actual/365 (Fixed) (section 4.16(d))."""
    return Fraction((end - start).days, 365)


def act_act_isda(start: date, end: date) -> Fraction:
    """Actual/Actual (section 4.16(b)): days in a leap year over 366, other days over 365."""
    return Fraction(_isda_units(end) - _isda_units(start), YEAR_UNITS)


def act_act_ends(start: date, end: date) -> Fraction:
    """As Actual/Actual ISDA, with each day counted in the year in which it ends: 31 December belongs to the next."""
    return Fraction(_isda_units(end + timedelta(days=1)) - _isda_units(start + timedelta(days=1)), YEAR_UNITS)


def act_act_afb(start: date, end: date) -> Fraction:
    """Actual/Actual AFB (Fédération Bancaire Française master agreement, 1994; "Actual/Actual Euro").

    Whole years are counted back from the end; the rest is over 366 where it
    contains 29 February, over 365 where not.
    """
    years, rest = 0, end
    while (back := _years_before(end, years + 1)) >= start:
        years, rest = years + 1, back
    days = (rest - start).days
    has_leap_day = any(
        calendar.isleap(year) and start <= date(year, 2, 29) < rest for year in range(start.year, rest.year + 1)
    )
    return years + Fraction(days, 366 if has_leap_day else 365)


def thirty_360(start: date, end: date) -> Fraction:
    """30/360, bond basis (section 4.16(f))."""
    first = min(start.day, 30)
    last = 30 if end.day == 31 and first == 30 else end.day
    return _thirty(start, end, first, last)


def thirty_e_360(start: date, end: date) -> Fraction:
    """30E/360, Eurobond basis (section 4.16(g)): the 31st counts as the 30th."""
    return _thirty(start, end, min(start.day, 30), min(end.day, 30))


def thirty_e_360_isda(start: date, end: date, termination: date | None = None) -> Fraction:
    """30E/360 ISDA (section 4.16(h)): month ends count as the 30th, save the last of February at `termination`."""
    first = 30 if _is_month_end(start) else start.day
    last = 30 if end.day == 31 or (_is_month_end(end) and not (end == termination and end.month == 2)) else end.day
    return _thirty(start, end, min(first, 30), min(last, 30))


def months_shared(start: date, end: date) -> Fraction:
    """Whole months as twelfths of a year, and of the month begun the share of its actual days.

    From 1 January to 8 January is 7/31 of a month; to 18 February one month and 17/29 (leap year).
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    while months and add_months(start, months) > end:
        months -= 1
    anchor, after = add_months(start, months), add_months(start, months + 1)
    return (months + Fraction((end - anchor).days, (after - anchor).days)) / 12


BY_CODE: dict[str, YearFraction] = {
    "ACT/360": act_360,
    "ACT/364": act_364,
    "ACT/365F": act_365_fixed,
    "ACT/ACT ISDA": act_act_isda,
    "ACT/ACT ENDS": act_act_ends,
    "ACT/ACT AFB": act_act_afb,
    "30/360": thirty_360,
    "30E/360": thirty_e_360,
    "30E/360 ISDA": thirty_e_360_isda,
    "MONTHS": months_shared,
}
ACTUAL_YEARS = {"ACT/360": 360, "ACT/364": 364, "ACT/365F": 365}


@dataclass(frozen=True, slots=True)
class Clock:
    """Counts an interest period of `basis` from its `start`.

    nominal_end    where given, the period counts as `nominal_months` twelfths
                   of a year whatever its days, spread evenly up to it
    termination    maturity of the loan, for 30E/360 ISDA
    year           the year's days where the units are plain days, else 0
    """

    basis: str
    start: date
    nominal_months: int = 0
    nominal_end: date | None = None
    termination: date | None = None

    @property
    def year(self) -> int:
        """360, 364 or 365 where each day weighs the same; 0 where not."""
        return 0 if self.nominal_end else ACTUAL_YEARS.get(self.basis, 0)

    def fraction(self, day: date) -> Fraction:
        """The share of a year from the start to `day`."""
        if self.nominal_end is not None:
            share = Fraction((day - self.start).days, (self.nominal_end - self.start).days)
            return share * self.nominal_months / 12
        if self.basis == "30E/360 ISDA":
            return thirty_e_360_isda(self.start, day, self.termination)
        return BY_CODE[self.basis](self.start, day)


def add_months(day: date, months: int, *, anchor_day: int = 0) -> date:
    """`day` moved by whole months; the last day of a shorter month where it has no such day.

    anchor_day  the day of the month to keep to (31 is the month's end), where not day.day
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(anchor_day or day.day, calendar.monthrange(year, month + 1)[1]))


def _years_before(day: date, years: int) -> date:
    """The same day `years` earlier; from a 28 February before a leap day, 29 February (AFB's rule)."""
    year = day.year - years
    if day.month == 2 and day.day >= 28 and _is_month_end(day):
        return date(year, 2, 29 if calendar.isleap(year) else 28)
    return day.replace(year=year)


@lru_cache(maxsize=4096)
def _isda_units(day: date) -> int:
    """Units of 1/(365*366) year from the calendar's origin to `day`."""
    whole = day.year - 1
    passed = (day - date(day.year, 1, 1)).days
    return whole * YEAR_UNITS + passed * (LEAP_UNITS if calendar.isleap(day.year) else COMMON_UNITS)


def _is_month_end(day: date) -> bool:
    return day.day == calendar.monthrange(day.year, day.month)[1]


def _thirty(start: date, end: date, first: int, last: int) -> Fraction:
    return Fraction(360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first, 360)
