"""Bank statements brought in by the clerk or fetched: each credit goes to its loan or to suspense."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from scf.banks.models import Connection
from scf.banks.services import statements as bank_statements
from scf.banks.services.lines import line_to
from scf.kernel import audit
from scf.parties.models import BankAccount, Membership

from ..models import IncomingPayment
from . import loans


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a statement brought: how many credits reached a loan, how many wait in suspense."""

    statement_id: str
    is_duplicate: bool
    allocated: int
    suspended: int
    other: int


@transaction.atomic
def import_statement(*, content: bytes, name: str, by: Membership, at: datetime) -> list[Outcome]:
    """Take a camt.053 file: all of it or nothing.

    Raises StatementUnreadable, AccountUnknown, StatementOutOfBalance (scf.banks.services.statements).
    """
    outcomes = []
    for taken in bank_statements.take_statements(content=content, name=name, by=by, at=at):
        states = [incoming.state for entry in taken.new_entries if (incoming := loans.take_entry(entry=entry, at=at))]
        outcome = Outcome(
            taken.statement.statement_id,
            taken.is_duplicate,
            states.count(IncomingPayment.State.ALLOCATED),
            states.count(IncomingPayment.State.SUSPENSE),
            len(taken.new_entries) - len(states),
        )
        outcomes.append(outcome)
        if not taken.is_duplicate:
            facts = {"file": name, "allocated": outcome.allocated, "suspended": outcome.suspended}
            audit.record(action="statement.import", subject=taken.statement, by=by, at=at, after=facts)
    return outcomes


def fetch_statement(
    *, account: BankAccount, from_date: date, to_date: date, by: Membership, at: datetime
) -> list[Outcome]:
    """Ask the lender's machine for the account's statement and import it.

    from_date, to_date  both included
    Raises BankUnreachable where the bank does not answer, and what import_statement raises.
    """
    line = line_to(Connection.objects.select_related("bank").get(bank=account.organisation))
    message = line.fetch_statement(account.number, first=from_date, last=to_date)
    name = f"camt.053-{account.number}-{from_date}-{to_date}.xml"
    return import_statement(content=message.content, name=name, by=by, at=at)
