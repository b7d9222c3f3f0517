"""Statements that the command line brings in: one file, one transaction; servicing hears of them by the outbox."""

from datetime import datetime
from pathlib import Path

from django.db import transaction

from scf.domain.errors import DomainError
from scf.kernel import audit, outbox
from scf.parties import refusals
from scf.parties.models import BankAccount

from ..gateways.findings import Finding
from ..gateways.readings import Reading
from . import statements


def take_file(*, path: Path, readings: list[Reading], account: str, at: datetime) -> bool:
    """Take one file whole or not at all; whether it was taken. What happened joins the findings of `readings`.

    account   the number of the collection account of files that name none, or ""
    """
    given = BankAccount.objects.filter(number=account, purpose=BankAccount.Purpose.COLLECTION).first()
    try:
        with transaction.atomic():
            taken = statements.take_statements(content=path.read_bytes(), name=path.name, by=None, at=at, account=given)
            for each in taken:
                if not each.is_duplicate:
                    outbox.put(topic="banks.statement.taken", payload={"statement_id": each.statement.pk}, at=at)
                    facts = {"file": path.name, "new_entries": len(each.new_entries)}
                    audit.record(action="statement.import", subject=each.statement, by=None, at=at, after=facts)
    except (DomainError, OSError) as problem:
        why = refusals.explain(problem) if isinstance(problem, DomainError) else str(problem.strerror)
        for reading in readings[:1]:
            reading.findings.append(Finding("NOT_TAKEN", "", {"why": why}))
        return False
    for reading, each in zip(readings, taken, strict=True):
        if each.is_duplicate:
            reading.note("DUPLICATE", earlier=str(each.statement))
        else:
            _tell(reading, each.statement)
    return True


def _tell(reading: Reading, statement: statements.Statement) -> None:
    """What only the database knew: findings, and whether the one before is continued."""
    kept = [Finding(found["code"], found["where"], found["facts"]) for found in statement.findings]
    known = {(found.code, found.where) for found in reading.findings}
    reading.findings += [found for found in kept if (found.code, found.where) not in known]
    if reading.continues_previous is None:
        reading.continues_previous = statements.statement_chain.continues(statement)
