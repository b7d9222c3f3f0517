"""Qimen (奇门) warehouse entry orders: what a warehouse was told to receive and what it received."""

from decimal import Decimal

from lxml import etree

from .facts import Kind, ParsedDocument, ParsedLine, Party, Reading
from .values import sheet_date
from .xmlsafe import Facts, child, children, local, text, where

_DAMAGED = "CC"  # inventoryType of goods that came in damaged


def is_entry_order(root: etree._Element) -> bool:
    """True for entryorder.create and entryorder.confirm."""
    return local(root) == "request" and child(root, "entryOrder") is not None


def read(root: etree._Element) -> Reading:
    """The goods receipt at `root`."""
    facts = Facts()
    header = child(root, "entryOrder")
    lines = tuple(_line(line, facts) for line in children(root, "orderLines", "orderLine"))
    owner, warehouse = text(header, "ownerCode"), text(header, "warehouseCode")
    raw_date = text(header, "operateTime") or text(header, "orderCreateTime")
    document = ParsedDocument(
        kind=Kind.RECEIPT_ADVICE,
        number=text(header, "entryOrderCode") or None,
        source="qimen",
        issue_date=sheet_date(raw_date) if raw_date else None,
        supplier=Party(text(header, "supplierName"), (), (("qimen", owner),) if owner else ()) if owner else None,
        warehouse=Party("", (), (("qimen", warehouse),)) if warehouse else None,
        lines=lines,
        references={"order": (order,)} if (order := text(header, "purchaseOrderCode")) else {},
    )
    return Reading(document, tuple(facts.problems))


def _line(line: etree._Element, facts: Facts) -> ParsedLine:
    received: Decimal | None = facts.decimal(line, "actualQty")
    is_damaged = text(line, "inventoryType") == _DAMAGED
    code = text(line, "itemCode") or text(line, "itemId")
    return ParsedLine(
        number=text(line, "orderLineNo"),
        where=where(line),
        item_code=code,
        item_codes=(code,) if code else (),
        description=text(line, "itemName"),
        unit=text(line, "unit"),
        quantity=received,
        ordered=facts.decimal(line, "planQty"),
        received=received,
        rejected=received if is_damaged else None,
        unit_price=facts.decimal(line, "purchasePrice"),
    )
