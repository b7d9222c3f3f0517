"""What the line chart of our pages is made of: `_partials/line_chart.html` draws it, views and selectors fill it."""

from collections.abc import Iterable
from dataclasses import dataclass

WIDTH, TOP, BOTTOM = 720, 16, 150  # of the picture's own units; the template's frame fits around them


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its points ("x,y x,y"), its tone, its name and what it stands at last."""

    points: str
    tone: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """levels (y, text) and years (x, text) label the axes; words say it without the picture."""

    lines: tuple[Line, ...]
    levels: tuple[tuple[float, str], ...]
    years: tuple[tuple[float, str], ...]
    words: str


def stepped(places: Iterable[tuple[float, float]]) -> str:
    """Points of a line that holds each value until the next and the last one to the right edge; "" for none."""
    points: list[tuple[float, float]] = []
    for x, y in places:
        points += [(x, points[-1][1])] if points else []
        points.append((x, y))
    points += [(WIDTH, points[-1][1])] if points else []
    return " ".join(f"{x},{y}" for x, y in points)
