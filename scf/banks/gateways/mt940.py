"""SWIFT customer statements MT940 and interim reports MT942.

Read line by line, whatever envelope, blank lines or missing fields a bank
puts around them: a statement begins at field 20, or where a field comes that
only a new one can have. What is not in the form of its field is noted.
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from scf.domain.money import exponent

from .base import StatementEntry
from .readings import Reading, plain

FIELD = re.compile(r"^(?:\{[0-9]:[^\n]*?)?:(?P<tag>[0-9]{2}[A-Z]?):(?P<text>.*)$")
KNOWN = frozenset("20 21 25 25P 28 28C 60F 60M 61 62F 62M 64 65 86 34F 13 13D 90D 90C".split())
END = re.compile(r"^-(?:\}.*|X+)?\s*$")
BALANCE = re.compile(r"(?P<mark>[CD])(?P<day>[0-9]{6})(?P<currency>[A-Z]{3})(?P<amount>[0-9]*[,.]?[0-9]*)")
LINE = re.compile(
    r"(?P<value>[0-9]{6})(?P<entry>[0-9]{4}|\s{4})?\s*(?P<mark>RC|RD|EC|ED|C|D)(?P<funds>[A-Z])?"
    r"(?P<amount>[0-9]+(?:[,.][0-9]*)?|[,.][0-9]+)(?P<type>[NFS][A-Z0-9]{3})?(?P<rest>.*)",
    re.DOTALL,
)
SUBFIELD = re.compile(r"\?(?P<code>[0-9]{2})(?P<text>[^?]*)")
INTERIM = ("34F", "13D", "90D", "90C")
BEGINS = ("20", "60F")
END_TO_END = re.compile(r"(?:EREF[+:]|/EREF/)\s*(?P<id>[^?/\s+]{1,35})")
NOT_GIVEN = ("NONREF", "NOTPROVIDED", "")


def looks_like(text: str) -> bool:
    """Whether there is at least one field of such a message."""
    return any((found := FIELD.match(line)) and found["tag"] in KNOWN for line in text.splitlines())


def read_mt940(text: str, *, keep: bool = False) -> Iterator[Reading]:
    """Every statement of the text; `keep` keeps the movements too."""
    message: _Message | None = None
    has_ended = False
    for tag, content in _fields(text):
        if tag == "-":
            has_ended = True
            continue
        if message is None or (tag in BEGINS and tag in message.seen) or (tag == "20" and message.seen):
            if message is not None:
                yield message.finished()
            message, has_ended = _Message(keep), False
        message.take(tag, content, has_ended)
    if message is not None:
        yield message.finished()


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """Tag and text of each field, its further lines with it; "-" where a message ends."""
    tag, lines = "", [""]
    for line in text.splitlines():
        found = FIELD.match(line)
        if found and found["tag"] in KNOWN:
            if tag:
                yield tag, "\n".join(lines)
            tag, lines = found["tag"], [found["text"].rstrip()]
        elif END.match(line):
            if tag:
                yield tag, "\n".join(lines)
            yield "-", ""
            tag = ""
        elif tag:
            lines.append(line.rstrip())
    if tag:
        yield tag, "\n".join(lines)


class _Message:
    """One statement while its fields pass by."""

    def __init__(self, keep: bool) -> None:
        self.reading = Reading(format="MT940")
        self.seen: list[str] = []
        self._keep = keep
        self._opened_on: date | None = None
        self._closed_on: date | None = None
        self._days: list[date] = []

    def take(self, tag: str, text: str, has_ended: bool) -> None:
        """Read one field."""
        reading = self.reading
        self.seen.append(tag)
        if tag in INTERIM:
            reading.format = "MT942"
        if tag in ("25", "25P"):
            reading.account = text.strip().splitlines()[0].strip() if text.strip() else ""
        elif tag in ("28", "28C"):
            reading.statement_id = text.strip().split("\n")[0]
        elif tag in ("60F", "60M"):
            reading.opening, self._opened_on = self._balance(tag, text)
        elif tag in ("62F", "62M"):
            reading.closing, self._closed_on = self._balance(tag, text)
        elif tag == "61":
            self._line(text, has_ended)
        elif tag == "86" and self.seen[-2:-1] in (["61"], ["86"]) and reading.movements:
            self._describe(text)
        elif tag == "34F" and not reading.currency:
            reading.currency = text[:3]

    def _balance(self, tag: str, text: str) -> tuple[Decimal | None, date | None]:
        found = BALANCE.match(text.strip())
        amount = _decimal(found["amount"]) if found else None
        if found is None or amount is None:
            self.reading.note("LINE_UNREADABLE", tag, text=text[:60], tag=tag)
            return None, None
        currency = found["currency"]
        self.reading.currency = self.reading.currency or currency
        self.reading.balance_currencies.add(currency)
        self._check_decimals(amount, currency, tag)
        return (-amount if found["mark"] == "D" else amount), self._day(found["day"], tag)

    def _check_decimals(self, amount: Decimal, currency: str, where: str) -> None:
        if amount.scaleb(exponent(currency)) % 1:
            self.reading.note("AMOUNT_TOO_FINE", where, text=plain(amount), currency=currency)

    def _day(self, written: str, where: str, near: date | None = None) -> date | None:
        """YYMMDD, or MMDD in the year that is nearest to `near`."""
        try:
            if near is None:
                return date(2000 + int(written[:2]), int(written[2:4]), int(written[4:6]))
            years = (near.year - 1, near.year, near.year + 1)
            days = [date(year, int(written[:2]), int(written[2:4])) for year in years if _exists(year, written)]
            return min(days, key=lambda day: abs(day - near))
        except ValueError:
            self.reading.note("DATE_UNREADABLE", where, text=written)
            return None

    def _line(self, text: str, has_ended: bool) -> None:
        reading = self.reading
        where = f"61 no. {reading.entries + 1}"
        found = LINE.match(text)
        amount = _decimal(found["amount"]) if found else None
        if found is None or amount is None:
            reading.note("LINE_UNREADABLE", where, text=text[:60], tag="61")
            return
        if has_ended:
            reading.note("AFTER_END", where)
        mark = found["mark"]
        signed = amount if mark in ("C", "RD", "EC") else -amount
        self._check_decimals(amount, reading.currency, where)
        valued_on = self._day(found["value"], where)
        entered = (found["entry"] or "").strip()
        booked_on = (
            self._day(entered, where, valued_on or self._opened_on) if entered and self._near(valued_on) else None
        )
        day = booked_on or valued_on or self._opened_on
        if day is not None:
            self._days.append(day)
        is_booked = mark[0] != "E"
        reading.count(signed, reading.currency, is_booked=is_booked, transactions=1)
        if day is None:
            reading.note("DAY_MISSING", where)
        elif self._keep:
            places = exponent(reading.currency)
            own, _slashes, banks = found["rest"].split("\n")[0].partition("//")
            reading.movements.append(
                StatementEntry(
                    reference="" if banks.strip() in NOT_GIVEN else banks.strip(),
                    amount_minor=int(signed.scaleb(places)), currency=reading.currency, booking_date=day,
                    value_date=valued_on or day, remittance=" ".join(found["rest"].split("\n")[1:]).strip(),
                    end_to_end_id="" if own.strip() in NOT_GIVEN else own.strip(), is_reversal=mark[0] == "R",
                    is_booked=is_booked,
                )
            )  # fmt: skip

    def _near(self, valued_on: date | None) -> bool:
        return bool(valued_on or self._opened_on)

    def _describe(self, text: str) -> None:
        """Field 86: who and why, structured by ?NN where the bank does that."""
        entry = self.reading.movements[-1]
        joined = text.replace("\n", "")
        parts: dict[str, str] = {}
        for found in SUBFIELD.finditer(joined):
            parts[found["code"]] = parts.get(found["code"], "") + found["text"]
        purpose = "".join(text for code, text in sorted(parts.items()) if "20" <= code <= "29" or "60" <= code <= "63")
        named = END_TO_END.search(purpose or joined)
        self.reading.movements[-1] = StatementEntry(
            reference=entry.reference, amount_minor=entry.amount_minor, currency=entry.currency,
            booking_date=entry.booking_date, value_date=entry.value_date,
            end_to_end_id=named["id"] if named else entry.end_to_end_id,
            remittance=" ".join(filter(None, (entry.remittance, (purpose or text.replace("\n", " ")).strip()))),
            counterparty_name=(parts.get("32", "") + parts.get("33", "")).strip(),
            counterparty_account=parts.get("31", "").strip(), is_reversal=entry.is_reversal, is_booked=entry.is_booked,
        )  # fmt: skip

    def finished(self) -> Reading:
        """The whole, with what only the whole can show."""
        reading = self.reading
        days = [day for day in (self._opened_on, self._closed_on) if day]
        reading.from_date, reading.to_date = self._opened_on, self._closed_on
        if not days and self._days:
            reading.from_date, reading.to_date = min(self._days), max(self._days)
        if "20" not in self.seen:
            reading.note("TAG_MISSING", "", tag="20")
        if not reading.statement_id:
            reading.note("ID_MISSING")
        if not reading.currency:
            reading.note("CURRENCY_MISSING")
        return reading.finish()


def _decimal(written: str) -> Decimal | None:
    plain_text = written.replace(",", ".")
    return Decimal(plain_text) if re.fullmatch(r"[0-9]{1,18}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}", plain_text) else None


def _exists(year: int, written: str) -> bool:
    try:
        date(year, int(written[:2]), int(written[2:4]))
    except ValueError:
        return False
    return True
