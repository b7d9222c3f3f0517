"""Sheets as rows of text: CSV of any usual encoding and separator, XLSX without its formulas."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl

from .facts import Unreadable
from .headers import score
from .unzip import checked_workbook
from .values import NUMBER_CHARS_MAX, TEXT_CHARS_MAX

ROWS_MAX = 20_000
COLUMNS_MAX = 120
SHEETS_MAX = 20
HEAD_ROWS = 60
_SEPARATORS = (",", ";", "\t", "|")
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Row:
    """One row, numbered as the person sees it, from 1."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet. is_cut: it had more rows than we read."""

    name: str
    rows: tuple[Row, ...]
    is_cut: bool = False


def rows_of_text(data: bytes) -> list[Table]:
    """The one table of a text file.

    Raises Unreadable when the encoding is unknown or no columns can be seen.
    """
    text = _decoded(data)
    head = "\n".join(text.splitlines()[:HEAD_ROWS])
    separator = max(_SEPARATORS, key=lambda candidate: _promise(head, candidate))
    if not _promise(head, separator)[1]:
        message = (
            "The file is plain text without columns; send UBL, JSON, CSV or XLSX (templates are on the upload page)."
        )
        raise Unreadable("NOT_A_TABLE", "", message)
    rows: list[Row] = []
    for row in _parsed(text, separator):
        if len(rows) == ROWS_MAX:
            return [Table("", tuple(rows), is_cut=True)]
        rows.append(row)
    return [Table("", tuple(rows))]


def rows_of_workbook(data: bytes) -> list[Table]:
    """Every visible sheet of a workbook.

    Formulas are neither evaluated nor taken at their stored value: such a cell reads as its formula's
    text. Raises Unreadable when the archive is hostile or the workbook cannot be read.
    """
    stream = checked_workbook(data)
    try:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=False, keep_links=False)
        sheets = [sheet for sheet in book.worksheets[:SHEETS_MAX] if sheet.sheet_state == "visible"]
        return [_table_of(sheet) for sheet in sheets]
    except Unreadable:
        raise
    except Exception as error:  # openpyxl lets errors of every kind out of broken workbooks
        message = (
            f"The workbook cannot be read ({type(error).__name__}); open it, save it again as .xlsx and send that."
        )
        raise Unreadable("NOT_WELL_FORMED", "", message) from None


def neutralised(text: str) -> str:
    """`text` as it may stand in an exported sheet: never a formula."""
    return "'" + text if text.startswith(_DANGEROUS) else text


def _table_of(sheet: Any) -> Table:
    sheet.reset_dimensions()
    rows: list[Row] = []
    values = sheet.iter_rows(max_row=ROWS_MAX + 1, max_col=COLUMNS_MAX, values_only=True)
    for number, cells in enumerate(values, start=1):
        if number > ROWS_MAX:
            return Table(sheet.title, tuple(rows), is_cut=any(cell is not None for cell in cells))
        texts = tuple(_cell_text(cell) for cell in cells)
        if any(texts):
            rows.append(Row(number, texts))
    return Table(sheet.title, tuple(rows))


def _cell_text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value)
        case datetime():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case int():
            return str(value)[:NUMBER_CHARS_MAX]
        case float():
            return format(Decimal(repr(value)), "f") if abs(value) < 1e15 else repr(value)
    return str(value).strip()[:TEXT_CHARS_MAX]


def _decoded(data: bytes) -> str:
    is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if is_wide else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Unreadable("ENCODING", "", "The text's encoding is unknown; save it as UTF-8 (or GB18030) and send that.")


def _parsed(text: str, separator: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        while True:
            number = reader.line_num + 1
            cells = next(reader, None)
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield Row(number, tuple(cell.strip()[:TEXT_CHARS_MAX] for cell in cells[:COLUMNS_MAX]))
    except csv.Error as error:
        message = f"The file is not well-formed CSV ({error}); check its quotes and export it again."
        raise Unreadable("NOT_WELL_FORMED", f"row {reader.line_num}", message) from None


def _promise(head: str, separator: str) -> tuple[int, int]:
    """How much a separator makes of the first rows: fields recognised, then rows of one width."""
    try:
        rows = list(_parsed(head, separator))
    except Unreadable:
        return 0, 0
    widths = Counter(len(row.cells) for row in rows if len(row.cells) > 1)
    return max((score(row.cells) for row in rows), default=0), max(widths.values(), default=0)
