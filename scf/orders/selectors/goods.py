"""An organisation's goods across all their papers, loaded once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sized
from dataclasses import dataclass, fields
from datetime import date
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from scf.domain import units
from scf.domain.claims import Claim, paid_for
from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.orders.models import DocumentLine, SignerWord, TradeDocument
from scf.parties import refusals
from scf.parties.models import Organisation

ZERO = Decimal(0)
LINES_MAX = 30_000  # lines that are held in memory at once: a few seconds' work
_PRICE_STEP = Decimal("0.00000001")
_REFUSALS = frozenset({"RE", "REJ", "27", "false", "0"})
_DEAD = (TradeDocument.State.VOID, TradeDocument.State.DISPUTED)
_Kind = TradeDocument.Kind


class TooManyLines(DomainError):
    """More lines of goods are asked for than are valued at once."""

    code = "TOO_MANY_LINES"


refusals.register(
    {
        "TOO_MANY_LINES": _(
            "More than %(most)s lines of your goods are open, and that many cannot be valued at once. "
            "Take back the papers of goods that are sold and paid for, then reload the page."
        ),
    }
)


@dataclass(slots=True)
class Paper:
    """What figures need of a document; thousands are read at once, which models are too heavy for.

    stored_to_date, insurance_period, marks  of a warehouse receipt, as stated
    """

    pk: int
    kind: str
    number: str
    state: str
    evidence: str
    currency: str
    issue_date: date | None
    due_date: date | None
    expected_date: date | None
    payment_term_days: int | None
    supplier_id: int | None
    buyer_id: int | None
    warehouse_id: int | None
    stored_to_date: date | None
    insurance_period: str | None
    marks: str | None


@dataclass(slots=True)
class Line:
    """What figures need of a line; `document` is put in once both are read."""

    pk: int
    document_id: int
    item_code: str
    description: str
    unit: str
    quantity: Decimal | None
    ordered: Decimal | None
    confirmed: Decimal | None
    received: Decimal | None
    rejected: Decimal | None
    unit_price: Decimal | None
    amount_minor: int | None
    expected_date: date | None
    origin_id: int | None
    origin_factor: Decimal
    document: Paper


_OF_LINE = tuple(each.name for each in fields(Line) if each.name != "document")
_DETAILS = ("stored_to_date", "insurance_period", "marks")
_OF_PAPER = tuple(f"warehouse_details__{each.name}" if each.name in _DETAILS else each.name for each in fields(Paper))


class Goods:
    """Answers about quantities of the same goods on other papers, from memory."""

    def __init__(self, lines: list[Line], refused_orders: set[str], paid: Mapping[int, Money]) -> None:
        self.lines = lines
        self.refused_orders = refused_orders
        self._paid = paid
        self._paid_quantities: dict[int, dict[int, Decimal]] = {}
        self.by_id = {line.pk: line for line in lines}
        self._below: dict[tuple[int, str], list[Line]] = defaultdict(list)
        for line in lines:
            if line.origin_id is not None:
                self._below[line.origin_id, line.document.kind].append(line)

    def received_of(self, root_id: int) -> Decimal:
        """What receipts say came in of an order line."""
        return _sum(of_origin(line, line.received) for line in self._below[root_id, _Kind.GOODS_RECEIPT])

    def accepted_of(self, root_id: int) -> Decimal:
        """What came in of an order line and was kept."""
        rejected = _sum(of_origin(line, line.rejected) for line in self._below[root_id, _Kind.GOODS_RECEIPT])
        return self.received_of(root_id) - rejected

    def cancelled_of(self, order_line: Line) -> Decimal:
        """What of an order line will not come: refused, or confirmed for less."""
        ordered = order_line.ordered or ZERO
        if order_line.document.number in self.refused_orders:
            return max(ZERO, ordered - self.received_of(order_line.pk))
        answers = [of_origin(line, line.confirmed) for line in self._below[order_line.pk, _Kind.ORDER_RESPONSE]]
        confirmed = next((quantity for quantity in reversed(answers) if quantity is not None), None)
        confirmed = order_line.confirmed if confirmed is None else confirmed
        return max(ZERO, ordered - confirmed) if confirmed is not None else ZERO

    def credited_of(self, receipt_line: Line) -> Decimal:
        """Credit notes on the same goods, spent on the order line's receipts in turn, oldest first."""
        if receipt_line.origin_id is None:
            return ZERO
        root_id = receipt_line.origin_id
        left = _sum(of_origin(line, line.quantity) for line in self._below[root_id, _Kind.CREDIT_NOTE])
        for line in self._below[root_id, _Kind.GOODS_RECEIPT]:
            kept = max(ZERO, (line.received or ZERO) - (line.rejected or ZERO))
            share = min(left, kept * line.origin_factor)
            if line.pk == receipt_line.pk:
                return min(kept, (share / line.origin_factor).quantize(units.STEP, ROUND_UP))  # less is lent, not more
            left -= share
        return ZERO

    def paid_of(self, receipt_line: Line) -> Decimal:
        """What of a receipt line's goods the buyer has paid for to the supplier itself, first lines first."""
        document_id = receipt_line.document_id
        if document_id not in self._paid:
            return ZERO
        if document_id not in self._paid_quantities:
            self._paid_quantities[document_id] = self._paid_on(document_id)
        return self._paid_quantities[document_id].get(receipt_line.pk, ZERO)

    def _paid_on(self, document_id: int) -> dict[int, Decimal]:
        lines = sorted((line for line in self.lines if line.document_id == document_id), key=lambda line: line.pk)
        owed = [
            Claim(
                max(ZERO, (line.received or ZERO) - (line.rejected or ZERO) - self.credited_of(line)),
                self.price_of(line)[0] or ZERO,
            )
            for line in lines
        ]
        found = paid_for(owed, self._paid[document_id])
        return {line.pk: quantity for line, quantity in zip(lines, found, strict=True)}

    def paid_under(self, root_id: int) -> Decimal:
        """The same of all receipts on an order line, or of a receipt without an order, in the root's units."""
        own = [self.by_id[root_id]] if root_id in self.by_id else []
        receipts = [*self._below[root_id, _Kind.GOODS_RECEIPT], *own]
        return _sum(
            self.paid_of(line) * (line.origin_factor if line.origin_id else 1)
            for line in receipts if line.document.kind == _Kind.GOODS_RECEIPT
        )  # fmt: skip

    def price_of(self, line: Line) -> tuple[Decimal | None, str]:
        """The price of one unit and its currency: the line's own, its order's, else its invoice's."""
        currency = self._currency(line)
        prices = (_price_for(line, candidate) for candidate in self._priced(line))
        return next((price for price in prices if price is not None), None), currency

    def order_of(self, line: Line) -> Paper | None:
        """The purchase order behind a line."""
        root = self.by_id.get(line.origin_id) if line.origin_id else None
        return root.document if root is not None else None

    def invoice_due_date_of(self, line: Line) -> date | None:
        """When the invoice on the same goods is due."""
        invoices = self._below[line.origin_id, _Kind.INVOICE] if line.origin_id else []
        return next((found.document.due_date for found in invoices if found.document.due_date), None)

    def _priced(self, line: Line) -> list[Line]:
        root = self.by_id.get(line.origin_id) if line.origin_id else None
        invoices = self._below[line.origin_id, _Kind.INVOICE] if line.origin_id else []
        return [line, *([root] if root is not None else []), *invoices]

    def _currency(self, line: Line) -> str:
        return next((found.document.currency for found in self._priced(line) if found.document.currency), "")


