"""Files to rows of cells: separated text, workbooks old and new, tables that a bank calls a workbook."""

import csv
import importlib
import io
import zipfile
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from typing import Any

import openpyxl
import xlrd  # type: ignore[import-untyped]
from lxml import etree

from ..iso20022 import MessageUnreadable, xml
from .values import Number

html: Any = importlib.import_module("lxml.html")  # whether its stubs are there depends on the machine
ROWS_MAX = 200_000
SAMPLE_LINES = 300
COLUMNS_MAX = 200
UNPACKED_BYTES_MAX = 300 * 1024 * 1024
XML_SHEET = "urn:schemas-microsoft-com:office:spreadsheet"
SEPARATORS = ",;\t|"
Row = list[str]


def of_text(text: str, score: Callable[[list[Row]], int]) -> list[Row]:
    """Rows of separated text, by whichever separator `score` likes best. Raises MessageUnreadable."""
    if "\x00" in text:
        raise MessageUnreadable("this is no text")
    sample = "\n".join(text.splitlines()[:SAMPLE_LINES])
    scores = {separator: score(_separated(sample, separator)) for separator in SEPARATORS}
    best = max(SEPARATORS, key=lambda separator: (scores[separator], sample.count(separator)))
    if best not in sample:
        raise MessageUnreadable("this is neither a message nor a table")
    return _separated(text, best)


def _separated(text: str, separator: str) -> list[Row]:
    try:
        return bounded(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as problem:
        raise MessageUnreadable(f"this is no table: {problem}") from problem


def of_workbook(content: bytes) -> tuple[str, list[list[Row]]]:
    """XLS or XLSX and the rows of each sheet. Raises MessageUnreadable."""
    try:
        if content.startswith(b"PK"):
            return "XLSX", _xlsx(content)
        return "XLS", _xls(content)
    except MessageUnreadable:
        raise
    except Exception as problem:  # both libraries fail on damaged files in any way they like
        raise MessageUnreadable(f"the workbook is damaged: {type(problem).__name__}") from problem


def _xlsx(content: bytes) -> list[list[Row]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > UNPACKED_BYTES_MAX:
            raise MessageUnreadable("there is too much in the workbook")
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        tables = []
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                sheet.reset_dimensions()  # what a sheet says of its own size is often wrong
                cells = sheet.iter_rows(max_col=COLUMNS_MAX, values_only=True)
                tables.append(bounded([_cell(value) for value in row] for row in cells))
        return tables
    finally:
        book.close()


def _xls(content: bytes) -> list[list[Row]]:
    book = xlrd.open_workbook(file_contents=content, logfile=io.StringIO(), ragged_rows=True)
    sheets = [sheet for sheet in book.sheets() if sheet.visibility == 0]
    return [
        bounded([_old_cell(cell, book.datemode) for cell in sheet.row(index)] for index in range(sheet.nrows))
        for sheet in sheets
    ]


def _old_cell(cell: xlrd.sheet.Cell, datemode: int) -> str:
    if cell.ctype == xlrd.XL_CELL_DATE:
        return _cell(xlrd.xldate.xldate_as_datetime(cell.value, datemode))
    return _cell(cell.value if cell.ctype in (xlrd.XL_CELL_TEXT, xlrd.XL_CELL_NUMBER) else None)


def _cell(value: object) -> str:
    """A cell as text; a number as the fifteen digits that a sheet knows of it."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return Number(value)
    if isinstance(value, float):
        written = f"{value:.15g}"
        return Number(f"{int(value)}" if value.is_integer() else written) if "e" not in written else written
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def of_xml_sheet(content: bytes) -> list[list[Row]]:
    """The rows of each sheet of a workbook of 2003. Raises MessageUnreadable."""
    root = xml.parse_any(content)
    name, skip = f"{{{XML_SHEET}}}", f"{{{XML_SHEET}}}Index"
    tables = []
    for table in root.iter(f"{name}Table"):
        rows: list[Row] = []
        for row in table.iterchildren(f"{name}Row"):
            cells: Row = []
            for cell in row.iterchildren(f"{name}Cell"):
                place = cell.get(skip, "")
                if place.isdecimal() and len(cells) < int(place) <= COLUMNS_MAX:
                    cells += [""] * (int(place) - 1 - len(cells))
                data = cell.find(f"{name}Data")
                written = "".join(map(str, data.itertext())).strip() if data is not None else ""
                is_number = data is not None and data.get(f"{name}Type") == "Number" and written
                cells.append(Number(written) if is_number else written)
            rows.append(cells)
        tables.append(bounded(rows))
    return tables


def of_html(text: str) -> list[list[Row]]:
    """The rows of every table: what some banks send under the name of a workbook."""
    try:
        root = html.fromstring(text)
    except (ValueError, etree.ParserError) as problem:
        raise MessageUnreadable("there is no table in it") from problem
    return [
        bounded([" ".join(cell.text_content().split()) for cell in row.xpath("./td|./th")] for row in table.iter("tr"))
        for table in root.iter("table")
        if not any(True for _ in table.iterdescendants("table"))
    ]


def bounded(rows: Iterable[Row]) -> list[Row]:
    """Rows without the emptiness behind them. Raises MessageUnreadable for too many."""
    kept: list[Row] = []
    for row in rows:
        if len(kept) >= ROWS_MAX:
            raise MessageUnreadable(f"there are more than {ROWS_MAX} rows")
        cells = list(row[:COLUMNS_MAX])
        while cells and not cells[-1].strip():
            cells.pop()
        kept.append(cells)
    return kept
