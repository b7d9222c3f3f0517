"""One statement of a camt message while its entries pass by."""

from datetime import date
from decimal import Decimal

from lxml import etree

from scf.domain.money import exponent

from ..readings import ZERO, Reading, plain
from . import camt_entries, xml
from .camt_entries import BOOKED
from .pain import read_account
from .xml import MessageUnreadable, find, text

# In order of trust: booked at the edge of the period, then of the day before.
OPENINGS, CLOSINGS = ("OPBD", "PRCD"), ("CLBD",)
Fields = tuple[etree._Element | None, str]  # of one transaction: its amount, CRDT or DBIT or ""


class Container:
    """One statement while its entries pass by."""

    def __init__(self, element: etree._Element, kind: str, keep: bool) -> None:
        self.element = element
        self.reading = Reading(format=kind)
        self._keep = keep
        self._at = ""  # where we are, if not at an entry
        self._last: etree._Element | None = None
        self._fallback: date | None = None
        self._has_header = False
        namespace = etree.QName(element).namespace
        prefix = f"{{{namespace}}}" if namespace else ""
        self.entry_tag = f"{prefix}Ntry"
        self._tags = {f"{prefix}{name}": name for name in camt_entries.COUNTED}
        self._detail, self._code = f"{prefix}TxDtls", f"{prefix}Cd"
        self._inside = {f"{prefix}{name}": name for name in ("Amt", "CdtDbtInd", "AmtDtls")}
        self._nested_amount = f"{prefix}TxAmt/{prefix}Amt"
        self._days: dict[str, date] = {}  # as banks write them; a statement has few

    def _where(self) -> str:
        return self._at or f"entry {self.reading.entries + 1}"

    def _note(self, code: str, **facts: object) -> None:
        self.reading.note(code, self._where(), **facts)

    def entry(self, element: etree._Element) -> None:
        """Count one booking, keep its movements if they are wanted, and let go of the one before."""
        if not self._has_header:
            self._read_header()
        reading, tags = self.reading, self._tags
        fields: dict[str, etree._Element] = {}
        details: list[Fields] = []
        for child in element:
            name = tags.get(child.tag)
            if name == "NtryDtls":
                details += [self._fields_of(detail) for detail in child if detail.tag == self._detail]
            elif name is not None:
                fields.setdefault(name, child)
        amount, currency = self._amount_of(fields.get("Amt"), details)
        amount = self._signed(amount, fields.get("CdtDbtInd"), details)
        if details:
            self._check_details(details, amount, currency)
        if "BookgDt" in fields:
            self._day(fields["BookgDt"])
        else:
            self._note("BOOKING_DATE_MISSING")
        if "ValDt" in fields:
            self._day(fields["ValDt"])
        if self._keep:
            self._keep_movements(element)
        reading.count(amount, currency, is_booked=self._is_booked(fields.get("Sts")), transactions=len(details))
        if self._last is not None:
            self.element.remove(self._last)  # not the entry itself: the parser still stands on it
        self._last = element

    def _fields_of(self, detail: etree._Element) -> Fields:
        """Amount and direction of one transaction. One walk over its children: a search for each costs more."""
        amount = nested = direction = None
        for child in detail:
            name = self._inside.get(child.tag)
            if name == "Amt":
                amount = child
            elif name == "CdtDbtInd":
                direction = child.text
            elif name == "AmtDtls":
                nested = child
        if amount is None and nested is not None:
            amount = nested.find(self._nested_amount)
        return amount, (direction or "").strip()

    def _keep_movements(self, element: etree._Element) -> None:
        try:
            self.reading.movements += camt_entries.movements(element, self._fallback)
        except MessageUnreadable as problem:
            code = str(problem.detail.get("code", "AMOUNT_UNREADABLE"))
            where = self._where()
            is_known = any(f.where == where and f.code.startswith("AMOUNT") for f in self.reading.findings)
            if code == "DAY_MISSING" or not is_known:
                self._note(code, text=problem.detail.get("text", ""))

    def _amount_of(self, element: etree._Element | None, details: list[Fields]) -> tuple[Decimal, str]:
        """The entry's amount as it is written; a missing or unreadable one counts as nothing and is noted."""
        if element is None and len(details) == 1:
            element = details[0][0]
        if element is None:
            self._note("AMOUNT_MISSING")
            return ZERO, self.reading.currency
        written, currency = (element.text or "").strip(), element.get("Ccy", "")
        if not xml.AMOUNT.fullmatch(written):
            self._note("AMOUNT_UNREADABLE", text=written[:40])
            return ZERO, currency
        if written.startswith("-"):
            self._note("AMOUNT_NEGATIVE", text=written)
        self.reading.currency = self.reading.currency or currency
        return self._exact(written, currency), currency

    def _exact(self, written: str, currency: str) -> Decimal:
        amount = Decimal(written)
        if len(written.partition(".")[2]) > exponent(currency) and xml.is_too_fine(amount, currency):
            self._note("AMOUNT_TOO_FINE", text=plain(amount), currency=currency)
        return amount

    def _signed(self, amount: Decimal, indicator: etree._Element | None, details: list[Fields]) -> Decimal:
        said = (indicator.text or "").strip() if indicator is not None else ""
        if not said and details and details[0][1]:
            said = details[0][1]
            self._note("DIRECTION_IN_DETAILS")
        if said == "DBIT":
            return -amount
        if said != "CRDT":
            self._note("DIRECTION_MISSING")
        return amount

    def _check_details(self, details: list[Fields], amount: Decimal, currency: str) -> None:
        """Whether the parts make the whole, where every part names its amount in the currency of the whole."""
        total, own = ZERO, "DBIT" if amount < 0 else "CRDT"
        for found, direction in details:
            written = (found.text or "").strip() if found is not None and found.get("Ccy") == currency else ""
            if not xml.AMOUNT.fullmatch(written):
                return
            total += -Decimal(written) if (direction or own) == "DBIT" else Decimal(written)
        if total != amount:
            self._note("DETAILS_DIFFER", details=plain(total), entry=plain(amount))

    def _day(self, element: etree._Element | None) -> date | None:
        if element is None:
            return None
        written = element[0].text if len(element) else element.text
        if written is not None and (known := self._days.get(written)):
            return known
        try:
            found = xml.day(element, lambda odd: self._note("TIME_UNREADABLE", text=odd))
        except MessageUnreadable as problem:
            self._note("DATE_UNREADABLE", text=problem.detail.get("text", ""))
            return None
        if found and written is not None and xml.PLAIN_DAY.fullmatch(written):
            self._days[written] = found
        return found

    def _is_booked(self, status: etree._Element | None) -> bool:
        if status is None:
            return True
        code = status[0] if len(status) else status
        if code is not status and code.tag != self._code:
            return False  # a word of the bank's own; the standard's for booked is BOOK
        return (code.text or "").strip() in (BOOKED, "")

    def _read_header(self) -> None:
        """What stands before the entries, or all there is if there are none."""
        self._has_header = True
        element, reading = self.element, self.reading
        reading.statement_id = text(element, "Id")
        reading.account = read_account(find(element, "Acct"))
        reading.currency = text(element, "Acct/Ccy")
        self._at = "Bal"
        balances = list(xml.children(element, "Bal"))
        reading.opening = self._balance(balances, OPENINGS)
        reading.closing = self._balance(balances, CLOSINGS)
        known = [day for balance in balances if (day := self._day(find(balance, "Dt")))]
        self._at = "FrToDt"
        first, last = (self._day(find(element, f"FrToDt/{end}")) for end in ("FrDtTm", "ToDtTm"))
        self._at = "CreDtTm"
        self._fallback = next(filter(None, (*known, last, self._day(find(element, "CreDtTm")))), None)
        self._at = ""
        if known and reading.is_statement:
            first, last = first or min(known), last or max(known)
        reading.from_date, reading.to_date = first, last
        if not reading.statement_id:
            reading.note("ID_MISSING")

    def _balance(self, balances: list[etree._Element], types: tuple[str, ...]) -> Decimal | None:
        """The first balance of the wanted types; a missing indicator means credit."""
        for wanted in types:
            for balance in balances:
                amount = find(balance, "Amt")
                if text(balance, "Tp/CdOrPrtry/Cd") != wanted or amount is None:
                    continue
                written, currency = (amount.text or "").strip(), amount.get("Ccy", "")
                if not xml.AMOUNT.fullmatch(written):
                    self._note("AMOUNT_UNREADABLE", text=written[:40])
                    return None
                self.reading.currency = self.reading.currency or currency
                self.reading.balance_currencies.add(currency)
                exact = self._exact(written, currency)
                return -exact if text(balance, "CdtDbtInd") == "DBIT" else exact
        return None

    def finished(self) -> Reading:
        """The whole, with what only the whole can show."""
        if not self._has_header:
            self._read_header()
        message = self.element.getparent()
        if find(message, "GrpHdr") is None:
            self.reading.note("GROUP_HEADER_MISSING")
        pages = find(message, "GrpHdr/MsgPgntn")
        pages = pages if pages is not None else find(self.element, "StmtPgntn")
        if text(pages, "LastPgInd") in ("false", "0"):
            self.reading.note("NOT_LAST_PAGE")
        self._check_summary()
        return self.reading.finish()

    def _check_summary(self) -> None:
        """What the bank itself counted."""
        reading = self.reading
        counted = {
            "TtlNtries/NbOfNtries": Decimal(reading.entries),
            "TtlCdtNtries/Sum": reading.credits,
            "TtlDbtNtries/Sum": reading.debits,
        }
        for path, ours in counted.items():
            said = text(self.element, f"TxsSummry/{path}")
            if said and xml.AMOUNT.fullmatch(said) and abs(Decimal(said)) != ours:
                reading.note("SUMMARY_DIFFERS", "TxsSummry", stated=said, what=path, counted=plain(ours))
