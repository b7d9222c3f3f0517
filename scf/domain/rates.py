"""Reference rates: what an index stood at on a day, and when a loan that follows it takes that over.

The loan prime rate (贷款市场报价利率, LPR) is published on the 20th of every month,
put off to the next business day where that is a holiday, and holds until the
next one: People's Bank of China, announcement 〔2019〕15号 of 2019-08-17. Loans are
priced as LPR plus or minus points, and agree on how often and on which day
they are priced anew: announcement 〔2019〕30号 of 2019-12-28. Each publication says
that its value holds until the next one.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from .calendars import Calendar
from .daycount import add_months
from .errors import DomainError

PUBLISHED_ON = 20
BASIS_POINTS = 10_000


class RateUnknown(DomainError):
    """No value of the index is known to hold on the day."""

    code = "RATE_UNKNOWN"


class AgreementUnclear(DomainError):
    """A rate agreement contradicts itself."""

    code = "AGREEMENT_UNCLEAR"


class Index(StrEnum):
    """Published reference rates."""

    LPR1Y = "LPR1Y"
    LPR5Y = "LPR5Y"


class Reset(StrEnum):
    """When a loan takes over what the index then stands at."""

    NONE = "NONE"  # once, at drawdown
    MONTHLY = "MONTHLY"  # on the first of every month
    QUARTERLY = "QUARTERLY"  # on 1 January, 1 April, 1 July and 1 October
    YEARLY = "YEARLY"  # on 1 January (每年1月1日)
    ANNIVERSARY = "ANNIVERSARY"  # on the day of the drawdown in each year (对月对日)
    IMMEDIATE = "IMMEDIATE"  # on every day from which a new value holds


_MONTHS = {Reset.MONTHLY: 1, Reset.QUARTERLY: 3, Reset.YEARLY: 12}


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a loan's yearly rate is found.

    index      None: the rate is fixed, and the rest is empty
    spread_bp  hundredths of a percent on top of the index; may be below zero
    """

    index: Index | None = None
    spread_bp: int = 0
    reset: Reset = Reset.NONE

    def __post_init__(self) -> None:
        if self.index is None and (self.spread_bp or self.reset != Reset.NONE):
            raise AgreementUnclear("a fixed rate has no spread and no reset", spread_bp=self.spread_bp)

    @property
    def is_floating(self) -> bool:
        """True where the rate follows an index, if only once."""
        return self.index is not None

    def rate(self, value: Decimal) -> Decimal:
        """The yearly rate that goes with the index at `value`, a fraction of one; never below zero."""
        return max(Decimal(0), value + Decimal(self.spread_bp) / BASIS_POINTS)

    def as_json(self) -> dict[str, Any]:
        """As stored with a loan; empty for a fixed rate."""
        if self.index is None:
            return {}
        return {"index": str(self.index), "spread_bp": self.spread_bp, "reset": str(self.reset)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Agreement":
        """What `as_json` wrote."""
        if not stored:
            return FIXED
        return cls(Index(stored["index"]), int(stored["spread_bp"]), Reset(stored["reset"]))


FIXED = Agreement()


@dataclass(frozen=True, slots=True)
class Value:
    """What an index stands at from a day on, a fraction of one."""

    effective_from: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Table:
    """The values of an index that are known, rising by day; one a day.

    calendar  by which publication is put off
    """

    index: Index
    values: tuple[Value, ...]
    calendar: Calendar

    def __post_init__(self) -> None:
        days = [value.effective_from for value in self.values]
        assert days == sorted(set(days)), "one value a day, in order"

    def on(self, day: date) -> Value:
        """The value in force on `day`. Raises RateUnknown before the first one, and where a publication is missing."""
        place = bisect_right(self.values, day, key=lambda value: value.effective_from)
        if not place:
            raise RateUnknown("no value yet", index=str(self.index), day=str(day), missing=str(day))
        found = self.values[place - 1]
        missing = self._missing(found.effective_from, day)
        if missing is not None:
            raise RateUnknown("a publication is missing", index=str(self.index), day=str(day), missing=str(missing))
        return found

    def known_on(self, day: date) -> Value | None:
        """The value in force on `day`; None where that is not known."""
        try:
            return self.on(day)
        except RateUnknown:
            return None

    def effective_days(self, start: date, end: date) -> list[date]:
        """Days behind `start` up to `end` from which a value holds, or should: of a missing one, when it was due."""
        found = {value.effective_from for value in self.values if start < value.effective_from <= end}
        month = _month_of(start)
        while month <= end:
            due = publication_day(month, self.calendar)
            if start < due <= end and not self._has(month):
                found.add(due)
            month = add_months(month, 1)
        return sorted(found)

    def _missing(self, last: date, day: date) -> date | None:
        """When the first publication behind `last` was due that is not in the table although `day` has come."""
        month = add_months(_month_of(last), 1)
        while month <= day:
            due = publication_day(month, self.calendar)
            # a later one in the same month is that month's: published later than the calendar had let expect
            if due <= day and not self._has(month):
                return due
            month = add_months(month, 1)
        return None

    def _has(self, month: date) -> bool:
        place = bisect_right(self.values, month - timedelta(days=1), key=lambda value: value.effective_from)
        return place < len(self.values) and _month_of(self.values[place].effective_from) == month


def _month_of(day: date) -> date:
    return day.replace(day=1)


def publication_day(month: date, calendar: Calendar) -> date:
    """When the LPR of the month of `month` is published: the 20th, or the next business day."""
    return calendar.following(month.replace(day=PUBLISHED_ON))


def reset_dates(agreement: Agreement, drawdown: date, table: Table, *, start: date, end: date) -> list[date]:
    """Days behind `start` up to `end`, both not before the drawdown, on which the rate is fixed anew.

    On an anniversary of 29 February the last day of February counts.
    """
    start = max(start, drawdown)
    if agreement.reset == Reset.NONE or not agreement.is_floating:
        return []
    if agreement.reset == Reset.IMMEDIATE:
        return table.effective_days(start, end)
    if agreement.reset == Reset.ANNIVERSARY:
        years = range(1, end.year - drawdown.year + 1)
        days = [add_months(drawdown, 12 * year) for year in years]
    else:
        step, january = _MONTHS[agreement.reset], date(drawdown.year, 1, 1)
        count = (end.year - drawdown.year + 1) * 12 // step
        days = [add_months(january, step * number) for number in range(count + 1)]
    return [day for day in days if start < day <= end]


def next_reset(agreement: Agreement, drawdown: date, table: Table, after: date) -> date | None:
    """The first day behind `after` on which the rate is fixed anew; None where it never is."""
    far = add_months(max(after, drawdown), 13)
    return next(iter(reset_dates(agreement, drawdown, table, start=after, end=far)), None)


@dataclass(frozen=True, slots=True)
class Fixing:
    """A day on which a loan takes over its index: at which value, and the rate that follows; None where unknown."""

    day: date
    value: Value | None
    rate: Decimal | None


def fixings(agreement: Agreement, drawdown: date, table: Table, until: date) -> list[Fixing]:
    """All fixings from the drawdown, which is the first one, up to `until`; none for a fixed rate."""
    if not agreement.is_floating or until < drawdown:
        return []
    found = []
    for day in [drawdown, *reset_dates(agreement, drawdown, table, start=drawdown, end=until)]:
        value = table.known_on(day)
        found.append(Fixing(day, value, agreement.rate(value.rate) if value else None))
    return found


def rate_changes(agreement: Agreement, drawdown: date, table: Table, until: date) -> dict[date, Decimal]:
    """The yearly rate by the day from which it holds: the first one, and where a fixing gives another one."""
    changes: dict[date, Decimal] = {}
    last: Decimal | None = None
    for fixing in fixings(agreement, drawdown, table, until):
        if fixing.rate is not None and fixing.rate != last:
            changes[fixing.day] = last = fixing.rate
    return changes


@dataclass(frozen=True, slots=True)
class Agreed:
    """A rate that holds from a day on because of an event. key names the event; fixed_on the fixing it came from."""

    day: date
    rate: Decimal
    key: int
    fixed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What a fixing asks for: `takes_back` an event that says otherwise, then `change` to another rate, or either."""

    fixing: Fixing
    takes_back: int | None
    change: bool


def steps(first: Decimal, agreed: Sequence[Agreed], wanted: Sequence[Fixing]) -> list[Step]:
    """What must happen so that every fixing that is known holds.

    first   the rate at drawdown
    agreed  events in force that set the rate, in the order in which they count

    A rate that people have set on the very day of a fixing stands. Nothing is
    asked for where the rate is right already.
    """
    events, found = list(agreed), []
    for fixing in wanted:
        if fixing.rate is None or any(e.day == fixing.day and e.fixed_on != fixing.day for e in events):
            continue
        own = next((event for event in events if event.fixed_on == fixing.day), None)
        before = next((event.rate for event in reversed(events) if event.day < fixing.day), first)
        if own is not None and own.rate == fixing.rate:
            continue
        if own is None and before == fixing.rate:
            continue
        step = Step(fixing, own.key if own else None, before != fixing.rate)
        found.append(step)
        events = [event for event in events if event is not own]
        if step.change:
            events.append(Agreed(fixing.day, fixing.rate, -1, fixing.day))
            events.sort(key=lambda event: event.day)
    return found
