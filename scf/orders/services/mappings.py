"""Keeping how an organisation's sheets name our fields."""

from dataclasses import dataclass

from django.db import transaction

from scf.domain.errors import DomainError
from scf.orders.gateways import Kind, headers
from scf.orders.gateways.facts import Unreadable
from scf.orders.gateways.sniff import Form, form_of
from scf.orders.gateways.tables import HEAD_ROWS, Row, Table, rows_of_text, rows_of_workbook
from scf.orders.models import ColumnMapping
from scf.parties.models import Organisation

PREVIEW_ROWS = 5


class NotASheet(DomainError):
    """The file is no sheet with columns."""

    code = "NOT_A_SHEET"


@dataclass(frozen=True, slots=True)
class SheetHead:
    """A sheet's column names, which fields we would guess, and its first rows."""

    names: list[str]
    found: dict[str, str]
    preview: list[tuple[str, ...]]


def headers_of(content: bytes, *, kind: str) -> SheetHead:
    """The columns of a sheet. Raises NotASheet."""
    try:
        form = form_of(content)
        if form not in (Form.TEXT, Form.ZIP):
            raise NotASheet("this file has no columns; send a CSV or XLSX file")
        tables = rows_of_workbook(content) if form is Form.ZIP else rows_of_text(content)
    except Unreadable as refusal:
        raise NotASheet(refusal.problem.message) from refusal
    table = next((table for table in tables if table.rows), None)
    if table is None:
        raise NotASheet("the sheet is empty")
    header = _header_of(table)
    names = [name for name in header.cells if name]
    number = {Kind.RECEIPT_ADVICE: "receipt_number", Kind.WAREHOUSE_RECEIPT: "warehouse_receipt_number"}
    found = {field: header.cells[index] for field, index in headers.fields_of(header.cells).items()}
    own = number.get(Kind(kind), "order_number")
    if own in found:
        found["number"] = found[own]
    below = [row.cells for row in table.rows if row.number > header.number]
    return SheetHead(names, found, below[:PREVIEW_ROWS])


@transaction.atomic
def save_mapping(*, organisation: Organisation, name: str, kind: str, mapping: dict[str, str]) -> ColumnMapping:
    """Keep a mapping under its name, in place of an earlier one of that name."""
    row, _is_new = ColumnMapping.objects.update_or_create(
        organisation=organisation, name=name, defaults={"kind": kind, "mapping": mapping}
    )
    return row


def _header_of(table: Table) -> Row:
    """The row that names most fields; where none does, the fullest of the first rows."""
    rows = table.rows[:HEAD_ROWS]
    best = max(rows, key=lambda row: headers.score(row.cells))
    return best if headers.score(best.cells) else max(rows[:20], key=lambda row: sum(map(bool, row.cells)))
