"""What the sandbox publishes as prices: invented figures by a fixed formula, for goods that the demo stores.

A course of prices is a line through given points, in percent of a base price and in days from an anchor, with a
small wave on it. Behind its last point it stays there, and the wave goes on.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

NAME = "demo prices 演示价格"
ANCHOR_FILE = "market-anchor"
ANCHOR = date(2026, 1, 1)
WAVE_PERCENT, WAVE_DAYS = 0.8, 11
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Course:
    """How one commodity's price goes.

    base    in the currency, for one unit
    points  (days from the anchor, percent of the base), the earliest first
    """

    commodity: str
    unit: str
    currency: str
    base: Decimal
    points: tuple[tuple[int, int], ...]

    def price(self, day: date, anchor: date) -> Decimal:
        """The invented price of a day, in whole cents."""
        at = (day - anchor).days
        percent = self._percent(at) + WAVE_PERCENT * math.sin(2 * math.pi * at / WAVE_DAYS)
        return (self.base * Decimal(round(percent * 100)) / 10_000).quantize(Decimal("0.01"))

    def _percent(self, at: int) -> float:
        (before, low), *rest = self.points
        if at <= before:
            return low
        for after, high in rest:
            if at <= after:
                return low + (high - low) * (at - before) / (after - before)
            before, low = after, high
        return low


RICE = ((-365, 96), (-250, 104), (-90, 100), (-60, 101), (-8, 91), (-2, 84), (90, 92))
OIL = ((-365, 92), (-200, 108), (-120, 97), (0, 103), (90, 98))
COURSES = (
    Course("demo-rice", "袋", "CNY", Decimal("90"), RICE),
    Course("demo-rapeseed-oil", "桶", "CNY", Decimal("74"), OIL),
)


def anchor_of(folder: Path) -> date:
    """The day that the courses are drawn around, as a loaded demo world has left it."""
    file = folder / ANCHOR_FILE
    return date.fromisoformat(file.read_text().strip()) if file.exists() else ANCHOR


def leave_anchor(folder: Path, day: date) -> None:
    """Draw the courses around this day from now on."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ANCHOR_FILE).write_text(f"{day.isoformat()}\n")


def published(*, since: date, until: date, anchor: date) -> Iterator[dict[str, str]]:
    """The prices of all courses on the working days of these, both ends included, the oldest first."""
    for offset in range((until - since).days + 1):
        day = since + timedelta(days=offset)
        if day.weekday() < SATURDAY:
            for course in COURSES:
                yield {
                    "commodity": course.commodity, "as_of": day.isoformat(), "price": str(course.price(day, anchor)),
                    "currency": course.currency, "unit": course.unit,
                }  # fmt: skip
