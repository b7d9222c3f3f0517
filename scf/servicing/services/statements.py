"""Bank statements brought in by the clerk or fetched: each credit goes to its loan or to suspense."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.banks.models import Connection, Statement, StatementEntry
from scf.banks.services import effects
from scf.banks.services import statements as bank_statements
from scf.banks.services.lines import line_to
from scf.domain.errors import DomainError
from scf.kernel import audit
from scf.parties import refusals
from scf.parties.models import BankAccount, Membership

from ..models import IncomingPayment
from . import receiving


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a statement brought: how many credits reached a loan, how many wait in suspense; how far it is in doubt.

    payments  instructions of ours of which it tells
    """

    statement: Statement
    is_duplicate: bool
    allocated: int
    suspended: int
    other: int
    payments: int = 0

    @property
    def statement_id(self) -> str:
        """How people name it."""
        return str(self.statement)

    @property
    def findings(self) -> list[str]:
        """Where it departs from what it should be, as sentences in the active language."""
        return bank_statements.sentences(self.statement)


class StatementTooLarge(DomainError):
    """The file is larger than uploads may be."""

    code = "STATEMENT_TOO_LARGE"


class LenderNotConnected(DomainError):
    """There is no line to the lender's machine."""

    code = "LENDER_NOT_CONNECTED"


class StatementLate(DomainError):
    """The statement does not show yet what the bank has told of."""

    code = "STATEMENT_LATE"


refusals.register(
    {
        "STATEMENT_LATE": _(
            "The statement of account %(account)s does not show %(count)s credits yet of which the bank has told. It "
            "is asked for again by itself; if they are still missing tomorrow, ask the bank."
        ),
        "STATEMENT_TOO_LARGE": _("This file is larger than %(max)s MB. Export fewer days at once."),
        "LENDER_NOT_CONNECTED": _("There is no line to %(bank)s. Upload its statement as a file instead."),
        "BANK_UNREACHABLE": _("The bank cannot be reached at the moment. Try again later, or upload its statement."),
        "BANK_ANSWER_LOST": _("The bank's answer did not arrive. Try again; nothing is taken twice."),
        "BANK_REFUSED": _("The bank refused the request. Ask the lender, or upload its statement as a file."),
    }
)


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file: its statements, or why it was refused."""

    name: str
    outcomes: list[Outcome]
    refusal: DomainError | None = None


def import_files(
    *, files: Sequence[tuple[str, bytes]], by: Membership | None, at: datetime, account: BankAccount | None = None
) -> list[FileResult]:
    """Take several files, each for itself: the good ones come in beside the bad ones.

    account   the collection account of files that name none
    """
    results = []
    for name, content in files:
        try:
            results.append(
                FileResult(name, import_statement(content=content, name=name, by=by, at=at, account=account))
            )
        except DomainError as refusal:
            results.append(FileResult(name, [], refusal))
    return results


@transaction.atomic
def import_statement(
    *, content: bytes, name: str, by: Membership | None, at: datetime, account: BankAccount | None = None
) -> list[Outcome]:
    """Take a file of statements: all of it or nothing.

    Raises StatementTooLarge, and what scf.banks.services.statements.take_statements raises.
    """
    if len(content) > settings.UPLOAD_BYTES_MAX:
        raise StatementTooLarge("too large", max=settings.UPLOAD_BYTES_MAX // 1024 // 1024)
    outcomes = []
    for taken in bank_statements.take_statements(content=content, name=name, by=by, at=at, account=account):
        proven = effects.prove(entries=taken.new_entries, at=at)
        states = [
            incoming.state for entry in taken.new_entries if (incoming := receiving.take_entry(entry=entry, at=at))
        ]
        outcome = Outcome(
            taken.statement,
            taken.is_duplicate,
            states.count(IncomingPayment.State.ALLOCATED),
            states.count(IncomingPayment.State.SUSPENSE),
            len(taken.new_entries) - len(states),
            len(proven.payments),
        )
        outcomes.append(outcome)
        if not taken.is_duplicate:
            facts = {"file": name, "allocated": outcome.allocated, "suspended": outcome.suspended}
            audit.record(action="statement.import", subject=taken.statement, by=by, at=at, after=facts)
    return outcomes


def fetch_statement(
    *, account: BankAccount, from_date: date, to_date: date, by: Membership | None, at: datetime
) -> list[Outcome]:
    """Ask the lender's machine for the account's statement and import it.

    from_date, to_date  both included
    Raises LenderNotConnected, BankUnreachable, AnswerLost, BankRefused, NotOffered, and what import_statement raises.
    """
    return fetch_file(account=account, from_date=from_date, to_date=to_date, by=by, at=at).outcomes


def fetch_credited(*, account: BankAccount, on: date, expected: Sequence[Sequence[Any]], at: datetime) -> None:
    """Take the statement of a day on which money came in, of which the bank has told.

    expected   reference and minor units of each credit that it told of
    Raises StatementLate where one is missing still, after what is there was taken; and what fetch_statement raises.
    """
    fetch_statement(account=account, from_date=on, to_date=on, by=None, at=at)
    entries = StatementEntry.objects.filter(account=account, booking_date=on, amount_minor__gt=0, missing_from=None)
    shown = Counter(entries.values_list("bank_reference", "amount_minor"))
    told = Counter((str(reference), int(minor)) for reference, minor in expected)
    absent, others = told - shown, shown - told
    by_amount = Counter(minor for _reference, minor in others.elements())  # under whatever reference it is shown
    missing = sum((Counter(minor for _reference, minor in absent.elements()) - by_amount).values())
    if missing:
        raise StatementLate("a credit is not shown yet", account=account.number, count=missing)


def fetch_file(
    *, account: BankAccount, from_date: date, to_date: date, by: Membership | None, at: datetime
) -> FileResult:
    """As fetch_statement, with the name under which the statement is kept."""
    connection = Connection.objects.select_related("bank").filter(bank=account.organisation, is_active=True).first()
    if connection is None:
        raise LenderNotConnected("no connection", bank=str(account.organisation))
    message = line_to(connection).fetch_statement(account.number, first=from_date, last=to_date)
    name = f"camt.053-{account.number}-{from_date}-{to_date}.xml"
    return FileResult(name, import_statement(content=message.content, name=name, by=by, at=at))
