"""What a document says, once its format is forgotten."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """The kinds of document that the product takes in."""

    ORDER = "order"
    ORDER_RESPONSE = "order_response"
    DESPATCH_ADVICE = "despatch_advice"
    RECEIPT_ADVICE = "receipt_advice"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    WAREHOUSE_RECEIPT = "warehouse_receipt"


class Status(StrEnum):
    """What became of a file."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person should know about a file, and where in it.

    code      stable machine name
    where     "line 12, cbc:IssueDate", "row 3, column 单价", or "" for the whole file
    message   one sentence that says what is wrong and what to do
    is_fatal  True when the document cannot be taken in because of it
    """

    code: str
    where: str
    message: str
    is_fatal: bool = True


@dataclass(frozen=True, slots=True)
class Party:
    """A party as the document names it.

    name         the first name given, "" if it has identifiers only
    names        every name given, trade and legal
    identifiers  (scheme, value) pairs, most specific first; scheme may be ""
    """

    name: str
    names: tuple[str, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str | None:
        """The name, or an identifier where there is no name."""
        return self.name or next((value for _, value in self.identifiers), None)


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """One line of goods. A quantity is None when the document does not carry it."""

    number: str = ""
    where: str = ""
    item_code: str = ""
    item_codes: tuple[str, ...] = ()
    description: str = ""
    unit: str = ""
    quantity: Decimal | None = None
    ordered: Decimal | None = None
    confirmed: Decimal | None = None
    shipped: Decimal | None = None
    received: Decimal | None = None
    rejected: Decimal | None = None
    short: Decimal | None = None
    oversupplied: Decimal | None = None
    unit_price: Decimal | None = None
    price_base: Decimal | None = None
    amount: Decimal | None = None
    allowance: Decimal = Decimal(0)
    currency: str = ""
    order_number: str = ""
    order_line: str = ""
    despatch_number: str = ""
    despatch_line: str = ""
    expected_date: date | None = None


@dataclass(frozen=True, slots=True)
class StatedTotals:
    """The sums that a document states about itself."""

    payable: Decimal | None = None
    lines: Decimal | None = None
    tax_exclusive: Decimal | None = None
    tax_inclusive: Decimal | None = None
    tax: Decimal | None = None
    prepaid: Decimal | None = None
    rounding: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """One document of trade.

    references   numbers of other documents by kind: order, despatch, receipt, invoice
    answer       an order response's code as written ("AP", "true", ...), else ""
    extra        the fields of GB/T 30332-2024 of a warehouse receipt, as text
    source       the format it came in: ubl, jd, qimen, sheet, form
    """

    kind: Kind
    number: str | None
    source: str
    issue_date: date | None = None
    supplier: Party | None = None
    buyer: Party | None = None
    warehouse: Party | None = None
    currency: str | None = None
    lines: tuple[ParsedLine, ...] = ()
    totals: StatedTotals = StatedTotals()
    due_date: date | None = None
    payment_term_days: int | None = None
    expected_date: date | None = None
    received_date: date | None = None
    references: dict[str, tuple[str, ...]] = field(default_factory=dict)
    answer: str = ""
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def lines_total(self) -> Decimal | None:
        """What the lines add up to; None when no line carries an amount."""
        return total_of(line.amount for line in self.lines)

    def quantity_total(self, name: str) -> Decimal | None:
        """The sum of one quantity over the lines; None when no line carries it."""
        return total_of(getattr(line, name) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Reading:
    """One document with the problems met while reading it."""

    document: ParsedDocument | None
    problems: tuple[Problem, ...] = ()

    @property
    def is_sound(self) -> bool:
        """True when the document can be taken in."""
        return self.document is not None and not any(problem.is_fatal for problem in self.problems)


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """What was in a file: its documents where accepted, and why not where not."""

    name: str
    status: Status
    documents: tuple[ParsedDocument, ...] = ()
    problems: tuple[Problem, ...] = ()


class Unreadable(Exception):
    """Raised inside this package only: the file as a whole gives no document."""

    def __init__(self, code: str, where: str, message: str, *, status: Status = Status.REJECTED) -> None:
        super().__init__(message)
        self.problem = Problem(code, where, message)
        self.status = status


def total_of(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of what is there; None when nothing is."""
    present = [value for value in values if value is not None]
    return sum(present[1:], start=present[0]) if present else None
