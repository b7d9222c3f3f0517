"""Rows of a CSV file that people bring in: each by itself, so that a bad one does not hold up the others."""

import csv
import io
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class BadRow:
    """A place in the file that cannot be taken, and what to do; field is empty where the whole line is meant."""

    line: int
    field: str
    remedy: str


Row = TypeVar("Row")
# the line's number and its cells by column name -> the row, or what is wrong with it
Parse = Callable[[int, dict[str, str]], Row | BadRow]


def read(
    content: bytes, *, columns: Sequence[str], parse: Parse[Row], key: Callable[[Row], Hashable], day_column: str,
    rows_max: int,
) -> tuple[list[Row], list[BadRow]]:  # fmt: skip
    """The good rows and the bad places of a CSV file whose first line names at least `columns`. Never raises.

    key         two rows with the same key are one too many; `day_column` is named for it
    """
    text = _text_of(content)
    if text is None:
        return [], [BadRow(1, "", _("this is no text: save the table as CSV (UTF-8) and bring that in"))]
    try:
        lines = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = [name.strip().lower() for name in next(lines, [])]
        missing = [name for name in columns if name not in header]
        if missing:
            remedy = _("the first line must name the columns %(columns)s") % {"columns": ",".join(columns)}
            return [], [BadRow(1, ", ".join(missing), remedy)]
        return sift(_cells(header, lines), parse, key, day_column, rows_max)
    except csv.Error:
        return [], [BadRow(1, "", _("this is no CSV: save the table as CSV (UTF-8) and bring that in"))]


def day(text: str) -> date | None:
    """A day as people write it in tables; None where it is none."""
    try:
        return date.fromisoformat(text.replace("/", "-"))
    except ValueError:
        return None


def _text_of(content: bytes) -> str | None:
    if b"\0" in content:
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _cells(header: list[str], lines: "csv._reader") -> Iterator[tuple[int, dict[str, str]]]:  # type: ignore[name-defined]
    for cells in lines:
        if any(cell.strip() for cell in cells):
            yield lines.line_num, dict(zip(header, (cell.strip() for cell in cells), strict=False))


def sift(
    lines: Iterable[tuple[int, dict[str, str]]], parse: Parse[Row], key: Callable[[Row], Hashable], day_column: str,
    rows_max: int,
) -> tuple[list[Row], list[BadRow]]:  # fmt: skip
    """The good rows and the bad places among numbered cells; arguments as for `read`."""
    good: list[Row] = []
    bad: list[BadRow] = []
    seen: dict[Hashable, int] = {}
    for number, cells in lines:
        if len(good) + len(bad) >= rows_max:
            bad.append(BadRow(number, "", _("more than %(count)s rows: split the file") % {"count": rows_max}))
            break
        found = parse(number, cells)
        if not isinstance(found, BadRow):
            first = seen.setdefault(key(found), number)
            if first != number:
                remedy = _("the day stands in line %(line)s already") % {"line": first}
                found = BadRow(number, day_column, remedy)
        if isinstance(found, BadRow):
            bad.append(found)
        else:
            good.append(found)
    return good, bad
