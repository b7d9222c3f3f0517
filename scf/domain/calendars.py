"""Business days: weekends, public holidays and China's make-up working days."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """A business calendar.

    holidays   days off although they are weekdays
    workdays   working days although they fall on a weekend (调休)
    known_to   last day for which holidays are published; after it only
               weekends count, and a figure that depends on it says so
    """

    holidays: Set[date]
    workdays: Set[date]
    known_to: date

    def is_business_day(self, day: date) -> bool:
        """True where banks work on `day`."""
        if day in self.workdays:
            return True
        return day.weekday() < SATURDAY and day not in self.holidays

    def is_known(self, day: date) -> bool:
        """True where the holidays of `day`'s year are published."""
        return day <= self.known_to

    def following(self, day: date) -> date:
        """`day` itself, or the next business day after it."""
        while not self.is_business_day(day):
            day += timedelta(days=1)
        return day

    def add_business_days(self, day: date, count: int) -> date:
        """The `count`-th business day after `day` (count >= 0)."""
        for _ in range(count):
            day = self.following(day + timedelta(days=1))
        return day


WEEKENDS_ONLY = Calendar(frozenset(), frozenset(), date.min)
