"""Bank statements of lenders' accounts: each taken once, money never twice.

What comes in on a collection account may be a repayment (servicing.receiving). What leaves a lending account is the
bank's proof of payments (effects.prove), and its credits are nobody's repayments.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from scf.documents.models import StoredFile
from scf.documents.services import store_file
from scf.domain.errors import DomainError
from scf.domain.money import exponent
from scf.parties import refusals
from scf.parties.models import BankAccount, Membership, Organisation

from ..gateways.base import StatementEntry as ReadEntry
from ..gateways.findings import SENTENCES, Finding
from ..gateways.readings import Reading
from ..gateways.statement_files import read_bytes
from ..models import Statement, StatementEntry
from . import statement_chain
from .statement_matching import content_hash, match

FINDINGS_KEPT_MAX = 60
MEDIA_TYPES = {
    "camt.053": "application/xml", "CSV": "text/csv", "MT940": "text/plain", "OFX": "application/x-ofx",
    "HTML": "text/html", "XLS": "application/vnd.ms-excel",
    "XLSX": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


class StatementUnreadable(DomainError):
    """The file is not a bank statement that can be read."""

    code = "STATEMENT_UNREADABLE"


class AccountUnknown(DomainError):
    """The statement is of an account that no lender here collects on."""

    code = "ACCOUNT_UNKNOWN"


class AccountNotNamed(DomainError):
    """The file does not say of which account it is, and nobody else did."""

    code = "STATEMENT_ACCOUNT_MISSING"


class StatementOutOfBalance(DomainError):
    """Opening balance and entries do not make the closing balance."""

    code = "STATEMENT_OUT_OF_BALANCE"


class StatementDoubtful(DomainError):
    """Something in the statement can be read in more than one way, or not at all."""

    code = "STATEMENT_DOUBTFUL"


refusals.register(
    {
        "STATEMENT_UNREADABLE": _("This file is not a bank statement that can be read: %(why)s Export it again."),
        "ACCOUNT_UNKNOWN": _(
            "No lender here collects on account %(account)s. Choose the statement of another account."
        ),
        "STATEMENT_ACCOUNT_MISSING": _("This file does not name its account. Choose the account and upload it again."),
        "STATEMENT_OUT_OF_BALANCE": _(
            "Statement %(statement)s does not add up: opening %(opening)s and entries %(entries)s do not make "
            "closing %(closing)s. Ask the bank for a corrected statement; nothing was imported."
        ),
        "STATEMENT_DOUBTFUL": _(
            "Nothing was imported from %(statement)s: %(why)s Ask the bank for another format, such as camt.053."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one statement: its row, the entries that are new, and whether it had come before."""

    statement: Statement
    new_entries: list[StatementEntry]
    is_duplicate: bool


@transaction.atomic
def take_statements(
    *,
    content: bytes,
    name: str,
    by: Membership | None,
    at: datetime,
    account: BankAccount | None = None,
    bank: Organisation | None = None,
) -> list[Taken]:
    """Keep each statement of a file and its movements, all of the file or none.

    account   of files that name none, as a person says
    bank      whose file it is: no other lender's account may be in it
    Entries that an earlier statement brought are not taken again; those that a corrected one no longer shows are
    marked. Raises StatementUnreadable, AccountUnknown, AccountNotNamed, StatementOutOfBalance, StatementDoubtful.
    """
    readings = read_bytes(content, name=name, keep=True)
    for reading in readings:
        _refuse_unreadable(reading)
    chosen = [(reading, _account_of(reading, account, bank)) for reading in readings]
    for reading, row in chosen:
        _refuse_doubtful(reading, row)
    taken: list[Taken] = []
    stored: StoredFile | None = None
    for reading, row in chosen:
        known = Statement.objects.filter(account=row, content_hash=_hash(reading)).first() or _known_before(
            reading, row
        )
        if known is not None:
            taken.append(Taken(known, [], True))
            continue
        media_type = MEDIA_TYPES.get(reading.format, "application/octet-stream")
        stored = stored or store_file(
            content=content, name=name, media_type=media_type, owner=row.organisation, by=by, at=at
        )
        taken.append(_take(reading, row, stored, at))
    return taken


def explain(finding: dict[str, object]) -> str:
    """The sentence of a kept finding, in the active language."""
    facts = finding.get("facts") or {}
    try:
        return translate(SENTENCES[str(finding["code"])]) % facts
    except (KeyError, TypeError, ValueError):
        return str(finding.get("code", ""))


def sentences(statement: Statement) -> list[str]:
    """Where a statement departs from what it should be, in the active language; each kind once, with how often."""
    kinds: dict[str, list[dict[str, object]]] = {}
    for finding in statement.findings:
        kinds.setdefault(str(finding["code"]), []).append(finding)
    kinds.pop("MORE", None)
    return [explain(found[0]) + (f" (× {len(found)})" if len(found) > 1 else "") for found in kinds.values()]


def as_kept(finding: Finding) -> dict[str, object]:
    """A finding as its statement keeps it."""
    return {"code": finding.code, "where": finding.where, "facts": dict(finding.facts)}


