"""A report as a table: on a page, in a spreadsheet or printed, from one description."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from scf.domain.money import Money

from . import figures
from .sheet import Column, Sheet

Cell = str | date | int | Money | None


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    DATE = "date"
    COUNT = "count"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its title, what it holds, its share of the width of a printed page."""

    title: str
    kind: Kind = Kind.TEXT
    share: float = 2.0

    @property
    def is_figure(self) -> bool:
        """True where it stands to the right."""
        return self.kind in (Kind.MONEY, Kind.COUNT)


@dataclass(frozen=True, slots=True)
class Line:
    """A row; `link` leads to where its figures come from."""

    cells: tuple[Cell, ...]
    link: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one book or currency, their sums, and the sentences by which they prove themselves."""

    heading: str
    lines: tuple[Line, ...]
    total: tuple[Cell, ...] = ()
    proofs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A report, ready to be shown in any form.

    facts  (name, value) of what was asked for;  source  where the figures come from
    """

    title: str
    number: str
    as_of: date
    facts: tuple[tuple[str, str], ...]
    fields: tuple[Field, ...]
    sections: tuple[Section, ...]
    source: str


def text_of(cell: Cell) -> str:
    """A cell as it is printed."""
    if cell is None:
        return ""
    if isinstance(cell, Money):
        return figures.moved(cell)
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def value_of(cell: Cell) -> str | date | int | Decimal | None:
    """A cell as a spreadsheet holds it."""
    return cell.amount if isinstance(cell, Money) else cell


def render(report: Report) -> bytes:
    """The report on A4 across, in the active language; the same bytes for the same figures."""
    sheet = Sheet(title=report.title, number=report.number, as_of=report.as_of, is_wide=True)
    sheet.facts(report.facts)
    columns = [Column(field.title, field.share, field.is_figure) for field in report.fields]
    for section in report.sections:
        if section.heading:
            sheet.heading(section.heading)
        rows = [[text_of(cell) for cell in line.cells] for line in section.lines]
        sheet.table(columns, rows, total=[_total_of(cell) for cell in section.total] or None)
        if section.proofs:
            sheet.proof(section.proofs, source=report.source)
    if not report.sections:
        sheet.text(_("There is nothing to report for these days."))
    return sheet.pdf()


def _total_of(cell: Cell) -> str:
    return figures.plain(cell) if isinstance(cell, Money) else text_of(cell)
