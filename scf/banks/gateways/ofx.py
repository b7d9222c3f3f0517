"""OFX, the SGML of old and the XML of new: account, currency, movements, ledger balance.

Only what is needed is read, by a walk over tags in which leaves need no end:
files in the wild are neither good SGML nor good XML.
"""

import html
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from scf.domain.money import exponent

from .base import StatementEntry
from .readings import Reading, plain

TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z0-9.]+)[^<>]*>(?P<text>[^<]*)")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
STATEMENTS = ("STMTRS", "CCSTMTRS")
AMOUNT = re.compile(r"[+-]?[0-9]{1,18}(?:[.,][0-9]{0,9})?|[+-]?[.,][0-9]{1,9}")


def looks_like(head: bytes) -> bool:
    """Whether it begins as OFX does."""
    upper = head[:1000].upper()
    return upper.startswith(b"OFXHEADER") or b"<OFX>" in upper or b"<?OFX" in upper


def read_ofx(text: str, *, keep: bool = False) -> Iterator[Reading]:
    """Every account of the file."""
    statement: _Statement | None = None
    found = 0
    for match in TAG.finditer(COMMENT.sub("", text)):
        name = match["name"].upper()
        if name in STATEMENTS:
            if match["end"] and statement is not None:
                found += 1
                yield statement.finished()
            statement = None if match["end"] else _Statement(keep)
        elif statement is not None:
            statement.take(name, bool(match["end"]), html.unescape(match["text"]).strip())
    if statement is not None:
        found += 1
        yield statement.finished()
    if not found:
        reading = Reading(format="OFX")
        reading.note("EMPTY")
        yield reading


class _Statement:
    """One account while its tags pass by."""

    def __init__(self, keep: bool) -> None:
        self.reading = Reading(format="OFX")
        self._keep = keep
        self._entry: dict[str, str] | None = None
        self._in_ledger = False
        self._is_counterparty = False
        self._days: list[date] = []

    def take(self, name: str, is_end: bool, text: str) -> None:
        """Read one tag."""
        if name == "STMTTRN":
            if self._entry is not None:
                self._count(self._entry)
            self._entry = None if is_end else {}
        elif self._entry is not None:
            if not is_end:
                self._entry.setdefault(name, text)
        elif name == "LEDGERBAL":
            self._in_ledger = not is_end
        elif not is_end:
            self._fact(name, text)

    def _fact(self, name: str, text: str) -> None:
        reading = self.reading
        if name == "CURDEF":
            reading.currency = text.upper()[:3]
        elif name == "ACCTID" and not reading.account:
            reading.account = text
        elif name == "DTSTART" and text:
            reading.from_date = self._day(text, name)
        elif name == "DTEND" and text:
            reading.to_date = self._day(text, name)
        elif name == "BALAMT" and self._in_ledger:
            reading.closing = self._amount(text, name)
            reading.balance_currencies.add(reading.currency)

    def _day(self, text: str, where: str) -> date | None:
        try:
            return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
        except ValueError:
            self.reading.note("DATE_UNREADABLE", where, text=text[:40])
            return None

    def _amount(self, text: str, where: str) -> Decimal | None:
        if not AMOUNT.fullmatch(text):
            self.reading.note("AMOUNT_UNREADABLE" if text else "AMOUNT_MISSING", where, text=text[:40])
            return None
        return Decimal(text.replace(",", "."))

    def _count(self, facts: dict[str, str]) -> None:
        reading = self.reading
        where = f"STMTTRN no. {reading.entries + 1}"
        amount = self._amount(facts.get("TRNAMT", ""), where) or Decimal(0)
        if amount.scaleb(exponent(reading.currency)) % 1:
            reading.note("AMOUNT_TOO_FINE", where, text=plain(amount), currency=reading.currency)
        day = self._day(facts["DTPOSTED"], where) if facts.get("DTPOSTED") else None
        if day is None:
            reading.note("DAY_MISSING", where)
        else:
            self._days.append(day)
        reading.count(amount, reading.currency, is_booked=True, transactions=1)
        if self._keep and day is not None:
            valued_on = self._day(facts["DTUSER"], where) if facts.get("DTUSER") else None
            reading.movements.append(
                StatementEntry(
                    reference=facts.get("FITID", ""), amount_minor=int(amount.scaleb(exponent(reading.currency))),
                    currency=reading.currency, booking_date=day, value_date=valued_on or day,
                    remittance=facts.get("MEMO", "") or facts.get("NAME", ""), counterparty_name=facts.get("NAME", ""),
                    counterparty_account=facts.get("ACCTID", ""),
                )
            )  # fmt: skip

    def finished(self) -> Reading:
        """The whole, with what only the whole can show."""
        if self._entry:
            self._count(self._entry)
            self._entry = None
        reading = self.reading
        if not reading.from_date and self._days:
            reading.from_date = min(self._days)
        if not reading.to_date and self._days:
            reading.to_date = max(self._days)
        if not reading.currency:
            reading.note("CURRENCY_MISSING")
        return reading.finish()
