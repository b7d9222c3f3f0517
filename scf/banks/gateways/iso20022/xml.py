"""Reading strangers' XML safely, and writing our own.

Elements are found by local name, because every bank has its own prefix and
version. No document type, no entities, no network, bounded size and depth.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal

from lxml import etree

from scf.domain.errors import DomainError
from scf.domain.money import AmountUnreadable, Money, exponent

BYTES_MAX = 50 * 1024 * 1024
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
KINDS = {
    "CstmrCdtTrfInitn": "pain.001",
    "CstmrPmtStsRpt": "pain.002",
    "BkToCstmrAcctRpt": "camt.052",
    "BkToCstmrStmt": "camt.053",
    "BkToCstmrDbtCdtNtfctn": "camt.054",
    "RsltnOfInvstgtn": "camt.029",
    "FIToFIPmtCxlReq": "camt.056",
    "FIToFIPmtStsRpt": "pacs.002",
    "PmtRtr": "pacs.004",
    "InvcFincgReq": "tsin.001",
    "InvcFincgReqSts": "tsin.002",
    "InvcFincgCxlReq": "tsin.003",
}
OLD_VERSION = re.compile(r"V[0-9]{2}")  # the first versions end the name of the message so
AMOUNT = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{0,9})?|[+-]?\.[0-9]{1,9}")
PLAIN_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TIME = re.compile(r"T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?")


class MessageUnreadable(DomainError):
    """A bank's message is not what it should be; `where` in the detail says where."""

    code = "BANK_MESSAGE_UNREADABLE"


def parse(content: bytes, *kinds: str) -> etree._Element:
    """The message element (the one below Document). Raises MessageUnreadable where it is none of `kinds`."""
    root = parse_any(content)
    for element in root.iter(etree.Element):
        if kind_of_element(element) in kinds:
            return element
    raise MessageUnreadable(f"this is not a {' or '.join(kinds)}", where=local(root))


def parse_any(content: bytes) -> etree._Element:
    """The root of any document, without document type, entities or network. Raises MessageUnreadable."""
    refuse_size(content)
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(stripped(content), parser)
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise MessageUnreadable("this is not well-formed XML", where=str(problem)[:200]) from problem
    refuse_doctype(root)
    return root


def refuse_size(content: bytes) -> None:
    """Raises MessageUnreadable for what is too large to be held at once."""
    if len(content) > BYTES_MAX:
        raise MessageUnreadable("the message is too large", bytes_max=BYTES_MAX)


def refuse_doctype(element: etree._Element) -> None:
    """Raises MessageUnreadable where the document has a document type, which is where entities come from."""
    if element.getroottree().docinfo.doctype:  # type: ignore[attr-defined]  # missing in the stubs
        raise MessageUnreadable("a bank's message has no document type", where="DOCTYPE")


def stripped(content: bytes) -> bytes:
    """Without what some banks put before the declaration: blank lines, a byte-order mark behind them."""
    content = content.strip()
    return content.removeprefix(b"\xef\xbb\xbf").lstrip()


def kind_of_element(element: etree._Element) -> str:
    """pain.001 and so on for the element below Document, whatever its version; else ""."""
    return KINDS.get(OLD_VERSION.sub("", local(element)), "")


def is_too_fine(amount: Decimal, currency: str) -> bool:
    """Whether it has more decimals than its currency, zeros at the end left aside."""
    return bool(amount.scaleb(exponent(currency)) % 1)


def kind_of(content: bytes) -> str:
    """Such as pain.001 or camt.053, one of KINDS. Raises MessageUnreadable."""
    return kind_of_element(parse(content, *KINDS.values()))


def local(element: etree._Element) -> str:
    """The element's name without namespace."""
    return etree.QName(element).localname


def children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """The direct children of that name."""
    return (child for child in element.iterchildren(etree.Element) if local(child) == name)


def find(element: etree._Element | None, path: str) -> etree._Element | None:
    """The first element down `path`, such as Acct/Id/IBAN; None where a step is missing."""
    for name in path.split("/"):
        if element is None:
            return None
        element = next(children(element, name), None)
    return element


def text(element: etree._Element | None, *paths: str) -> str:
    """The text at the first of `paths` that has one; "" where none has."""
    for path in paths:
        found = find(element, path)
        if found is not None and found.text and found.text.strip():
            return found.text.strip()
    return ""


def amount(element: etree._Element) -> Money:
    """An Amt element as money, exactly. Raises MessageUnreadable."""
    written, currency = (element.text or "").strip(), element.get("Ccy", "")
    try:
        return Money.of(written, currency)
    except AmountUnreadable as problem:
        raise MessageUnreadable(problem.message, where=f"line {element.sourceline}", text=written) from problem


def day(element: etree._Element | None, on_odd_time: Callable[[str], None] | None = None) -> date | None:
    """A choice of date and time as its date. The time of day is left alone; `on_odd_time` hears of one in no form."""
    if element is None:
        return None
    written = (element.text or "").strip() or text(element, "Dt", "DtTm", "DtTm/Dt")
    try:
        found = date.fromisoformat(written[:10]) if written else None
    except ValueError as problem:
        raise MessageUnreadable("this is not a date", text=written[:40], code="DATE_UNREADABLE") from problem
    if on_odd_time and len(written) > 10 and not TIME.fullmatch(written[10:]):
        on_odd_time(written[:40])
    return found


class Writer:
    """Builds one message of a given version.

    `put(parent, "A/B/C", text)` walks down, making what is missing, and always
    makes the last step anew.
    """

    def __init__(self, version: str, message: str) -> None:
        self._namespace = NAMESPACE + version
        self.document = etree.Element(f"{{{self._namespace}}}Document", nsmap={None: self._namespace})  # type: ignore[dict-item]
        self.message = self.put(self.document, message)

    def put(self, parent: etree._Element, path: str, content: str | None = None, **attributes: str) -> etree._Element:
        """Add an element; `content` is its text."""
        *steps, last = path.split("/")
        for name in steps:
            existing = next((child for child in children(parent, name)), None)
            parent = existing if existing is not None else etree.SubElement(parent, f"{{{self._namespace}}}{name}")
        element = etree.SubElement(parent, f"{{{self._namespace}}}{last}", attributes)
        element.text = content
        return element

    def money(self, parent: etree._Element, path: str, money: Money) -> None:
        """Add an amount without sign."""
        self.put(parent, path, f"{abs(money.amount):f}", Ccy=money.currency)

    def header(self, *, message_id: str, at: datetime) -> etree._Element:
        """Add the group header with its two first fields."""
        header = self.put(self.message, "GrpHdr")
        self.put(header, "MsgId", message_id)
        self.put(header, "CreDtTm", at.isoformat(timespec="seconds"))
        return header

    def done(self) -> bytes:
        """The finished message."""
        return etree.tostring(self.document, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def decimal_text(money: Money) -> str:
    """The amount with a point and no sign, as control sums want it."""
    return f"{abs(Decimal(money.amount)):f}"
