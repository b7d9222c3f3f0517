"""The terms of a loan: what was agreed, and when its instalments fall due."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from . import daycount
from .conventions import CHINA, Conventions
from .daycount import Clock, add_months
from .errors import DomainError
from .money import Money
from .rates import FIXED, Agreement

UNIT_DAYS = {"days": 1, "weeks": 7}
UNIT_MONTHS = {"months": 1, "quarters": 3, "years": 12}


class TermsUnclear(DomainError):
    """The terms contradict each other or leave something open."""

    code = "TERMS_UNCLEAR"


class PlanKind(StrEnum):
    """How the principal comes back; interest falls due with every instalment."""

    BULLET = "BULLET"  # all at the last due date, and the interest with it
    INTEREST_ONLY = "INTEREST_ONLY"  # interest at every due date, the principal at the last
    LEVEL = "LEVEL"  # equal instalments of principal and interest (等额本息)
    EQUAL_PRINCIPAL = "EQUAL_PRINCIPAL"  # equal parts of principal (等额本金)
    CUSTOM = "CUSTOM"  # principals as listed


@dataclass(frozen=True, slots=True)
class Plan:
    """The instalments agreed.

    due_dates        rolled already, rising; the last is the maturity; empty: one at the maturity
    principals       minor units for each due date (CUSTOM); what is left over goes into the last
    principal_grace  number of first instalments without principal
    interest_grace   number of first instalments whose interest waits for the one after them
    level            minor units of the level instalment, where it was agreed and not computed
    balloon          minor units of principal that stay for the last instalment
    months, days     the nominal period between due dates: one of them
    first_start      first day of the first full period where a broken one precedes it
    by_number        periods count as `months` twelfths of a year, whatever their days
    """

    kind: PlanKind = PlanKind.BULLET
    due_dates: tuple[date, ...] = ()
    principals: tuple[int, ...] = ()
    principal_grace: int = 0
    interest_grace: int = 0
    level: int | None = None
    balloon: int = 0
    months: int = 0
    days: int = 0
    first_start: date | None = None
    by_number: bool = False

    def as_json(self) -> dict[str, Any]:
        """The plan as stored with a loan."""
        plain = asdict(self) | {"due_dates": [day.isoformat() for day in self.due_dates]}
        plain["first_start"] = self.first_start.isoformat() if self.first_start else None
        return plain | {"kind": str(self.kind), "principals": list(self.principals)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Plan":
        """The plan that `as_json` wrote; what is left out has the default."""
        values = dict(stored)
        values["kind"] = PlanKind(values.get("kind", PlanKind.BULLET))
        values["due_dates"] = tuple(date.fromisoformat(day) for day in values.get("due_dates", ()))
        values["principals"] = tuple(values.get("principals", ()))
        if values.get("first_start"):
            values["first_start"] = date.fromisoformat(values["first_start"])
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Contract:
    """The terms that a loan was accepted on; stored with it, never changed.

    annual_rate     fraction of one per year; of a loan that follows an index, the one at drawdown
    agreement       how the rate is found: fixed, or an index with a spread and its resets (scf.domain.rates)
    basis           a key of daycount.BY_CODE
    drawdown_date   first day that bears interest
    maturity_date   due date, already rolled to a business day; bears no interest itself
    penalty_factor  overdue principal bears annual_rate x this (1.3 to 1.5, PBoC 银发〔2003〕251号)
    penalty_rate    where given, the penalty rate as such, instead of the factor
    misuse_factor   a loan used otherwise than agreed bears annual_rate x this (1.5 to 2.0)
    misuse_rate     where given, that rate as such, instead of the factor
    grace_days      paid within them after a due date: no penalty; after them: penalty from the due date
    compounds       unpaid interest bears compound interest (复利) at the penalty rate
    cooling_off_days  within them from the drawdown the principal may be returned and no interest is owed
    """

    principal: Money
    annual_rate: Decimal
    basis: str
    drawdown_date: date
    maturity_date: date
    penalty_factor: Decimal = Decimal("1.5")
    grace_days: int = 0
    penalty_rate: Decimal | None = None
    misuse_factor: Decimal = Decimal("2.0")
    compounds: bool = True
    misuse_rate: Decimal | None = None
    agreement: Agreement = FIXED
    cooling_off_days: int = 0
    plan: Plan = field(default_factory=Plan)
    conventions: Conventions = CHINA

    @property
    def currency(self) -> str:
        """Of every figure of the loan."""
        return self.principal.currency

    @property
    def due_dates(self) -> tuple[date, ...]:
        """When instalments fall due; the last is the maturity."""
        return self.plan.due_dates or (self.maturity_date,)

    def clock(self, start: date, end: date | None) -> Clock:
        """The counting of the interest period from `start`; `end` is its due date, None behind the last."""
        if self.plan.by_number and end is not None:
            return Clock(self.basis, start, self.plan.months, end)
        return Clock(self.basis, start, termination=self.due_dates[-1])

    def overdue_rate(self, annual_rate: Decimal) -> Decimal:
        """The penalty rate that goes with a contract rate."""
        return self.penalty_rate if self.penalty_rate is not None else annual_rate * self.penalty_factor

    def rate_of_misuse(self, annual_rate: Decimal) -> Decimal:
        """What a loan used otherwise than agreed bears, beside a contract rate."""
        return self.misuse_rate if self.misuse_rate is not None else annual_rate * self.misuse_factor

    def nominal_fraction(self) -> Fraction:
        """The year fraction of one period as the plan names it: months / 12, or days / year. Raises TermsUnclear."""
        if self.plan.months:
            return Fraction(self.plan.months, 12)
        year = daycount.ACTUAL_YEARS.get(self.basis)
        if self.plan.days and year:
            return Fraction(self.plan.days, year)
        raise TermsUnclear("the plan names no period", basis=self.basis)


def due_dates(
    start: date,
    *,
    count: int,
    every: int = 1,
    unit: str = "months",
    first: date | None = None,
    day: int = 0,
    end_of_month: bool = False,
    roll: Callable[[date], date] | None = None,
) -> tuple[date, ...]:
    """`count` due dates after `start`, one each `every` units.

    first         the first one, which sets the pace; else one period after start
    day           day of the month to fall on (20 and 21 are usual), from the month after start's
    end_of_month  from a month's last day to a month's last day (the end-of-month rule)
    roll          moves each date to a business day; the pace is kept by the unrolled dates

    Raises TermsUnclear for an unknown unit, or dates that do not rise.
    """
    if unit in UNIT_DAYS:
        step = timedelta(days=every * UNIT_DAYS[unit])
        origin = first or start + step
        dates = [origin + n * step for n in range(count)]
    elif unit in UNIT_MONTHS:
        months = every * UNIT_MONTHS[unit]
        anchor = 31 if end_of_month and add_months(start, 0, anchor_day=31) == start else day or (first or start).day
        origin = first or add_months(start, months, anchor_day=anchor)
        dates = [add_months(origin, n * months, anchor_day=anchor) for n in range(count)]
    else:
        raise TermsUnclear("no such unit", unit=unit, known=sorted({**UNIT_DAYS, **UNIT_MONTHS}))
    rolled = [roll(day) for day in dates] if roll else dates
    if any(earlier >= later for earlier, later in zip([start, *rolled], rolled, strict=False)):
        raise TermsUnclear("the due dates do not rise", dates=[str(day) for day in rolled])
    return tuple(rolled)


def to_maturity(
    start: date, maturity: date, *, every: int = 1, unit: str = "months", day: int = 0, first_is_long: bool = False,
    roll: Callable[[date], date] | None = None, last_is_long: bool = False,
) -> tuple[date, ...]:  # fmt: skip
    """Due dates by pace up to the maturity, which is always the last one.

    first_is_long  a short first period is joined to the second; last_is_long: a short last one to the one before
    Raises TermsUnclear.
    """
    found: list[date] = []
    count = 1
    while (dates := due_dates(start, count=count, every=every, unit=unit, day=day))[-1] < maturity:
        found, count = list(dates), count + 1
    if day and found and not _is_full(start, found[0], every, unit) and first_is_long and len(found) > 1:
        found = found[1:]
    if found and last_is_long and not _is_full(found[-1], maturity, every, unit):
        found = found[:-1]
    rolled = [roll(day) for day in found] if roll else found
    return (*(day for day in rolled if start < day < maturity), maturity)


def _is_full(start: date, end: date, every: int, unit: str) -> bool:
    return due_dates(start, count=1, every=every, unit=unit)[0] <= end