def prudent_price(line: Line | DocumentLine) -> Decimal | None:
    """The lower of the stated price and of amount by quantity: where a paper contradicts itself, less is lent."""
    prices = [line.unit_price] if line.unit_price is not None else []
    if line.amount_minor is not None and line.quantity and line.document.currency:
        amount = Money(line.amount_minor, line.document.currency).amount
        prices.append((amount / line.quantity).quantize(_PRICE_STEP, ROUND_DOWN))
    return min(prices) if prices else None


def of_origin(line: Line, quantity: Decimal | None) -> Decimal | None:
    """A quantity of the line in the units of the order line that it comes from."""
    return None if quantity is None else quantity * line.origin_factor


def _price_for(line: Line, candidate: Line) -> Decimal | None:
    """The candidate's price for one unit of `line`: papers of the same goods may count in other units."""
    price = prudent_price(candidate)
    if price is None or candidate is line:
        return price
    candidate_factor = candidate.origin_factor if candidate.origin_id else Decimal(1)
    return (price * line.origin_factor / candidate_factor).quantize(_PRICE_STEP, ROUND_DOWN)


def load_goods(organisation: Organisation, *, line_ids: Iterable[int] | None = None) -> Goods:
    """Everything living that `organisation` brought, oldest first; four queries.

    line_ids  only these lines and all papers on the same goods, which answers for them as everything would: what a
              figure needs hangs on the order line of the goods. Five queries, however much the organisation brought.

    A document is read once, not once a line. Nothing is cut off: where more lines than LINES_MAX are wanted,
    TooManyLines is raised.
    """
    found = DocumentLine.objects.filter(document__owner=organisation).exclude(document__state__in=_DEAD)
    found = found.order_by()[: LINES_MAX + 1]
    if line_ids is not None:
        wanted = list(line_ids)
        _bound(wanted)
        own = DocumentLine.objects.filter(document__owner=organisation)
        roots = _roots(own.filter(pk__in=wanted))
        paid = _paid(own.filter(Q(pk__in=roots) | Q(origin__in=roots)).values("document"))
        if paid:  # what was paid is spread over all goods of a receipt
            roots |= _roots(own.filter(document__in=list(paid)))
        found = DocumentLine.objects.filter(Q(pk__in=roots) | Q(origin__in=roots)).order_by()
    rows = list(found.values_list(*_OF_LINE))
    if line_ids is None:
        _bound(rows)
        paid = _paid(TradeDocument.objects.filter(owner=organisation).values("pk"))
    living = TradeDocument.objects.filter(owner=organisation).exclude(state__in=_DEAD)
    if line_ids is not None:
        living = living.filter(pk__in={row[1] for row in rows})
    documents = {row[0]: Paper(*row) for row in living.order_by().values_list(*_OF_PAPER)}
    # a document that is not there is dead, or has come in between the two queries
    lines = [Line(*(*row, documents[row[1]])) for row in rows if row[1] in documents]
    lines.sort(key=lambda line: (line.document.issue_date or date.max, line.pk))
    return Goods(lines, _refused(organisation, None if line_ids is None else documents.values()), paid)


