"""UBL 2.0 and 2.1: order, order response, despatch advice, receipt advice, invoice, credit note.

Read by the local names of elements, so that any prefix style does; what a profile (Peppol, OIOUBL,
XRechnung, ...) adds is passed over. Structure: OASIS UBL 2.1, sections 3.2 and 4.
"""

from dataclasses import dataclass
from datetime import date

from lxml import etree

from .facts import Kind, ParsedDocument, Party, Reading, StatedTotals, Status, Unreadable
from .ubl_lines import LINES, LineShape, read_lines
from .ubl_party import read_party
from .values import clean, currency_code
from .xmlsafe import Facts, child, children, local, namespace, text, where

NAMESPACE = "urn:oasis:names:specification:ubl:schema:xsd:"
_MAJOR = "-2"
_WRAPPERS = frozenset({"StandardBusinessDocument"})

KINDS = {
    "Order": Kind.ORDER,
    "OrderResponse": Kind.ORDER_RESPONSE,
    "OrderResponseSimple": Kind.ORDER_RESPONSE,
    "DespatchAdvice": Kind.DESPATCH_ADVICE,
    "ReceiptAdvice": Kind.RECEIPT_ADVICE,
    "Invoice": Kind.INVOICE,
    "CreditNote": Kind.CREDIT_NOTE,
}
_SUPPLIERS = ("SellerSupplierParty", "AccountingSupplierParty", "DespatchSupplierParty")
_BUYERS = ("BuyerCustomerParty", "AccountingCustomerParty", "DeliveryCustomerParty")
_ACCOUNTING = frozenset({Kind.INVOICE, Kind.CREDIT_NOTE})
_TOTALS = ("LegalMonetaryTotal", "AnticipatedMonetaryTotal")


@dataclass(frozen=True, slots=True)
class _Reference:
    """Where the numbers of one kind of other document stand."""

    kind: str
    paths: tuple[tuple[str, ...], ...]


_REFERENCES = (
    _Reference("order", (("OrderReference", "ID"), ("OrderDocumentReference", "ID"))),
    _Reference("despatch", (("DespatchDocumentReference", "ID"),)),
    _Reference("receipt", (("ReceiptDocumentReference", "ID"),)),
    _Reference("invoice", (("BillingReference", "InvoiceDocumentReference", "ID"),)),
)


def unwrapped(root: etree._Element) -> etree._Element:
    """The document itself, where a transport envelope is around it."""
    if local(root) not in _WRAPPERS:
        return root
    return next((inner for inner in root if namespace(inner).startswith(NAMESPACE)), root)


def is_ubl(root: etree._Element) -> bool:
    """True for every UBL document, also of kinds that are not taken in."""
    return namespace(root).startswith(NAMESPACE)


def read(root: etree._Element) -> Reading:
    """The document at `root`.

    Raises Unreadable when it is UBL of a kind that is not taken in.
    """
    kind = KINDS.get(local(root))
    if kind is None or not namespace(root).endswith(_MAJOR):
        message = (
            f"A UBL {clean(local(root))} is not taken in here; "
            "send orders, order responses, despatch and receipt advices, invoices or credit notes (UBL 2)."
        )
        raise Unreadable("KIND_NOT_TAKEN", where(root), message, status=Status.IGNORED)
    facts = Facts()
    document = _document(root, kind, facts)
    return Reading(document, tuple(facts.problems))


def _document(root: etree._Element, kind: Kind, facts: Facts) -> ParsedDocument:
    totals_at = next((found for name in _TOTALS if (found := child(root, name)) is not None), None)
    lines = read_lines(root, kind, facts)
    return ParsedDocument(
        kind=kind,
        number=text(root, "ID") or None,
        source="ubl",
        issue_date=facts.date(root, "IssueDate"),
        supplier=_party(root, _order_of(_SUPPLIERS, kind)),
        buyer=_party(root, _order_of(_BUYERS, kind)),
        currency=_currency(root, totals_at, LINES[kind]),
        lines=lines,
        totals=_totals(root, totals_at, facts),
        due_date=_due_date(root, facts),
        payment_term_days=_payment_term_days(root, facts),
        expected_date=_expected_date(root, kind, facts),
        references=_references(root),
        answer=text(root, "OrderResponseCode") or text(root, "AcceptedIndicator"),
    )


def _order_of(names: tuple[str, ...], kind: Kind) -> tuple[str, ...]:
    return (names[1], names[0], names[2]) if kind in _ACCOUNTING else names


def _party(root: etree._Element, names: tuple[str, ...]) -> Party | None:
    parties = (read_party(found) for name in names if (found := child(root, name)) is not None)
    return next((party for party in parties if party is not None), None)


def _currency(root: etree._Element, totals_at: etree._Element | None, lines: LineShape) -> str | None:
    """The document's currency; where it states none, that of its total, else of its lines."""
    stated = text(root, "DocumentCurrencyCode") or text(root, "PricingCurrencyCode")
    if stated:
        return currency_code(stated)
    amounts = [child(totals_at, "PayableAmount"), child(totals_at, "LineExtensionAmount")]
    amounts += [child(line, "LineExtensionAmount") for line in children(root, *lines.path)]
    currencies = (currency_code(amount.get("currencyID")) for amount in amounts if amount is not None)
    return next((currency for currency in currencies if currency), None)


def _totals(root: etree._Element, at: etree._Element | None, facts: Facts) -> StatedTotals:
    tax_totals = list(children(root, "TaxTotal"))
    return StatedTotals(
        payable=facts.decimal(at, "PayableAmount"),
        lines=facts.decimal(at, "LineExtensionAmount"),
        tax_exclusive=facts.decimal(at, "TaxExclusiveAmount"),
        tax_inclusive=facts.decimal(at, "TaxInclusiveAmount"),
        tax=facts.decimal(tax_totals[0], "TaxAmount") if len(tax_totals) == 1 else None,
        prepaid=facts.decimal(at, "PrepaidAmount"),
        rounding=facts.decimal(at, "PayableRoundingAmount"),
    )


def _due_date(root: etree._Element, facts: Facts) -> date | None:
    paths = (("DueDate",), ("PaymentMeans", "PaymentDueDate"), ("PaymentTerms", "PaymentDueDate"))
    return next((found for path in paths if (found := facts.date(root, *path))), None)


def _payment_term_days(root: etree._Element, facts: Facts) -> int | None:
    measure = child(root, "PaymentTerms", "SettlementPeriod", "DurationMeasure")
    if measure is None or measure.get("unitCode") != "DAY":
        return None
    days = facts.decimal(measure)
    return int(days) if days is not None and 0 <= days <= 3650 else None


def _expected_date(root: etree._Element, kind: Kind, facts: Facts) -> date | None:
    """The last day on which the goods are promised or asked for."""
    if kind in _ACCOUNTING or kind is Kind.RECEIPT_ADVICE:
        return None
    deliveries = [("Delivery",), ("Shipment", "Delivery")]
    periods = ("PromisedDeliveryPeriod", "RequestedDeliveryPeriod", "EstimatedDeliveryPeriod")
    paths = [
        (*delivery, period, end) for delivery in deliveries for period in periods for end in ("EndDate", "StartDate")
    ]
    return next((found for path in paths if (found := facts.date(root, *path))), None)


def _references(root: etree._Element) -> dict[str, tuple[str, ...]]:
    found = {}
    for reference in _REFERENCES:
        numbers = [clean(node.text) for path in reference.paths for node in children(root, *path)]
        if unique := tuple(dict.fromkeys(number for number in numbers if number)):
            found[reference.kind] = unique
    return found
