"""What of an organisation's goods could be financed now, line by line, with every deduction named.

The figure stands before pledges: what is pledged already, the collateral registry knows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from scf.domain import periods
from scf.orders.models import DocumentLine, TradeDocument
from scf.parties.models import Organisation

from .goods import Goods, Line, Paper, load_goods

ORDER, RECEIPT, WAREHOUSE = "ORDER", "RECEIPT", "WAREHOUSE"
_PRODUCTS = {
    TradeDocument.Kind.PURCHASE_ORDER: ORDER,
    TradeDocument.Kind.GOODS_RECEIPT: RECEIPT,
    TradeDocument.Kind.WAREHOUSE_RECEIPT: WAREHOUSE,
}
ZERO = Decimal(0)

Deduction = tuple[str, Decimal]


@dataclass(frozen=True, slots=True)
class FinanceableLine:
    """One line and how much of it can stand for a loan.

    root_line_id            the order line of the same goods, or the line itself: pledges are counted there
    root_capacity_quantity  how many units there are at the root at all: ordered, or accepted if more came; less those
                            that the buyer says it has paid for
    root_factor             how many of the root's units one unit of this line is
    deductions              (code, quantity): RECEIVED, CANCELLED, REJECTED, CREDITED, PAID
    unit_price              for one unit, null when no paper states it
    lot                     the marks by which a keeper tells these goods from others, where the receipt states them
    due_date                when the buyer pays, as far as the papers tell
    stored_to, insured_to   last day of a warehouse receipt's storage and insurance, where it states them
    problems                codes; a line with any cannot be financed
    """

    line_id: int
    root_line_id: int
    document_id: int
    document_number: str
    kind: str
    product: str
    item_code: str
    description: str
    unit: str
    gross_quantity: Decimal
    deductions: list[Deduction]
    eligible_quantity: Decimal
    root_capacity_quantity: Decimal
    root_factor: Decimal
    unit_price: Decimal | None
    currency: str
    buyer_id: int | None
    warehouse_id: int | None
    lot: str
    due_date: date | None
    stored_to: date | None
    insured_to: date | None
    evidence: str
    problems: list[str] = field(default_factory=list)


def financeable_lines(
    *, organisation: Organisation, documents: Iterable[int] | None = None, line_ids: Iterable[int] | None = None
) -> list[FinanceableLine]:
    """Every line of the organisation's orders, goods receipts and warehouse receipts, oldest first.

    documents  narrows to the lines of these documents
    line_ids   narrows to these lines

    Narrowed, only papers on the same goods are read. A fixed number of queries, whatever the number of documents.
    Raises TooManyLines, never leaves lines out.
    """
    if documents is not None:
        of_documents = DocumentLine.objects.filter(document__in=list(documents), document__owner=organisation)
        found = set(of_documents.values_list("pk", flat=True))
        line_ids = found if line_ids is None else found & set(line_ids)
    wanted = None if line_ids is None else set(line_ids)
    goods = load_goods(organisation, line_ids=wanted)
    lines = [line for line in goods.lines if line.document.kind in _PRODUCTS]
    return [_financeable(line, goods) for line in lines if wanted is None or line.pk in wanted]


def _financeable(line: Line, goods: Goods) -> FinanceableLine:
    document = line.document
    product = _PRODUCTS[TradeDocument.Kind(document.kind)]
    gross = (line.ordered if product == ORDER else line.received if product == RECEIPT else line.quantity) or ZERO
    deductions = [(code, quantity) for code, quantity in _deductions(line, product, goods) if quantity > 0]
    eligible = max(ZERO, gross - sum((quantity for _, quantity in deductions), start=ZERO))
    price, currency = goods.price_of(line)
    is_stored = product == WAREHOUSE
    root_id = line.origin_id or line.pk
    return FinanceableLine(
        line_id=line.pk,
        root_line_id=root_id,
        document_id=document.pk,
        document_number=document.number,
        kind=document.kind,
        product=product,
        item_code=line.item_code,
        description=line.description or line.item_code,
        unit=line.unit,
        gross_quantity=gross,
        deductions=deductions,
        eligible_quantity=eligible,
        root_capacity_quantity=_capacity(line, gross, goods),
        root_factor=line.origin_factor if line.origin_id else Decimal(1),
        unit_price=price,
        currency=currency,
        buyer_id=document.buyer_id,
        warehouse_id=document.warehouse_id if is_stored else None,
        lot=(document.marks or "").strip() if is_stored else "",
        due_date=_due_date(line, product, goods),
        stored_to=document.stored_to_date,
        insured_to=periods.last_day(document.insurance_period) if document.insurance_period else None,
        evidence=document.evidence,
        problems=_problems(document, gross, price, currency),
    )


def _deductions(line: Line, product: str, goods: Goods) -> list[Deduction]:
    if product == ORDER:
        return [("RECEIVED", goods.received_of(line.pk)), ("CANCELLED", goods.cancelled_of(line))]
    if product == RECEIPT:
        return [
            ("REJECTED", line.rejected or ZERO), ("CREDITED", goods.credited_of(line)), ("PAID", goods.paid_of(line)),
        ]  # fmt: skip
    return []


def _capacity(line: Line, gross: Decimal, goods: Goods) -> Decimal:
    root = goods.by_id.get(line.origin_id) if line.origin_id else line
    if root is None or root.document.kind != TradeDocument.Kind.PURCHASE_ORDER:
        whole = max(ZERO, gross - (line.rejected or ZERO)) * (line.origin_factor if line.origin_id else 1)
    else:
        whole = max(root.ordered or ZERO, goods.accepted_of(root.pk))
    return max(ZERO, whole - goods.paid_under(line.origin_id or line.pk))


def _due_date(line: Line, product: str, goods: Goods) -> date | None:
    document = line.document
    if product == WAREHOUSE:
        return document.stored_to_date
    if document.due_date is not None:
        return document.due_date
    order = goods.order_of(line)
    term = document.payment_term_days
    if term is None and order is not None:
        term = order.payment_term_days
    if product == RECEIPT:
        start = goods.invoice_due_date_of(line) or document.issue_date
        return start if goods.invoice_due_date_of(line) else _plus(start, term)
    expected = line.expected_date or document.expected_date
    return _plus(expected, term) if term is not None else expected


def _plus(start: date | None, days: int | None) -> date | None:
    return start + timedelta(days=days) if start is not None and days is not None else None


def _problems(document: Paper, gross: Decimal, price: Decimal | None, currency: str) -> list[str]:
    found = []
    if document.state == TradeDocument.State.RECORDED:
        found.append("PARTY_UNKNOWN")
    if document.buyer_id is not None and document.buyer_id == document.supplier_id:
        found.append("SAME_PARTY")
    if gross <= 0:
        found.append("NO_QUANTITY")
    if price is None or price <= 0:
        found.append("NO_PRICE")
    if not currency:
        found.append("NO_CURRENCY")
    return found
