"""The lines of a UBL document."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lxml import etree

from .facts import Kind, ParsedLine
from .values import clean, currency_code
from .xmlsafe import Facts, child, children, text, where

LINES_MAX = 50_000
_REFUSED_STATUS = "7"  # UNCL1229: not accepted


@dataclass(frozen=True, slots=True)
class LineShape:
    """Where the lines of a kind stand and what their quantities are called.

    path        from the document to each line
    main        the field of ParsedLine that is also its `quantity`
    quantities  field of ParsedLine -> element
    """

    path: tuple[str, ...]
    main: str
    quantities: dict[str, str]


_ORDER_PATH = ("OrderLine", "LineItem")
LINES = {
    Kind.ORDER: LineShape(_ORDER_PATH, "ordered", {"ordered": "Quantity"}),
    Kind.ORDER_RESPONSE: LineShape(_ORDER_PATH, "confirmed", {"confirmed": "Quantity"}),
    Kind.DESPATCH_ADVICE: LineShape(("DespatchLine",), "shipped", {"shipped": "DeliveredQuantity"}),
    Kind.RECEIPT_ADVICE: LineShape(
        ("ReceiptLine",),
        "received",
        {
            "received": "ReceivedQuantity",
            "rejected": "RejectedQuantity",
            "short": "ShortQuantity",
            "oversupplied": "OversupplyQuantity",
        },
    ),
    Kind.INVOICE: LineShape(("InvoiceLine",), "quantity", {"quantity": "InvoicedQuantity"}),
    Kind.CREDIT_NOTE: LineShape(("CreditNoteLine",), "quantity", {"quantity": "CreditedQuantity"}),
}
_ITEM_CODES = ("SellersItemIdentification", "BuyersItemIdentification", "StandardItemIdentification")


def read_lines(root: etree._Element, kind: Kind, facts: Facts) -> tuple[ParsedLine, ...]:
    """Every line of the document, up to LINES_MAX (then a problem is kept)."""
    found: list[ParsedLine] = []
    for line in children(root, *LINES[kind].path):
        if len(found) == LINES_MAX:
            facts.note("TOO_MANY_LINES", where(line), f"More than {LINES_MAX} lines; split the document.")
            break
        found.append(_line(line, LINES[kind], facts))
    return tuple(found)


def _line(line: etree._Element, shape: LineShape, facts: Facts) -> ParsedLine:
    quantities: dict[str, Any] = {field: _quantity(line, name, facts) for field, name in shape.quantities.items()}
    if text(line, "LineStatusCode") == _REFUSED_STATUS and quantities.get("confirmed") is None:
        quantities["confirmed"] = Decimal(0)
    quantities["quantity"] = quantities[shape.main]
    amount_at = child(line, "LineExtensionAmount")
    item = child(line, "Item")
    codes = [text(item, name, "ID") for name in _ITEM_CODES]
    return ParsedLine(
        number=text(line, "ID"),
        where=where(line),
        item_code=next(filter(None, codes), ""),
        item_codes=tuple(dict.fromkeys(filter(None, codes))),
        description=text(item, "Name") or text(item, "Description"),
        unit=_unit(line, shape),
        unit_price=facts.decimal(line, "Price", "PriceAmount"),
        price_base=facts.decimal(line, "Price", "BaseQuantity"),
        amount=facts.decimal(amount_at),
        allowance=_allowance(line, facts),
        currency=currency_code(amount_at.get("currencyID")) if amount_at is not None else "",
        expected_date=facts.date(line, "Delivery", "RequestedDeliveryPeriod", "EndDate"),
        **quantities,
        **_line_references(line),
    )


def _quantity(line: etree._Element, name: str, facts: Facts) -> Decimal | None:
    values = [value for node in children(line, name) if (value := facts.decimal(node)) is not None]
    return sum(values[1:], start=values[0]) if values else None


def _unit(line: etree._Element, shape: LineShape) -> str:
    nodes = (child(line, name) for name in shape.quantities.values())
    return next((unit for node in nodes if node is not None and (unit := clean(node.get("unitCode")))), "")


def _allowance(line: etree._Element, facts: Facts) -> Decimal:
    """Charges less allowances on the line."""
    total = Decimal(0)
    for entry in children(line, "AllowanceCharge"):
        amount = facts.decimal(entry, "Amount") or Decimal(0)
        total += amount if text(entry, "ChargeIndicator") in ("true", "1") else -amount
    return total


def _line_references(line: etree._Element) -> dict[str, Any]:
    reference = child(line, "OrderLineReference")
    if reference is None and line.getparent() is not None:
        reference = child(line.getparent(), "OrderLineReference")  # an order response keeps it beside LineItem
        reference = reference if child(line.getparent(), "LineItem") is line else None
    despatch = child(line, "DespatchLineReference")
    return {
        "order_number": text(reference, "OrderReference", "ID"),
        "order_line": text(reference, "LineID"),
        "despatch_number": text(despatch, "DocumentReference", "ID"),
        "despatch_line": text(despatch, "LineID"),
    }
