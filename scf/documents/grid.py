"""A table drawn straight onto the canvas: rows are text, figures stand to the right, the head is repeated on each page.

A `Table` of `Paragraph` cells typesets every cell as a document of its own; a statement of a hundred pages has
forty thousand of them. Here a row is measured once and drawn as text, and only a cell that does not fit is broken.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable

from . import typeface

LEADING = 1.42
PAD_TOP, PAD_BOTTOM, PAD_SIDE = 2.2, 3.0, 2.5
RISE = 0.3  # of the leading, below the baseline of a line
# Lines may break at spaces, and between any two characters of Chinese, yet not before a closing mark.
PIECE = re.compile(r"[\u2e80-\uffff][，。；：、）》」』！？％]*|[^\s\u2e80-\uffff]+|\s+")


@dataclass(frozen=True, slots=True)
class Look:
    """The colours of a table."""

    ink: HexColor
    rule: HexColor
    shade: HexColor


@dataclass(frozen=True, slots=True)
class Row:
    """A measured row: lines of each cell, and how high it is."""

    cells: tuple[tuple[str, ...], ...]
    height: float
    is_bold: bool


class Grid(Flowable):
    """The rows from `start` to `end` of a measured table, below its head.

    The rows themselves are shared by all parts into which pages cut the table. A closing total never stands alone.
    """

    def __init__(
        self, *, head: Row, rows: Sequence[Row], widths: Sequence[float], rights: Sequence[bool], size: float,
        look: Look, start: int = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        self._head, self._rows, self._widths, self._rights = head, rows, widths, rights
        self._size, self._look, self._start, self._end = size, look, start, len(rows)
        self._edges = [0.0]
        for width in widths:
            self._edges.append(self._edges[-1] + width)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """How much room it takes."""
        self.width = self._edges[-1]
        self.height = self._head.height + sum(row.height for row in self._rows[self._start : self._end])
        return self.width, self.height

    def split(self, width: float, height: float) -> list["Grid"]:
        """What fits on this page, and the rest; nothing where not even one row fits below the head."""
        left, end = height - self._head.height, self._start
        while end < self._end and self._rows[end].height <= left:
            left -= self._rows[end].height
            end += 1
        if end == self._end - 1 and self._rows[end].is_bold:
            end -= 1
        if end <= self._start:
            return []
        return [self._part(self._start, end), self._part(end, self._end)]

    def _part(self, start: int, end: int) -> "Grid":
        part = Grid(
            head=self._head, rows=self._rows, widths=self._widths, rights=self._rights, size=self._size,
            look=self._look, start=start,
        )  # fmt: skip
        part._end = end
        return part

    def draw(self) -> None:
        """Shade, rules, and then all text at once."""
        canvas: Any = self.canv
        rows = [self._head, *self._rows[self._start : self._end]]
        canvas.setFillColor(self._look.shade)
        canvas.rect(0, self.height - self._head.height, self.width, self._head.height, stroke=0, fill=1)
        bottoms = list(_bottoms(self.height, rows))
        canvas.setStrokeColor(self._look.rule)
        canvas.setLineWidth(0.25)
        canvas.lines([(0, bottom, self.width, bottom) for bottom in bottoms])
        canvas.setStrokeColor(self._look.ink)
        canvas.setLineWidth(0.9)
        for row, bottom in zip(rows[1:], bottoms[1:], strict=True):
            if row.is_bold:
                canvas.lines([(0, y, self.width, y) for y in (bottom, bottom + row.height)])
        text = canvas.beginText()
        text.setFillColor(self._look.ink)
        for row, bottom in zip(rows, bottoms, strict=True):
            self._put(text, row, bottom)
        canvas.drawText(text)

    def _put(self, text: Any, row: Row, bottom: float) -> None:
        font, leading = _font(row.is_bold), self._size * LEADING
        text.setFont(font, self._size, leading)
        top = bottom + row.height - PAD_TOP - leading * (1 - RISE)
        for cell, is_right, left, right in zip(row.cells, self._rights, self._edges, self._edges[1:], strict=False):
            for index, line in enumerate(cell):
                x = right - PAD_SIDE - _width(line, font, self._size) if is_right else left + PAD_SIDE
                text.setTextOrigin(x, top - index * leading)
                text.textOut(line)


def grid(
    *, titles: Sequence[str], rows: Sequence[Sequence[str]], total: Sequence[str] | None, widths: Sequence[float],
    rights: Sequence[bool], size: float, look: Look,
) -> Grid:  # fmt: skip
    """A table from texts, measured; empty cells stay empty."""
    inner = [width - 2 * PAD_SIDE for width in widths]
    measured = [_row(row, inner, size, is_bold=False) for row in rows]
    if total is not None:
        measured.append(_row(total, inner, size, is_bold=True))
    head = _row(titles, inner, size, is_bold=True)
    return Grid(head=head, rows=measured, widths=widths, rights=rights, size=size, look=look)


def _row(texts: Sequence[str], widths: Sequence[float], size: float, *, is_bold: bool) -> Row:
    font = _font(is_bold)
    cells = tuple(_lines(text, font, size, width) if text else () for text, width in zip(texts, widths, strict=True))
    deepest = max(map(len, cells), default=1) or 1
    return Row(cells, deepest * size * LEADING + PAD_TOP + PAD_BOTTOM, is_bold)


def _lines(text: str, font: str, size: float, width: float) -> tuple[str, ...]:
    if "\n" not in text and _width(text, font, size) <= width:
        return (text,)
    return tuple(line for part in text.split("\n") for line in _broken(part, font, size, width))


def _broken(text: str, font: str, size: float, width: float) -> Iterator[str]:
    """Lines no wider than `width`; a word that is wider by itself is cut."""
    line = ""
    for piece in PIECE.findall(text):
        if _width(line + piece, font, size) <= width:
            line += piece
            continue
        if line.strip():
            yield line.rstrip()
        line = piece.lstrip()
        while line and _width(line, font, size) > width:
            fits = next(n for n in range(len(line), 0, -1) if n == 1 or _width(line[:n], font, size) <= width)
            yield line[:fits]
            line = line[fits:]
    if line.strip():
        yield line.rstrip()


def _bottoms(height: float, rows: Sequence[Row]) -> Iterator[float]:
    for row in rows:
        height -= row.height
        yield height


def _font(is_bold: bool) -> str:
    return typeface.BOLD if is_bold else typeface.REGULAR


@lru_cache(maxsize=20_000)
def _width(text: str, font: str, size: float) -> float:
    return float(stringWidth(text, font, size))
