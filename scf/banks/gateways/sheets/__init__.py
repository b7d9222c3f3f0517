"""Sheets that banks export: CSV, XLS, XLSX and tables in HTML, read by what their columns are called."""

from collections.abc import Iterator

from ..readings import Reading
from . import columns, rows
from .reading import read_rows

__all__ = [
    "is_binary",
    "looks_like_html",
    "looks_like_xml_sheet",
    "read_text",
    "read_workbook",
    "read_xml_sheet",
]


def is_binary(head: bytes) -> bool:
    """Whether this is a workbook, old (OLE) or new (a package that has been told from an archive before)."""
    return head.startswith((b"\xd0\xcf\x11\xe0", b"PK\x03\x04"))


def looks_like_html(head: bytes) -> bool:
    """Whether this is a page or a table."""
    lower = head[:2000].lower()
    return b"<html" in lower or b"<table" in lower


def looks_like_xml_sheet(head: bytes) -> bool:
    """Whether this is a workbook of 2003, which is one XML document."""
    return head[:1] == b"<" and rows.XML_SHEET.encode() in head


def read_xml_sheet(content: bytes, *, keep: bool = False) -> Iterator[Reading]:
    """As read_workbook. Raises MessageUnreadable."""
    yield from _best(rows.of_xml_sheet(content), "XLS", keep)


def read_workbook(content: bytes, *, keep: bool = False) -> Iterator[Reading]:
    """Every account on every sheet. Raises MessageUnreadable."""
    kind, tables = rows.of_workbook(content)
    yield from _best(tables, kind, keep)


def read_text(text: str, *, keep: bool = False) -> Iterator[Reading]:
    """Every account of separated text, or of the tables of a page. Raises MessageUnreadable."""
    if looks_like_html(text[:2000].encode()):
        yield from _best(rows.of_html(text), "HTML", keep)
    else:
        yield from read_rows(rows.of_text(text, columns.score), kind="CSV", keep=keep)


def _best(tables: list[list[rows.Row]], kind: str, keep: bool) -> Iterator[Reading]:
    """Tables with entries; those of other things are passed over if there is one."""
    found = [reading for table in tables if any(table) for reading in read_rows(table, kind=kind, keep=keep)]
    good = [reading for reading in found if not any(f.code == "HEADER_MISSING" for f in reading.findings)]
    yield from good or found[:1] or read_rows([], kind=kind, keep=keep)