def _words(finding: Finding) -> str:
    where = f" ({finding.where})" if finding.where else ""
    return f"{explain(as_kept(finding))}{where}"


def _refuse_unreadable(reading: Reading) -> None:
    bad = next((finding for finding in reading.findings if finding.code in ("UNREADABLE", "EMPTY")), None)
    if bad is None and not reading.is_statement:
        bad = Finding("NOT_A_STATEMENT")  # it would count the same money a second time
    if bad is not None:
        raise StatementUnreadable("not a statement", why=_words(bad))


def _account_of(reading: Reading, given: BankAccount | None, bank: Organisation | None) -> BankAccount:
    """The lender's account, locked: two people with one file wait for each other, the second finds it taken."""
    if not reading.account and given is None:
        raise AccountNotNamed("the file names no account")
    rows = BankAccount.objects.select_for_update(of=("self",)).select_related("organisation")
    rows = rows.filter(purpose__in=[BankAccount.Purpose.COLLECTION, BankAccount.Purpose.LENDING])
    if bank is not None:
        rows = rows.filter(organisation=bank)
    if reading.account:
        rows = rows.filter(number__in=spellings(reading.account, reading.currency))
        row = rows.filter(currency=reading.currency).first() if reading.currency else rows.first()
    else:
        assert given is not None
        row = rows.filter(pk=given.pk).first()
    if row is None or (reading.currency and row.currency != reading.currency):
        raise AccountUnknown("not a collection account", account=reading.account or str(given))
    reading.adopt(row.number, row.currency)
    return row


def spellings(account: str, currency: str) -> list[str]:
    """An account's number as banks write it: with spaces, behind the bank's code, with the currency at its end."""
    plain = account.replace(" ", "")
    found = [account, plain, plain.rsplit("/", 1)[-1]]
    return found + [number.removesuffix(currency) for number in found if currency]


def _refuse_doubtful(reading: Reading, account: BankAccount) -> None:
    if reading.ties_out is False and reading.is_of_one_currency:

        def money(amount: Decimal | None) -> str:
            return f"{reading.currency} {amount or 0:,}"

        raise StatementOutOfBalance(
            "the statement does not add up", statement=_name(reading), opening=money(reading.opening),
            entries=money(reading.booked_net), closing=money(reading.closing),
        )  # fmt: skip
    doubts = [finding for finding in reading.findings if finding.is_blocking]
    if doubts:
        why = " ".join(_words(finding) for finding in doubts[:3])
        raise StatementDoubtful("the statement is in doubt", statement=_name(reading), account=account.number, why=why)


def _name(reading: Reading) -> str:
    return reading.statement_id or reading.file


def _known_before(reading: Reading, account: BankAccount) -> Statement | None:
    """The same statement from before what statements say was kept as a hash."""
    if not reading.statement_id:
        return None
    days = {"from_date": reading.from_date, "to_date": reading.to_date}
    old = Statement.objects.filter(account=account, statement_id=reading.statement_id[:60], content_hash="", **days)
    return old.first()


def _hash(reading: Reading) -> str:
    said = (reading.format, reading.statement_id, reading.from_date, reading.to_date, reading.opening, reading.closing)
    return content_hash(said, reading.movements)


def _take(reading: Reading, account: BankAccount, stored: StoredFile, at: datetime) -> Taken:
    booked = [entry for entry in reading.movements if entry.is_booked]
    existing = statement_chain.entries_near(reading, account, booked)
    near = statement_chain.neighbours(reading, account, existing)
    matched = match(booked, existing, near, reading.format)
    statement = Statement.objects.create(
        bank=account.organisation,
        account=account,
        statement_id=reading.statement_id[:60],
        format=reading.format,
        currency=account.currency,
        from_date=reading.from_date,
        to_date=reading.to_date,
        opening_minor=_minor(reading.opening, account.currency),
        closing_minor=_minor(reading.closing, account.currency),
        content_hash=_hash(reading),
        file=stored,
        imported_at=at,
    )
    statement_chain.settle(statement, reading, near, matched)
    statement.findings = [as_kept(finding) for finding in reading.findings[:FINDINGS_KEPT_MAX]]
    statement.save(update_fields=["findings", "corrects"])
    rows = [_entry_row(statement, account, entry, fingerprint) for entry, fingerprint in matched.new]
    return Taken(statement, StatementEntry.objects.bulk_create(rows), False)


def _minor(amount: Decimal | None, currency: str) -> int | None:
    return None if amount is None else int(amount.scaleb(exponent(currency)))


def _entry_row(statement: Statement, account: BankAccount, entry: ReadEntry, fingerprint: str) -> StatementEntry:
    return StatementEntry(
        statement=statement,
        account=account,
        fingerprint=fingerprint,
        amount_minor=entry.amount_minor,
        currency=account.currency,
        booking_date=entry.booking_date,
        value_date=entry.value_date or entry.booking_date,
        end_to_end_id=entry.end_to_end_id[:60],
        bank_reference=entry.reference[:80],
        text=entry.remittance[:500],
        counterparty=entry.counterparty_name[:200],
        counterparty_account=entry.counterparty_account[:60],
        is_reversal=entry.is_reversal,
    )
