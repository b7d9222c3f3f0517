"""Parsed facts as rows: rounding and naming in one place."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cached_property

from scf.documents.models import StoredFile
from scf.documents.services import store_file
from scf.domain.money import Money, exponent
from scf.orders.gateways.facts import Kind, ParsedDocument, ParsedLine, Problem
from scf.orders.gateways.values import sheet_date
from scf.orders.models import DocumentLine, TradeDocument, WarehouseReceiptDetails
from scf.parties.models import Membership, Organisation

from .matching import Parties

KINDS = {
    Kind.ORDER: TradeDocument.Kind.PURCHASE_ORDER,
    Kind.ORDER_RESPONSE: TradeDocument.Kind.ORDER_RESPONSE,
    Kind.DESPATCH_ADVICE: TradeDocument.Kind.DESPATCH_ADVICE,
    Kind.RECEIPT_ADVICE: TradeDocument.Kind.GOODS_RECEIPT,
    Kind.INVOICE: TradeDocument.Kind.INVOICE,
    Kind.CREDIT_NOTE: TradeDocument.Kind.CREDIT_NOTE,
    Kind.WAREHOUSE_RECEIPT: TradeDocument.Kind.WAREHOUSE_RECEIPT,
}
_QUANTITIES = ("quantity", "ordered", "confirmed", "shipped", "received", "rejected", "short", "oversupplied")
_TEXTS = ("number", "item_code", "description", "unit", "order_line", "despatch_number", "despatch_line")
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MEDIA_TYPES = (
    (b"<", "application/xml"),
    (b"{", "application/json"),
    (b"[", "application/json"),
    (b"PK", _SPREADSHEET),
)
RECEIPT_SUFFIX = "-RK"  # makes an order's number that of the receipt inside it
_STEP = Decimal("0.0001")
_PRICE_STEP = Decimal("0.00000001")
_DETAILS = tuple(
    field.name
    for field in WarehouseReceiptDetails._meta.fields
    if field.name not in ("id", "document", "stored_to_date")
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came: its name, which proves nothing, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Act:
    """For whom, by whom, when and from which file something is recorded."""

    owner: Organisation
    by: Membership | None
    at: datetime
    upload: Upload | None = None

    @cached_property
    def file(self) -> StoredFile | None:
        """The stored file; kept when first asked for, so that a duplicate stores nothing."""
        if self.upload is None:
            return None
        content, name = self.upload.content, self.upload.name
        media_type = next((kind for start, kind in _MEDIA_TYPES if content.lstrip()[:4].startswith(start)), "text/csv")
        return store_file(
            content=content,
            name=name.rpartition("/")[2] or name,
            media_type=media_type,
            owner=self.owner,
            by=self.by,
            at=self.at,
        )


def new_row(
    document: ParsedDocument, parties: Parties, fingerprint: str, act: Act, warnings: tuple[Problem, ...]
) -> TradeDocument:
    """The row of a document with its lines and details, still RECORDED."""
    answer = {"answer": document.answer} if document.answer else {}
    row = TradeDocument.objects.create(
        owner=act.owner,
        kind=KINDS[document.kind],
        number=document.number,
        issue_date=document.issue_date,
        currency=document.currency or "",
        total_minor=minor_of(document.totals.payable, document.currency),
        supplier=parties.supplier,
        buyer=parties.buyer,
        warehouse=parties.warehouse,
        supplier_name=label(document, "supplier"),
        buyer_name=label(document, "buyer"),
        warehouse_name=label(document, "warehouse"),
        issuer_key=parties.issuer_key,
        due_date=document.due_date,
        expected_date=document.expected_date,
        payment_term_days=document.payment_term_days,
        file=act.file,
        source=document.source,
        content_hash=fingerprint,
        references={**{kind: list(numbers) for kind, numbers in document.references.items()}, **answer},
        problems=[as_json(problem) for problem in warnings],
        imported_by=act.by.user if act.by else None,
        imported_at=act.at,
    )
    add_lines(row, document)
    if document.kind is Kind.WAREHOUSE_RECEIPT:
        _add_details(row, document)
    return row


def label(document: ParsedDocument, role: str) -> str:
    """A party as the document calls it, "" if it does not."""
    party = getattr(document, role)
    return (party.label or "") if party is not None else ""


def add_lines(row: TradeDocument, document: ParsedDocument) -> None:
    """Add the document's lines to its row."""
    orders = document.references.get("order", ())
    default_order = orders[0] if len(orders) == 1 else ""
    is_order = document.kind is Kind.ORDER
    DocumentLine.objects.bulk_create(
        [
            _line_row(row, line, "" if is_order else line.order_number or default_order, keeps_received=not is_order)
            for line in document.lines
        ],
        batch_size=1000,
    )


def _line_row(row: TradeDocument, line: ParsedLine, order_number: str, *, keeps_received: bool) -> DocumentLine:
    quantities = {name: _rounded(getattr(line, name), _STEP) for name in _QUANTITIES}
    if not keeps_received:
        quantities["received"] = None  # what an order has received is told by its receipt
    price = line.unit_price / line.price_base if line.unit_price is not None and line.price_base else line.unit_price
    return DocumentLine(
        document=row,
        item_codes=list(line.item_codes),
        unit_price=_rounded(price, _PRICE_STEP),
        amount_minor=minor_of(line.amount, row.currency or line.currency),
        expected_date=line.expected_date,
        order_number=order_number,
        **{name: getattr(line, name)[:100] if name == "number" else getattr(line, name) for name in _TEXTS},
        **quantities,
    )


def _add_details(row: TradeDocument, document: ParsedDocument) -> None:
    fields = {name: document.extra.get(name, "") for name in _DETAILS}
    WarehouseReceiptDetails.objects.create(document=row, stored_to_date=sheet_date(fields["stored_to"]), **fields)


def _rounded(value: Decimal | None, step: Decimal) -> Decimal | None:
    return None if value is None else value.quantize(step, ROUND_HALF_EVEN)


def minor_of(amount: Decimal | None, currency: str | None) -> int | None:
    """An amount in minor units, rounded half-up; null where there is no amount or no currency."""
    if amount is None or not currency:
        return None
    return Money(1, currency).times(amount.scaleb(exponent(currency))).minor


def as_json(problem: Problem) -> dict[str, str]:
    """A problem as it is kept and shown."""
    return {"code": problem.code, "where": problem.where, "message": problem.message}
