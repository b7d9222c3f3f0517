"""China's official business calendar, from the library that carries the State Council's notices."""

from datetime import date
from functools import cache

import chinese_calendar
from chinese_calendar.constants import holidays, workdays

from scf.domain.calendars import Calendar


@cache
def china() -> Calendar:
    """Holidays and make-up working days (调休) of all published years."""
    last = max(holidays)
    assert chinese_calendar.is_holiday(last)
    return Calendar(frozenset(holidays), frozenset(workdays), date(last.year, 12, 31))
