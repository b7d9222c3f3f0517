"""JD's vendor API: the purchase order list and the detail of an order, as JSON.

jingdong.vc.getpurchaseorderlist, jingdong.vc.getdetailbyorderid and the older jingdong.po.*; JD spells
its wrapper `..._responce` and one field `totoal_price`. Instants are milliseconds; prices are yuan;
`account_period` is the payment term in days; original, confirm and actual numbers are the quantities
ordered, confirmed and received.
"""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from .facts import Kind, ParsedDocument, ParsedLine, Party, Problem, Reading, StatedTotals, Status, Unreadable
from .values import clean, currency_code, epoch_date, iso_date, plain_decimal

DEPTH_MAX = 12
ORDERS_MAX = 20_000
OBJECTS_MAX = 200_000
DEFAULT_CURRENCY = "CNY"
_DELETED = Decimal(0)


def read(data: bytes) -> list[Reading]:
    """Every order in the file, a list's header and its detail put together.

    Raises Unreadable when the file is no JSON, or JSON of another kind, or JD's own refusal.
    """
    if data.count(b"{") > OBJECTS_MAX:
        raise Unreadable("TOO_LARGE", "", f"More than {OBJECTS_MAX} orders and lines; split the file.")
    content = _normal(_load(data))
    _refuse_errors(content)
    headers, lines = _collect(content)
    numbers = list(dict.fromkeys([*headers, *lines]))
    if not numbers:
        message = "The file is JSON, but no JD purchase order list or detail; send one of these, UBL, CSV or XLSX."
        raise Unreadable("KIND_UNKNOWN", "", message, status=Status.IGNORED)
    if len(numbers) > ORDERS_MAX:
        raise Unreadable("TOO_MANY_ORDERS", "", f"More than {ORDERS_MAX} orders; split the file.")
    return [_Order(number, headers.get(number, {}), lines.get(number, [])).reading() for number in numbers]


class _Order:
    """One order being read, with the problems met."""

    def __init__(self, number: str, header: dict, lines: list[dict]) -> None:
        self.number, self.header, self.lines = number, header, lines
        self.problems: list[Problem] = []

    def reading(self) -> Reading:
        """The order as a document."""
        header = self.header
        if "status" in header and self._number(header, "status") == _DELETED:
            self._note("ORDER_DELETED", "status", "JD has deleted this order; nothing can be financed on it.")
        lines = tuple(self._line(at, line) for at, line in enumerate(self.lines, start=1))
        term = self._number(header, "accountperiod")
        names = tuple(filter(None, [_text(header, "providername")]))
        code = _text(header, "providercode")
        document = ParsedDocument(
            kind=Kind.ORDER,
            number=self.number,
            source="jd",
            issue_date=self._date("createddate"),
            supplier=Party(names[0] if names else "", names, (("jd", code),) if code else ())
            if names or code
            else None,
            currency=currency_code(_text(header, "currency") or DEFAULT_CURRENCY),
            lines=lines,
            totals=StatedTotals(payable=self._number(header, "totalprice", "totalprices")),
            payment_term_days=int(term) if term is not None and 0 <= term <= 3650 else None,
            expected_date=self._date("deliverytime", "booktime"),
            received_date=self._date("storagetime", "completedate"),
        )
        return Reading(document, tuple(self.problems))

    def _line(self, at: int, line: dict) -> ParsedLine:
        ordered = self._number(line, "originalnum", at=at)
        code = _text(line, "wareid")
        return ParsedLine(
            number=str(at),
            where=f"order {self.number}, detail {at}",
            item_code=code,
            item_codes=tuple(filter(None, (code, _text(line, "isbn")))),
            description=_text(line, "warename"),
            quantity=ordered,
            ordered=ordered,
            confirmed=self._number(line, "confirmnum", at=at),
            received=self._number(line, "actualnum", at=at),
            unit_price=self._number(line, "purchaseprice", at=at),
            amount=self._number(line, "totoalprice", "totalprice", at=at),
        )

    def _number(self, facts: dict, *names: str, at: int | None = None) -> Decimal | None:
        name = next((name for name in names if facts.get(name) not in (None, "")), None)
        if name is None:
            return None
        value = facts[name]
        number = plain_decimal(str(value)) if not isinstance(value, bool | dict | list) else None
        if number is None:
            place = f"order {self.number}" + (f", detail {at}" if at else "")
            self._note("BAD_NUMBER", f"{place}, {name}", f'"{clean(str(value))[:60]}" is not a number.')
        return number

    def _date(self, *names: str) -> date | None:
        for name in names:
            value = self.header.get(name)
            if value in (None, ""):
                continue
            number = plain_decimal(str(value))
            found = epoch_date(number) if number is not None else iso_date(str(value).replace(" ", "T"))
            if found is not None:
                return found
            message = f'"{clean(str(value))[:60]}" is not a time in milliseconds.'
            self._note("BAD_DATE", f"order {self.number}, {name}", message)
        return None

    def _note(self, code: str, where: str, message: str) -> None:
        self.problems.append(Problem(code, where, message))


