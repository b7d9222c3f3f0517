"""Days in a text as papers write periods: "2026-01-01 至 2026-12-31", "2026年1月1日起", "01.01.2026"."""

import re
from datetime import date

_DAY = re.compile(
    r"(?<!\d)(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)|(?<!\d)(20\d{2})(\d{2})(\d{2})(?!\d)"
)
_EUROPEAN = re.compile(r"(?<!\d)(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)")


def last_day(text: str) -> date | None:
    """The latest day that `text` names, which is where a period ends; None where it names none."""
    found = [tuple(filter(None, match)) for match in _DAY.findall(text)]
    found += [(year, month, day) for day, month, year in _EUROPEAN.findall(text)]
    days = [day for parts in found if (day := _day(*map(int, parts))) is not None]
    return max(days, default=None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