def _roots(lines: QuerySet[DocumentLine, DocumentLine]) -> set[int]:
    return {origin or pk for pk, origin in lines.values_list("pk", "origin")}


def _paid(documents: QuerySet[Any, Any]) -> dict[int, Money]:
    """What buyers have last said that they have paid for the goods on these documents, by id."""
    words = SignerWord.objects.filter(word=SignerWord.Word.PAID, document__in=documents)
    rows = words.order_by("document", "-id").distinct("document")
    return {row.document_id: row.amount for row in rows if row.amount is not None}


def _bound(rows: Sized) -> None:
    if len(rows) > LINES_MAX:
        raise TooManyLines("too many at once", most=f"{LINES_MAX:,}")


def _refused(organisation: Organisation, among: Iterable[Paper] | None) -> set[str]:
    """Numbers of the orders, or of those `among` these, that an order response refuses."""
    answers = TradeDocument.objects.filter(owner=organisation, kind=_Kind.ORDER_RESPONSE).exclude(state__in=_DEAD)
    answers = answers.filter(references__answer__in=sorted(_REFUSALS))
    if among is not None:
        orders = {document.number for document in among if document.kind == _Kind.PURCHASE_ORDER}
        answers = answers.filter(references__order__has_any_keys=sorted(orders))
    named = answers.values_list("references", flat=True)
    return {number for references in named for number in references.get("order", [])}


def _sum(values: object) -> Decimal:
    return sum((value for value in values if value is not None), start=ZERO)  # type: ignore[attr-defined]


def unit_prices(line_ids: Iterable[int]) -> dict[int, Decimal]:
    """What each line's own paper says one unit costs; lines without a price are left out. One query."""
    lines = DocumentLine.objects.filter(pk__in=list(line_ids)).select_related("document")
    return {line.pk: price for line in lines if (price := prudent_price(line)) is not None}
