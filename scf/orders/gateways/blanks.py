"""Blank sheets to fill in: CSV and XLSX, headed in Chinese or English, read back by `reading`."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import openpyxl
from openpyxl.styles import Font

from .facts import Kind
from .headers import NAMES
from .tables import neutralised

LANGUAGES = ("zh", "en")
FORMATS = ("csv", "xlsx")
_PARTIES = ("supplier", "supplier_id", "buyer", "buyer_id")
_GOODS = ("line", "item_code", "description", "unit")
COLUMNS: dict[Kind, tuple[str, ...]] = {
    Kind.ORDER: (
        "order_number", "issue_date", *_PARTIES, "currency", *_GOODS, "ordered", "confirmed", "unit_price", "amount",
        "expected_date", "payment_term_days",
    ),
    Kind.RECEIPT_ADVICE: (
        "receipt_number", "issue_date", "order_number", "despatch_number", *_PARTIES, "warehouse", "warehouse_id",
        *_GOODS, "received", "rejected", "short", "oversupplied", "currency", "unit_price", "amount", "due_date",
    ),
    Kind.WAREHOUSE_RECEIPT: (
        "warehouse_receipt_number", "issue_date", "issue_place", "depositor", "depositor_id", "warehouse",
        "warehouse_id", *_GOODS, "quantity", "quality", "packing", "pieces", "marks", "loss_standard", "place",
        "stored_from", "stored_to", "fee", "insured_amount", "insurance_period", "insurer", "issuer",
        "keeper_signature", "currency", "unit_price", "amount", "order_number",
    ),
}  # fmt: skip


def template(kind: Kind, *, language: str, form: str) -> bytes:
    """An empty sheet for documents of `kind`; language "zh" or "en", form "csv" or "xlsx"."""
    header = [NAMES[field][LANGUAGES.index(language)] for field in COLUMNS[kind]]
    return sheet([header], form=form)


def sheet(rows: Sequence[Sequence[str]], *, form: str) -> bytes:
    """Rows as a sheet, the first as its header; no cell becomes a formula."""
    safe = [[neutralised(cell) for cell in row] for row in rows]
    return _csv(safe) if form == "csv" else _xlsx(safe)


def _csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _xlsx(rows: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    page: Any = book.active
    for row in rows:
        page.append(row)
    page.freeze_panes = "A2"
    for cell in page[1]:
        cell.font = Font(bold=True)
        page.column_dimensions[cell.column_letter].width = max(12, len(str(cell.value)) * 2)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
