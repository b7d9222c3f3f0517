"""What a file says of one account: exact sums, findings, and the movements where they are wanted.

Sums are Decimals, not minor units: a bank may write more decimals than its
currency has, and the sum of what it wrote is still exact.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from scf.domain.money import exponent

from .base import StatementEntry
from .findings import Finding

FINDINGS_MAX_PER_CODE = 20
STATEMENT_FORMATS = frozenset({"camt.053", "MT940", "CSV", "XLS", "XLSX", "OFX", "HTML"})
ZERO = Decimal(0)


@dataclass(slots=True)
class Reading:
    """One statement or notification of a file.

    file           as it was named; a part of an archive as archive!part
    format         camt.052, camt.053, camt.054, MT940, MT942, CSV, XLS, XLSX, HTML, OFX; "" for what is unreadable
    entries        bookings as the bank counts them, a batch as one
    transactions   the payments inside them that the file tells one by one
    credits, debits  sums of all entries, whether booked or only announced; both without sign
    booked, pending  how many entries are booked, how many only announced or not carried out
    movements      filled where the reader was asked to keep them
    """

    format: str
    file: str = ""
    account: str = ""
    currency: str = ""
    statement_id: str = ""
    from_date: date | None = None
    to_date: date | None = None
    opening: Decimal | None = None
    closing: Decimal | None = None
    entries: int = 0
    transactions: int = 0
    credits: Decimal = ZERO
    debits: Decimal = ZERO
    booked: int = 0
    pending: int = 0
    continues_previous: bool | None = None
    findings: list[Finding] = field(default_factory=list)
    movements: list[StatementEntry] = field(default_factory=list)
    booked_net: Decimal = ZERO
    currencies: set[str] = field(default_factory=set)
    balance_currencies: set[str] = field(default_factory=set)
    _noted: Counter[str] = field(default_factory=Counter)

    def note(self, code: str, where: str = "", **facts: object) -> None:
        """Record a departure; of each kind only the first ones, and in the end how many more there were."""
        self._noted[code] += 1
        if self._noted[code] <= FINDINGS_MAX_PER_CODE:
            self.findings.append(Finding(code, where, {name: str(value) for name, value in facts.items()}))

    def count(self, amount: Decimal, currency: str, *, is_booked: bool, transactions: int) -> None:
        """Add an entry to the sums; a debit is negative."""
        self.entries += 1
        self.transactions += transactions
        self.currencies.add(currency)
        if amount < 0:
            self.debits -= amount
        else:
            self.credits += amount
        if is_booked:
            self.booked += 1
            self.booked_net += amount
        else:
            self.pending += 1

    @property
    def is_statement(self) -> bool:
        """Whether it is final news of an account, on which money may be booked."""
        return self.format in STATEMENT_FORMATS

    @property
    def is_importable(self) -> bool:
        """A statement without a finding that forbids to book on it."""
        return self.is_statement and not any(finding.is_blocking for finding in self.findings)

    @property
    def is_of_one_currency(self) -> bool:
        """Whether balances and entries are in the currency of the account."""
        return self.currencies | self.balance_currencies <= {self.currency}

    @property
    def ties_out(self) -> bool | None:
        """Whether opening + booked entries = closing; None without both balances."""
        if self.opening is None or self.closing is None:
            return None
        return self.is_of_one_currency and self.opening + self.booked_net == self.closing

    def adopt(self, account: str, currency: str = "") -> None:
        """Take a person's word for the account, and its currency, where the file names none."""
        if not self.account:
            self.account = account
        settled = {"ACCOUNT_MISSING"}
        if currency and not self.currency and exponent(currency) == exponent(""):  # movements were scaled without one
            self.currency = currency
            self.currencies = {currency if each == "" else each for each in self.currencies}
            settled |= {"CURRENCY_MISSING"}
        self.findings = [finding for finding in self.findings if finding.code not in settled]

    def finish(self) -> "Reading":
        """Say what the whole shows: mixed currencies, missing balances, sums that differ."""
        others = sorted((self.currencies | self.balance_currencies) - {self.currency})
        if not self.is_of_one_currency:
            self.note("CURRENCY_MIXED", account=self.currency or "?", others=", ".join(others))
        if self.is_statement:
            missing = [name for name in ("opening", "closing") if getattr(self, name) is None]
            if len(missing) == 2:
                self.note("NO_BALANCES")
            elif missing:
                self.note(f"{missing[0].upper()}_MISSING")
            if not self.account:
                self.note("ACCOUNT_MISSING")
        if self.ties_out is False and self.opening is not None:
            self.note(
                "DOES_NOT_TIE_OUT",
                opening=plain(self.opening), entries=plain(self.booked_net),
                made=plain(self.opening + self.booked_net), closing=plain(self.closing),
            )  # fmt: skip
        for code, times in list(self._noted.items()):
            if times > FINDINGS_MAX_PER_CODE:
                more = {"count": str(times - FINDINGS_MAX_PER_CODE), "kind": code}
                self.findings.append(Finding("MORE", "", more))
        return self

    def as_json(self) -> dict[str, object]:
        """The object that the command prints; sums as decimal strings, nothing said as null."""
        return {
            "file": self.file,
            "format": self.format or None,
            "account": self.account or None,
            "currency": self.currency or None,
            "statement_id": self.statement_id or None,
            "from": self.from_date.isoformat() if self.from_date else None,
            "to": self.to_date.isoformat() if self.to_date else None,
            "opening": None if self.opening is None else plain(self.opening),
            "closing": None if self.closing is None else plain(self.closing),
            "entries": self.entries,
            "transactions": self.transactions,
            "credits": plain(self.credits),
            "debits": plain(self.debits),
            "booked": self.booked,
            "pending": self.pending,
            "ties_out": self.ties_out,
            "continues_previous": self.continues_previous,
            "findings": [finding.as_json() for finding in self.findings],
        }


def plain(amount: Decimal | None) -> str:
    """A decimal without exponent, as it was written."""
    return "" if amount is None else f"{amount:f}"


def unreadable(why: str, *, file: str = "", kind: str = "") -> Reading:
    """A file that says nothing of an account."""
    reading = Reading(format=kind, file=file)
    reading.note("UNREADABLE", why=why[:200])
    return reading