def _load(data: bytes) -> object:
    try:
        return json.loads(data, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, UnicodeDecodeError) as error:
        line = getattr(error, "lineno", None)
        message = f"The file is not well-formed JSON ({clean(str(error))[:150]}); fetch it again."
        raise Unreadable("NOT_WELL_FORMED", f"line {line}" if line else "", message) from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _normal(content: object, depth: int = 0) -> object:
    """`content` with keys in lower case and without underscores: both of JD's dialects become one."""
    if depth > DEPTH_MAX:
        raise Unreadable("TOO_DEEP", "", "The file is nested too deeply to be a document of trade.")
    if isinstance(content, dict):
        return {str(key).replace("_", "").lower(): _normal(value, depth + 1) for key, value in content.items()}
    if isinstance(content, list):
        return [_normal(value, depth + 1) for value in content]
    return content


def _objects(content: object) -> Iterator[dict]:
    """Every object in the file, outer ones first."""
    if isinstance(content, dict):
        yield content
        for value in content.values():
            yield from _objects(value)
    elif isinstance(content, list):
        for value in content:
            yield from _objects(value)


def _collect(content: object) -> tuple[dict[str, dict], dict[str, list[dict]]]:
    """Headers and lines by order number."""
    headers: dict[str, dict] = {}
    lines: dict[str, list[dict]] = {}
    for found in _objects(content):
        number = _text(found, "orderid")
        if "wareid" in found and number and ("originalnum" in found or "purchaseprice" in found):
            lines.setdefault(number, []).append(found)
        elif number.isdigit() and number.strip("0") and _is_header(found):
            headers[number] = {**headers.get(number, {}), **found}
            for line in _own_lines(found):
                line.setdefault("orderid", number)
    return headers, lines


def _is_header(found: dict) -> bool:
    return any(name in found for name in ("providername", "providercode", "totalprice", "totalprices")) or any(
        isinstance(value, list) and key.endswith("detaillist") for key, value in found.items()
    )


def _own_lines(header: dict) -> Iterator[dict]:
    """The lines that an order carries inside itself, which may leave its number out."""
    for value in header.values():
        if isinstance(value, list):
            yield from (line for line in value if isinstance(line, dict) and "wareid" in line)


def _refuse_errors(content: object) -> None:
    for found in _objects(content):
        failed = found.get("success") is False or "errorresponse" in found
        if failed:
            answer = found.get("errorresponse", found)
            reason = _text(answer, "resultmessage", "zhdesc", "endesc", "msg") if isinstance(answer, dict) else ""
            message = f"JD answered with an error ({reason or 'no reason given'}); ask JD's API again."
            raise Unreadable("SOURCE_REFUSED", "", message)


def _text(facts: dict, *names: str) -> str:
    for name in names:
        value = facts.get(name)
        if value not in (None, "") and not isinstance(value, dict | list | bool):
            return clean(str(value))
    return ""
