"""Rows of a sheet as orders, goods receipts and warehouse receipts."""

from dataclasses import dataclass

from . import headers
from .facts import Kind, Problem, Reading, Status, Unreadable
from .sheet_rows import SheetDocument, SheetRow
from .tables import HEAD_ROWS, Row, Table

_NUMBER_FIELDS = {
    Kind.WAREHOUSE_RECEIPT: "warehouse_receipt_number",
    Kind.RECEIPT_ADVICE: "receipt_number",
    Kind.ORDER: "order_number",
}
_QUANTITIES = ("quantity", "ordered", "received", "confirmed")
_SUM_ROWS = ("合计", "总计", "小计", "total", "sum")
_HEADER_FIELDS = ("issue_date", "supplier", "supplier_id", "buyer", "buyer_id", "depositor")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the header is, what the rows are, and which column is which."""

    table: Table
    header: Row
    kind: Kind
    columns: dict[str, int]


def read(tables: list[Table], *, mapping: dict[str, str] | None, kind: Kind | None) -> list[Reading]:
    """Every document of the first sheet whose columns are understood.

    Raises Unreadable when there is none.
    """
    layouts = (layout for table in tables if (layout := layout_of(table, mapping=mapping, kind=kind)) is not None)
    layout = next(layouts, None)
    if layout is None:
        message = (
            "No row names the columns of an order, a goods receipt or a warehouse receipt (a number and a quantity "
            "at least); use a template, or choose the columns by hand on the mapping page."
        )
        raise Unreadable("HEADER_UNKNOWN", "", message, status=Status.IGNORED)
    return _readings(layout)


def layout_of(table: Table, *, mapping: dict[str, str] | None, kind: Kind | None) -> Layout | None:
    """The layout of a sheet; None if its columns are not understood."""
    best: Layout | None = None
    for row in table.rows[:HEAD_ROWS]:
        columns = _mapped(row, mapping) if mapping else headers.fields_of(row.cells)
        found = _kind_of(columns, kind)
        if found is None or not any(name in columns for name in _QUANTITIES):
            continue
        columns["number"] = columns.pop("number", columns.get(_NUMBER_FIELDS[found], -1))
        if best is None or len(columns) > len(best.columns):
            best = Layout(table, row, found, columns)
    return best


def _mapped(row: Row, mapping: dict[str, str]) -> dict[str, int]:
    by_name = {headers.folded(cell): index for index, cell in reversed(list(enumerate(row.cells)))}
    places = {field: by_name.get(headers.folded(name)) for field, name in mapping.items() if name}
    return {field: index for field, index in places.items() if index is not None}


def _kind_of(columns: dict[str, int], kind: Kind | None) -> Kind | None:
    if kind is not None:
        return kind if "number" in columns or _NUMBER_FIELDS.get(kind) in columns else None
    return next((found for found, field in _NUMBER_FIELDS.items() if field in columns), None)


def _readings(layout: Layout) -> list[Reading]:
    documents: dict[str, SheetDocument] = {}
    strays: list[Problem] = []
    current = ""
    for row in layout.table.rows:
        if row.number <= layout.header.number or _is_sum(row):
            continue
        cells = SheetRow(row, layout.header, layout.columns)
        number = cells.text("number") or (current if _continues(cells) else "")
        if not number:
            message = "The row has no document number and was left out."
            strays.append(Problem("NUMBER_MISSING", f"row {row.number}", message, is_fatal=False))
            continue
        current = number
        documents.setdefault(number, SheetDocument(layout.kind, number)).add(cells)
    if layout.table.is_cut:
        message = f"The sheet has more than {len(layout.table.rows)} rows; split it."
        strays.append(Problem("TOO_MANY_LINES", "", message))
        return [Reading(None, tuple(strays))]
    if not documents and not strays:
        strays.append(Problem("LINES_MISSING", f"row {layout.header.number}", "The sheet has a header but no rows."))
    readings = [document.reading() for document in documents.values()]
    return [*readings, Reading(None, tuple(strays))] if strays else readings


def _continues(cells: SheetRow) -> bool:
    """A row below a merged number cell: it says nothing about the document itself."""
    return not any(cells.text(field) for field in _HEADER_FIELDS)


def _is_sum(row: Row) -> bool:
    first = next((cell for cell in row.cells if cell), "")
    return headers.folded(first) in _SUM_ROWS
