"""Charts as SVG: figures in, places out; the templates only draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from scf.documents.report import Cell, Line, text_of
from scf.domain.money import Money

from .. import selectors
from ..models import Loan

LEFT, TOP, BOTTOM = 0, 14, 150
COLUMNS_WIDTH = 720
LABELS_MAX = 12
COLUMNS_MAX = 120


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a column: its place, its tone, and the words for it."""

    x: float
    y: float
    width: float
    height: float
    tone: str
    words: str


@dataclass(frozen=True, slots=True)
class Columns:
    """A chart of stacked columns. labels (x, text); legend (tone, name); words say it without the picture."""

    pieces: tuple[Piece, ...]
    labels: tuple[tuple[float, str], ...]
    legend: tuple[tuple[str, str], ...]
    highest: str
    words: str


def columns(rows: Sequence[tuple[str, Sequence[Money]]], legend: Sequence[tuple[str, str]]) -> Columns | None:
    """Columns from (label, amounts from the bottom upwards); legend (tone, name) in the same order.

    None where there is nothing to draw, or too much of it to be told apart.
    """
    highest = max((sum(max(money.minor, 0) for money in amounts) for _label, amounts in rows), default=0)
    if highest <= 0 or len(rows) > COLUMNS_MAX:
        return None
    step = COLUMNS_WIDTH / len(rows)
    width = min(step * 0.72, 64)
    pieces, labels, every = [], [], -(-len(rows) // LABELS_MAX)
    for index, (label, amounts) in enumerate(rows):
        x, y = LEFT + index * step + (step - width) / 2, float(BOTTOM)
        for money, (tone, name) in zip(amounts, legend, strict=True):
            height = max(money.minor, 0) / highest * (BOTTOM - TOP)
            y -= height
            if height:
                pieces.append(
                    Piece(round(x, 1), round(y, 1), round(width, 1), round(height, 1), tone, f"{label} {name} {money}")
                )
        if index % every == 0:
            labels.append((round(x + width / 2, 1), label))
    currency = rows[0][1][0].currency
    words = "; ".join(f"{label}: {' / '.join(str(money.amount) for money in amounts)}" for label, amounts in rows)
    return Columns(tuple(pieces), tuple(labels), tuple(legend), str(Money(highest, currency)), words)


def of_lines(lines: Sequence[Line], amounts: Sequence[int], legend: Sequence[tuple[str, str]]) -> Columns | None:
    """A column a line: its first cell is the label, `amounts` are the places of its parts."""
    return columns([(_label(line.cells[0]), [_money(line.cells[at]) for at in amounts]) for line in lines], legend)


def of_cells(names: Sequence[str], cells: Sequence[Cell], legend: tuple[str, str]) -> Columns | None:
    """A column a cell, side by side."""
    return columns([(name, [_money(cell)]) for name, cell in zip(names, cells, strict=True)], [legend])


def _label(cell: Cell) -> str:
    return f"{cell:%m-%d}" if isinstance(cell, date) else text_of(cell)


def _money(cell: Cell) -> Money:
    assert isinstance(cell, Money), "a chart shows amounts"
    return cell


@dataclass(frozen=True, slots=True)
class Steps:
    """The principal over time: the stepped line, today's and the due date's places, and the labels."""

    line: str
    area: str
    today_x: float
    due_x: float
    first: date
    last: date
    words: str


STEPS_WIDTH, STEPS_TOP, STEPS_BOTTOM = 600, 20, 120


def principal(loan: Loan, movements: list[selectors.Movement], last: date, today: date) -> Steps:
    """Places of the chart: days to the right, principal upwards."""
    steps = selectors.principal_steps(loan, movements, last)
    first, days = loan.drawdown_date, max((last - loan.drawdown_date).days, 1)

    def x(day: date) -> float:
        return round((day - first).days * STEPS_WIDTH / days, 1)

    points: list[tuple[float, float]] = []
    for day, left in steps:
        height = STEPS_BOTTOM - (STEPS_BOTTOM - STEPS_TOP) * left.minor / loan.principal_minor
        if points:
            points.append((x(day), points[-1][1]))
        points.append((x(day), round(height, 1)))
    line = " ".join(f"{left},{top}" for left, top in points)
    area = f"0,{STEPS_BOTTOM} {line} {STEPS_WIDTH},{STEPS_BOTTOM}"
    words = "; ".join(f"{day}: {left}" for day, left in steps)
    return Steps(line, area, x(min(max(today, first), last)), x(loan.due_on), first, last, words)
