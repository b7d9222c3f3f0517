"""The goods receipt inside a JD order: its actual quantities."""

from dataclasses import replace
from decimal import Decimal

from scf.orders.gateways.facts import Kind, ParsedDocument, ParsedLine, StatedTotals

from .rows import RECEIPT_SUFFIX


def derived_receipt(order: ParsedDocument) -> ParsedDocument | None:
    """The goods receipt that a JD order's actual quantities amount to; None when nothing came in."""
    came = [line for line in order.lines if line.received]
    if order.source != "jd" or not came:
        return None
    lines = [_received(line, order.number or "") for line in came]
    return replace(
        order,
        kind=Kind.RECEIPT_ADVICE,
        number=f"{order.number}{RECEIPT_SUFFIX}",
        issue_date=order.received_date,
        supplier=None,  # a list names it, a detail does not: the receipt must not differ by that
        lines=tuple(lines),
        totals=StatedTotals(),
        payment_term_days=None,
        expected_date=None,
        references={"order": (order.number or "",)},
    )


def _received(line: ParsedLine, order_number: str) -> ParsedLine:
    return replace(
        line,
        quantity=line.received,
        ordered=None,
        confirmed=None,
        amount=None,
        order_number=order_number,
        order_line=line.number,
        short=_short(line),
    )


def _short(line: ParsedLine) -> Decimal | None:
    promised = line.confirmed if line.confirmed is not None else line.ordered
    if promised is None or line.received is None or line.received >= promised:
        return None
    return promised - line.received
