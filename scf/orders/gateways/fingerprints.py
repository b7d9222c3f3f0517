"""A document's facts as one keyed hash: the same trade on another paper hashes the same."""

import hashlib
import hmac
import json
from decimal import Decimal

from .facts import Kind, ParsedDocument, ParsedLine
from .values import plain

_QUANTITIES = ("quantity", "ordered", "confirmed", "shipped", "received", "rejected", "short", "oversupplied")


def content_hash(document: ParsedDocument, *, key: str) -> str:
    """The hex hash of the document's facts under `key`.

    The format, the spelling of numbers and the order of lines do not matter. An order's received
    quantities are left out: they belong to its receipt and grow while the order stays the same.
    """
    facts = {
        "kind": str(document.kind),
        "number": _folded(document.number or ""),
        "date": str(document.issue_date or ""),
        "supplier": _folded((document.supplier.label if document.supplier else "") or ""),
        "buyer": _folded((document.buyer.label if document.buyer else "") or ""),
        "warehouse": _folded((document.warehouse.label if document.warehouse else "") or ""),
        "currency": document.currency or "",
        "total": _number(document.totals.payable),
        "due": str(document.due_date or ""),
        "answer": document.answer,
        "references": {kind: sorted(numbers) for kind, numbers in document.references.items()},
        "extra": document.extra,
        "lines": sorted(json.dumps(_line(line, document.kind), sort_keys=True) for line in document.lines),
    }
    message = json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


def _line(line: ParsedLine, kind: Kind) -> dict[str, str]:
    names = [name for name in _QUANTITIES if not (kind is Kind.ORDER and name == "received")]
    return {
        "number": line.number,
        "item": _folded(line.item_code or line.description),
        "unit": _folded(line.unit),
        "price": _number(line.unit_price),
        "amount": _number(line.amount),
        "order": _folded(line.order_number),
        **{name: _number(getattr(line, name)) for name in names},
    }


def _number(value: Decimal | None) -> str:
    return "" if value is None else plain(value.normalize()) or ""


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
