"""Business days: weekends, public holidays and China's make-up working days."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY, SUNDAY, HALF = 5, 6, 15


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

    def preceding(self, day: date) -> date:
        """`day` itself, or the last business day before it."""
        while not self.is_business_day(day):
            day -= timedelta(days=1)
        return day

    def modified_following(self, day: date) -> date:
        """The next business day, or the one before where that would leave the month (2006 ISDA, 4.12)."""
        found = self.following(day)
        return found if found.month == day.month else self.preceding(day)

    def roll(self, day: date, convention: str) -> date:
        """`day` by NONE, FOLLOWING, MODIFIED_FOLLOWING or PRECEDING. Raises KeyError for another word."""
        return {
            "NONE": lambda: day,
            "FOLLOWING": lambda: self.following(day),
            "MODIFIED_FOLLOWING": lambda: self.modified_following(day),
            "PRECEDING": lambda: self.preceding(day),
        }[convention]()

    def add_business_days(self, day: date, count: int) -> date:
        """The `count`-th business day after `day` (count >= 0)."""
        for _ in range(count):
            day = self.following(day + timedelta(days=1))
        return day


def union(*calendars: Calendar) -> Calendar:
    """Working days of all of them: a holiday of one is a holiday; known as far as the least known."""
    holidays = frozenset().union(*(calendar.holidays for calendar in calendars))
    # a make-up working day counts only where every calendar works on it
    shared = frozenset().union(*(calendar.workdays for calendar in calendars))
    workdays = frozenset(day for day in shared if all(calendar.is_business_day(day) for calendar in calendars))
    return Calendar(holidays - workdays, workdays, min(calendar.known_to for calendar in calendars))


def posting_days(start: date, frequency: str, until: date) -> list[date]:
    """Last days of the posting periods from `start` up to `until`, both included.

    frequency  DAILY, WEEKLY (to Sunday), HALF_MONTHLY (to the 15th and the month's end), MONTHLY
    """
    ends = {
        "DAILY": lambda day: True,
        "WEEKLY": lambda day: day.weekday() == SUNDAY,
        "HALF_MONTHLY": lambda day: day.day == HALF or (day + timedelta(days=1)).day == 1,
        "MONTHLY": lambda day: (day + timedelta(days=1)).day == 1,
    }[frequency]
    return [day for n in range((until - start).days + 1) if ends(day := start + timedelta(days=n))]


WEEKENDS_ONLY = Calendar(frozenset(), frozenset(), date.min)
