"""Bank statements of collection accounts, taken once."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.documents.services import store_file
from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.parties import refusals
from scf.parties.models import BankAccount, Membership

from ..gateways import iso20022
from ..gateways.base import Statement as ReadStatement
from ..gateways.base import StatementEntry as ReadEntry
from ..models import Statement, StatementEntry


class StatementUnreadable(DomainError):
    """The file is not a bank statement that can be read."""

    code = "STATEMENT_UNREADABLE"


class AccountUnknown(DomainError):
    """The statement is of an account that no lender here collects on."""

    code = "ACCOUNT_UNKNOWN"


class StatementOutOfBalance(DomainError):
    """Opening balance and entries do not make the closing balance."""

    code = "STATEMENT_OUT_OF_BALANCE"


refusals.register(
    {
        "STATEMENT_UNREADABLE": _("This file is not a camt.053 statement that can be read: %(why)s. Export it again."),
        "ACCOUNT_UNKNOWN": _(
            "No lender here collects on account %(account)s. Choose the statement of another account."
        ),
        "STATEMENT_OUT_OF_BALANCE": _(
            "Statement %(statement)s does not add up: opening %(opening)s and entries %(entries)s do not make "
            "closing %(closing)s. Ask the bank for a corrected statement; nothing was imported."
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
def take_statements(*, content: bytes, name: str, by: Membership | None, at: datetime) -> list[Taken]:
    """Keep each statement of a camt.053 file and its movements, all of the file or none.

    Entries that an overlapping statement brought before are not taken again.
    Raises StatementUnreadable, AccountUnknown, StatementOutOfBalance.
    """
    try:
        # an intraday report or a notification would count the same money a second time
        if not iso20022.kind_of(content).startswith("camt.053"):
            raise iso20022.MessageUnreadable(str(_("it is another kind of message")))
        read = iso20022.read_camt(content)
    except iso20022.MessageUnreadable as error:
        raise StatementUnreadable("not a statement", why=str(error)) from error
    if not read:
        raise StatementUnreadable("no statement inside", why=str(_("there is no statement in it")))
    return [_take(statement, content, name, by, at) for statement in read]


def _take(read: ReadStatement, content: bytes, name: str, by: Membership | None, at: datetime) -> Taken:
    account = (
        # The lock makes two people with one file wait for each other: the second finds the first one's statement.
        BankAccount.objects.select_for_update(of=("self",))
        .select_related("organisation")
        .filter(number=read.account, currency=read.currency, purpose=BankAccount.Purpose.COLLECTION)
        .first()
    )
    if account is None:
        raise AccountUnknown("not a collection account", account=read.account)
    known = Statement.objects.filter(account=account, statement_id=read.statement_id).first()
    if known is not None:
        return Taken(known, [], True)
    if read.ties_out is False:
        entries = sum(entry.amount_minor for entry in read.entries if entry.is_booked)

        def words(minor: int | None) -> str:
            return str(Money(minor or 0, read.currency))

        raise StatementOutOfBalance(
            "the statement does not add up",
            statement=read.statement_id, opening=words(read.opening_minor), entries=words(entries),
            closing=words(read.closing_minor),
        )  # fmt: skip
    stored = store_file(
        content=content, name=name, media_type="application/xml", owner=account.organisation, by=by, at=at
    )
    statement = Statement.objects.create(
        bank=account.organisation,
        account=account,
        statement_id=read.statement_id,
        currency=read.currency,
        from_date=read.from_date,
        to_date=read.to_date,
        opening_minor=read.opening_minor,
        closing_minor=read.closing_minor,
        file=stored,
        imported_at=at,
    )
    return Taken(statement, _entries(statement, account, read), False)


def _entries(statement: Statement, account: BankAccount, read: ReadStatement) -> list[StatementEntry]:
    seen: dict[str, int] = {}
    rows = []
    for entry in (e for e in read.entries if e.is_booked):
        facts = _facts(entry)
        seen[facts] = seen.get(facts, 0) + 1
        fingerprint = hashlib.sha256(f"{facts}|{seen[facts]}".encode()).hexdigest()
        rows.append(_entry_row(statement, account, entry, fingerprint))
    known = set(
        StatementEntry.objects.filter(account=account, fingerprint__in=[row.fingerprint for row in rows]).values_list(
            "fingerprint", flat=True
        )
    )
    return StatementEntry.objects.bulk_create([row for row in rows if row.fingerprint not in known])


def _facts(entry: ReadEntry) -> str:
    """What makes a movement the same in another file: its reference where there is one, else all it says."""
    text = entry.reference or f"{entry.end_to_end_id}|{entry.remittance}|{entry.counterparty_name}"
    return f"{text}|{entry.booking_date}|{entry.amount_minor}"


def _entry_row(statement: Statement, account: BankAccount, entry: ReadEntry, fingerprint: str) -> StatementEntry:
    return StatementEntry(
        statement=statement,
        account=account,
        fingerprint=fingerprint,
        amount_minor=entry.amount_minor,
        currency=entry.currency,
        booking_date=entry.booking_date,
        value_date=entry.value_date or entry.booking_date,
        end_to_end_id=entry.end_to_end_id[:60],
        bank_reference=entry.reference[:80],
        text=entry.remittance[:500],
        counterparty=entry.counterparty_name[:200],
        is_reversal=entry.is_reversal,
    )
