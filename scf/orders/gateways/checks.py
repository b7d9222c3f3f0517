"""What every document must hold, whatever format it came in.

A broken fact is fatal; sums that do not tie are warnings, because official examples and real exports
round, prepay and discount in ways that a reader cannot always follow.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal

from .facts import Kind, ParsedDocument, ParsedLine, Problem
from .values import plain

NUMBER_CHARS_MAX = 100
QUANTITY_MAX = Decimal(10) ** 13
AMOUNT_MAX = Decimal(10) ** 15
_PRECISION = Decimal("0.0001")
_TOLERANCE = Decimal("0.01")
_QUANTITIES = ("quantity", "ordered", "confirmed", "shipped", "received", "rejected", "short", "oversupplied")
_MAY_BE_NEGATIVE = frozenset({Kind.INVOICE, Kind.CREDIT_NOTE})
_MAY_HAVE_NO_LINES = frozenset({Kind.ORDER_RESPONSE})

Check = Callable[[ParsedDocument], Iterator[Problem]]


def has_number(document: ParsedDocument) -> Iterator[Problem]:
    """A document without a number cannot be told from another."""
    if not document.number:
        yield Problem("NUMBER_MISSING", "ID", "The document has no number; give it one and send it again.")
    elif len(document.number) > NUMBER_CHARS_MAX:
        yield Problem("NUMBER_TOO_LONG", "ID", f"The document's number is longer than {NUMBER_CHARS_MAX} characters.")


def has_date(document: ParsedDocument) -> Iterator[Problem]:
    """A missing date is worth a look, but vendor APIs leave it out of details."""
    if document.issue_date is None:
        yield Problem("DATE_MISSING", "IssueDate", "The document states no date of issue.", is_fatal=False)


def has_lines(document: ParsedDocument) -> Iterator[Problem]:
    """No lines, no goods, nothing to lend on."""
    if document.lines or document.kind in _MAY_HAVE_NO_LINES:
        return
    is_header = document.source == "jd"
    remedy = "send the order's detail as well" if is_header else "send it with its lines"
    yield Problem("LINES_MISSING", "", f"The document has no lines; {remedy}.", is_fatal=not is_header)


def quantities_make_sense(document: ParsedDocument) -> Iterator[Problem]:
    """Goods ordered or moved are counted from zero up, within what the books can hold."""
    for line in document.lines:
        for name in _QUANTITIES:
            value = getattr(line, name)
            if value is None:
                continue
            if value < 0 and document.kind not in _MAY_BE_NEGATIVE:
                message = f"The quantity {name} is negative ({plain(value)}); send what really was {name}."
                yield Problem("NEGATIVE_QUANTITY", line.where, message)
            elif abs(value) >= QUANTITY_MAX:
                yield Problem("OUT_OF_RANGE", line.where, f"The quantity {name} is too large to be true.")
            elif value != value.quantize(_PRECISION):
                message = f"The quantity {name} has more than four decimals; it is kept rounded."
                yield Problem("TOO_PRECISE", line.where, message, is_fatal=False)


def amounts_are_in_range(document: ParsedDocument) -> Iterator[Problem]:
    """Amounts must fit the books."""
    for line in document.lines:
        price = line.unit_price / abs(line.price_base) if line.unit_price and line.price_base else line.unit_price
        if any(value is not None and abs(value) >= AMOUNT_MAX for value in (line.amount, line.unit_price, price)):
            yield Problem("OUT_OF_RANGE", line.where, "An amount or price on this line is too large to be true.")
    if document.totals.payable is not None and abs(document.totals.payable) >= AMOUNT_MAX:
        yield Problem("OUT_OF_RANGE", "PayableAmount", "The document's total is too large to be true.")


def currency_is_one(document: ParsedDocument) -> Iterator[Problem]:
    """Amounts in two currencies have no sum."""
    currencies = {line.currency for line in document.lines if line.currency}
    currencies |= {document.currency} if document.currency else set()
    if len(currencies) > 1:
        names = ", ".join(sorted(currencies))
        yield Problem("CURRENCY_MIXED", "", f"The document mixes currencies ({names}); send one document for each.")


def currency_is_a_code(document: ParsedDocument) -> Iterator[Problem]:
    """Three letters of ISO 4217."""
    for currency in {document.currency, *(line.currency for line in document.lines)}:
        if currency and not (len(currency) == 3 and currency.isascii() and currency.isupper() and currency.isalpha()):
            yield Problem("BAD_CURRENCY", "", f'"{currency}" is no currency code; write it like CNY.')


def quantities_are_stated(document: ParsedDocument) -> Iterator[Problem]:
    """A receipt may say only that all arrived; then there is nothing to count."""
    if document.kind is Kind.ORDER_RESPONSE or not document.lines:
        return
    if all(line.quantity is None for line in document.lines):
        message = "No line states a quantity; nothing can be financed on this document."
        yield Problem("QUANTITY_MISSING", "", message, is_fatal=False)


def rejected_within_received(document: ParsedDocument) -> Iterator[Problem]:
    """What was sent back was first received."""
    for line in document.lines:
        if line.received is not None and line.rejected is not None and line.rejected > line.received:
            message = f"{plain(line.rejected)} rejected, but only {plain(line.received)} received."
            yield Problem("REJECTED_ABOVE_RECEIVED", line.where, message, is_fatal=False)


def totals_tie(document: ParsedDocument) -> Iterator[Problem]:
    """Stated totals against the sums of their parts."""
    totals, lines_total = document.totals, document.lines_total
    if lines_total is not None and totals.lines is not None:
        yield from _tie("LineExtensionAmount", totals.lines, lines_total, "the lines")
    if document.source != "ubl" and lines_total is not None and totals.payable is not None:
        yield from _tie("total", totals.payable, lines_total, "the lines")
    if totals.tax_inclusive is not None:
        if totals.payable is not None:
            due = totals.tax_inclusive - (totals.prepaid or 0) + (totals.rounding or 0)
            yield from _tie("PayableAmount", totals.payable, due, "total less prepaid plus rounding")
        if totals.tax_exclusive is not None and totals.tax is not None:
            yield from _tie(
                "TaxInclusiveAmount", totals.tax_inclusive, totals.tax_exclusive + totals.tax, "net plus tax"
            )


def lines_multiply(document: ParsedDocument) -> Iterator[Problem]:
    """Quantity times price, with the line's allowances, against the line's amount."""
    for line in document.lines:
        expected = _expected_amount(line)
        if expected is not None and line.amount is not None and abs(abs(expected) - abs(line.amount)) > _TOLERANCE:
            message = f"The line states {plain(line.amount)}; quantity times price gives {expected:.2f}."
            yield Problem("LINE_MISMATCH", line.where, message, is_fatal=False)


CHECKS: tuple[Check, ...] = (
    has_number,
    has_date,
    has_lines,
    quantities_make_sense,
    amounts_are_in_range,
    currency_is_one,
    currency_is_a_code,
    quantities_are_stated,
    rejected_within_received,
    totals_tie,
    lines_multiply,
)


def problems_of(document: ParsedDocument) -> tuple[Problem, ...]:
    """Every problem of the document, fatal and not."""
    return tuple(problem for check in CHECKS for problem in check(document))


def _tie(place: str, stated: Decimal, found: Decimal, what: str) -> Iterator[Problem]:
    if abs(stated - found) > _TOLERANCE:
        message = f"The document states {plain(stated)}, {what} make {plain(found)}."
        yield Problem("TOTAL_MISMATCH", place, message, is_fatal=False)


def _expected_amount(line: ParsedLine) -> Decimal | None:
    if line.quantity is None or line.unit_price is None:
        return None
    return line.quantity * line.unit_price / (line.price_base or 1) + line.allowance
