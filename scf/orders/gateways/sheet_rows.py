"""One document of a sheet, gathered row by row."""

from datetime import date
from decimal import Decimal
from typing import Any

from .facts import Kind, ParsedDocument, ParsedLine, Party, Problem, Reading
from .tables import Row
from .values import clean, currency_code, sheet_date, sheet_decimal

_MAIN = {Kind.ORDER: "ordered", Kind.RECEIPT_ADVICE: "received", Kind.WAREHOUSE_RECEIPT: "quantity"}
_QUANTITIES = ("ordered", "confirmed", "received", "rejected", "short", "oversupplied")
_DATES = ("issue_date", "due_date", "expected_date")
_PARTIES = ("supplier", "buyer", "warehouse")
EXTRA_FIELDS = (
    "depositor", "quality", "packing", "pieces", "marks", "loss_standard", "place", "stored_from", "stored_to", "fee",
    "insured_amount", "insurance_period", "insurer", "issuer", "issue_place", "keeper_signature",
)  # fmt: skip


class SheetRow:
    """A row whose cells are asked for by field; bad cells become problems."""

    def __init__(self, row: Row, header: Row, columns: dict[str, int]) -> None:
        self.row, self.header, self.columns = row, header, columns
        self.problems: list[Problem] = []

    @property
    def where(self) -> str:
        """The row, for a person."""
        return f"row {self.row.number}"

    def text(self, field: str) -> str:
        """The cleaned text of a field; "" if there is no such column or the cell is empty."""
        index = self.columns.get(field, -1)
        return clean(self.row.cells[index]) if 0 <= index < len(self.row.cells) else ""

    def decimal(self, field: str) -> Decimal | None:
        """The number of a field; a formula is never evaluated."""
        text = self.text(field)
        if not text:
            return None
        value = sheet_decimal(text)
        if value is None and text.startswith("="):
            is_fatal = field != "amount"  # an amount can be done without: quantity and price tell it
            message = "The cell holds a formula, which is not evaluated; paste its value."
            self.note("FORMULA_CELL", field, message, is_fatal=is_fatal)
        elif value is None:
            self.note("BAD_NUMBER", field, f'"{text[:60]}" is not a number; write it like 1234.50.')
        return value

    def date(self, field: str) -> date | None:
        """The date of a field."""
        text = self.text(field)
        value = sheet_date(text) if text else None
        if text and value is None:
            self.note("BAD_DATE", field, f'"{text[:60]}" is not a date; write it like 2031-03-31.')
        return value

    def note(self, code: str, field: str, message: str, *, is_fatal: bool = True) -> None:
        """Keep a problem of one cell."""
        name = clean(self.header.cells[self.columns[field]])
        self.problems.append(Problem(code, f"{self.where}, column {name}", message, is_fatal))


class SheetDocument:
    """The rows of one document number."""

    def __init__(self, kind: Kind, number: str) -> None:
        self.kind, self.number = kind, number
        self.lines: list[ParsedLine] = []
        self.facts: dict[str, Any] = {}
        self.problems: list[Problem] = []
        self.rows: list[int] = []
        self.orders: list[str] = []

    def add(self, row: SheetRow) -> None:
        """Take in one row: its line, and what it says about the document."""
        self.rows.append(row.row.number)
        self._take_facts(row)
        main = _MAIN[self.kind]
        quantities: dict[str, Any] = {name: row.decimal(name) for name in _QUANTITIES}
        quantity = quantities.get(main) if quantities.get(main) is not None else row.decimal("quantity")
        if main in quantities:
            quantities[main] = quantity
        if quantity is None and not any(problem.is_fatal for problem in row.problems):
            row.problems.append(Problem("QUANTITY_MISSING", row.where, "The row has no quantity."))
        order = row.text("order_number") if self.kind is not Kind.ORDER else ""
        code = row.text("item_code")
        self.lines.append(
            ParsedLine(
                number=row.text("line") or str(len(self.lines) + 1),
                where=row.where,
                item_code=code,
                item_codes=(code,) if code else (),
                description=row.text("description"),
                unit=row.text("unit"),
                quantity=quantity,
                unit_price=row.decimal("unit_price"),
                amount=row.decimal("amount"),
                currency=currency_code(row.text("currency")),
                order_number=order,
                despatch_number=row.text("despatch_number"),
                **quantities,
            )
        )
        self.orders += [order] if order else []
        self.problems += row.problems

    def reading(self) -> Reading:
        """The document as far as the rows give one."""
        facts = self.facts
        if any(problem.is_fatal for problem in self.problems):
            message = f"Rows left out with document {self.number}: {', '.join(map(str, self.rows[:50]))}."
            self.problems.append(Problem("ROWS_LEFT_OUT", f"rows {self.rows[0]} to {self.rows[-1]}", message))
        role = "depositor" if self.kind is Kind.WAREHOUSE_RECEIPT and "depositor" in facts else "supplier"
        term = facts.get("payment_term_days")
        orders = tuple(dict.fromkeys(self.orders))
        document = ParsedDocument(
            kind=self.kind,
            number=self.number,
            source="sheet",
            issue_date=facts.get("issue_date"),
            supplier=self._party(role),
            buyer=self._party("buyer"),
            warehouse=self._party("warehouse"),
            currency=next((line.currency for line in self.lines if line.currency), None),
            lines=tuple(self.lines),
            due_date=facts.get("due_date"),
            payment_term_days=int(term) if isinstance(term, Decimal) and 0 <= term <= 3650 else None,
            expected_date=facts.get("expected_date"),
            references={"order": orders} if orders else {},
            extra={name: str(facts[name]) for name in EXTRA_FIELDS if name in facts},
        )
        return Reading(document, tuple(self.problems))

    def _take_facts(self, row: SheetRow) -> None:
        values: dict[str, Any] = {field: row.date(field) for field in _DATES}
        values["payment_term_days"] = row.decimal("payment_term_days")
        names = (*_PARTIES, *(f"{name}_id" for name in (*_PARTIES, "depositor")), *EXTRA_FIELDS)
        values |= {field: row.text(field) for field in names}
        for field, value in values.items():
            if value in (None, ""):
                continue
            known = self.facts.setdefault(field, value)
            if known != value and field not in EXTRA_FIELDS:
                message = f'"{value}" contradicts "{known}" on an earlier row of {self.number}; use one or two numbers.'
                row.note("CONTRADICTION", field, message)

    def _party(self, role: str) -> Party | None:
        name, identifier = str(self.facts.get(role, "")), str(self.facts.get(f"{role}_id", ""))
        if not name and not identifier:
            return None
        return Party(name, (name,) if name else (), (("", identifier),) if identifier else ())
