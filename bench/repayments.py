"""Repayments posted one by one through the service, against a prepared transaction of the same row writes."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg

from .report import Part, Result
from .stage import Stage
from .world import DAY, NIGHT, fill

COUNT = 300
LOANS = 10_000
WARM = 20


class Watch:
    """Counts the questions of a Django connection and the time that they take."""

    def __init__(self) -> None:
        self.seconds, self.questions, self.writes = 0.0, 0, Counter[str]()

    def __call__(self, execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.seconds += time.perf_counter() - began
            self.questions += 1
            words = sql.split()
            if words[0] in ("INSERT", "UPDATE", "DELETE"):
                self.writes[f"{words[0]} {words[1] if words[0] == 'UPDATE' else words[2]}".replace('"', "")] += 1


def run(stage: Stage, _loans: int) -> Part:
    """So many part payments on as many loans."""
    fill(stage, "repayments", LOANS, is_quiet=True)
    with stage.django_on("repayments"):
        entries = _entries(2 * (COUNT + WARM))
        ours, others = entries[: COUNT + WARM], entries[COUNT + WARM :]
        watch, service = _through_service(ours)
    bare = _bare(stage, [(entry.pk, int(entry.fingerprint)) for entry in others])
    stage.drop("repayments")
    each, least = service / COUNT, bare / COUNT
    in_database = watch.seconds / COUNT
    writes = ", ".join(f"{what} {count // COUNT}" for what, count in sorted(watch.writes.items()))
    return Part(
        "repayments", "Repayments", [
            Result("a repayment through the service", f"{each * 1000:.2f} ms", f"{least * 1000:.2f} ms (bare writes)",
                   each / least, 15.0),
            Result("of it: waiting for the database", f"{in_database * 1000:.2f} ms", f"{each * 1000:.2f} ms",
                   in_database / each),
            Result("of it: Python", f"{(each - in_database) * 1000:.2f} ms", f"{each * 1000:.2f} ms",
                   1 - in_database / each),
        ], [
            f"{COUNT} payments on as many loans, each its own transaction, data safe on the disk. A payment asks the "
            f"database {watch.questions / COUNT:.0f} times; rows written: {writes}.",
            "The bare transaction writes the same rows by psycopg with prepared statements and knows all keys and "
            "figures beforehand. The rest goes into what it leaves out: finding the loan by the payment's text, "
            "locking it, reading its events, folding them (for the books, the standing, the state), reading what was "
            "booked, checking the state machine, and Django's building of statements and rows.",
        ],
    )  # fmt: skip


def _entries(count: int) -> list[Any]:
    from scf.banks.models import Statement, StatementEntry
    from scf.documents.services import store_file
    from scf.parties.models import BankAccount, Organisation
    from scf.servicing.models import Loan

    bank = Organisation.objects.get(code="bench-0")
    account = BankAccount.objects.create(organisation=bank, purpose="COLLECTION", number="1", bank_name="Bench")
    file = store_file(content=b"<x/>", name="x.xml", media_type="text/xml", owner=bank, by=None, at=NIGHT)
    statement = Statement.objects.create(
        bank=bank, account=account, statement_id="S", currency="CNY", file=file, imported_at=NIGHT
    )
    loans = Loan.objects.filter(bank=bank).exclude(product="NONE").order_by("pk")[:count]
    return StatementEntry.objects.bulk_create(
        StatementEntry(
            statement=statement, account=account, fingerprint=str(loan.pk), amount_minor=loan.principal_minor // 3,
            currency="CNY", booking_date=DAY, value_date=DAY, text=f"还款{loan.reference}",
            counterparty="Bench 5",
        )
        for loan in loans
    )  # fmt: skip


def _through_service(entries: list[Any]) -> tuple[Watch, float]:
    from django.db import connection

    from scf.servicing.models import IncomingPayment
    from scf.servicing.services import receiving

    for entry in entries[:WARM]:
        receiving.take_entry(entry=entry, at=NIGHT)
    watch = Watch()
    with connection.execute_wrapper(watch):
        began = time.perf_counter()
        for entry in entries[WARM:]:
            taken = receiving.take_entry(entry=entry, at=NIGHT)
            assert taken is not None and taken.state == IncomingPayment.State.ALLOCATED, "it found its loan"
        return watch, time.perf_counter() - began


# The rows that one payment writes; loan, entry and figures are known beforehand.
WRITES = {
    "incoming": "INSERT INTO servicing_incomingpayment (entry_id, bank_id, amount_minor, currency, value_date, why, "
    "state) VALUES (%(entry)s, %(bank)s, %(minor)s, 'CNY', %(day)s, '', 'RECEIVED') RETURNING id",
    "allocated": "UPDATE servicing_incomingpayment SET state = 'ALLOCATED', loan_id = %(loan)s WHERE id = %(incoming)s",
    "audit": "INSERT INTO kernel_auditentry (at, actor_role, action, subject, thread, before, after, note) "
    "VALUES (%(at)s, '', 'incomingpayment.allocate', %(name)s, %(name)s, '{}', '{\"state\": \"ALLOCATED\"}', '')",
    "event": "INSERT INTO servicing_loanevent (loan_id, kind, amount_minor, value_date, source, payer, data, note, "
    "recorded_at) VALUES (%(loan)s, 'REPAYMENT', %(minor)s, %(day)s, %(name)s, 'BUYER', '{}', '', %(at)s) RETURNING id",
    "transaction": "INSERT INTO ledger_transaction (event, thread, text, value_date, booking_date, created_at) "
    "VALUES (%(name)s, %(thread)s, 'repayment', %(day)s, %(day)s, %(at)s) RETURNING id",
    "legs": "INSERT INTO ledger_leg (transaction_id, account_id, minor) SELECT %(transaction)s, account, minor "
    "FROM unnest(%(accounts)s::bigint[], %(minors)s::bigint[]) AS leg (account, minor)",
    "standing": "UPDATE servicing_loanstanding SET as_of = %(day)s, principal_minor = %(minor)s "
    "WHERE loan_id = %(loan)s",
    "line": "UPDATE servicing_accrualline SET since = %(day)s, numerator = %(minor)s, balance_minor = %(minor)s "
    "WHERE loan_id = %(loan)s",
    "state": "UPDATE servicing_loan SET state = 'PART_REPAID' WHERE id = %(loan)s",
    "second audit": "INSERT INTO kernel_auditentry (at, actor_role, action, subject, thread, before, after, note) "
    "VALUES (%(at)s, '', 'loan.repay_part', %(name)s, %(thread)s, '{}', '{\"state\": \"PART_REPAID\"}', '')",
    "outbox": "INSERT INTO kernel_outboxmessage (topic, payload, due_at, attempts, last_error) "
    "VALUES ('servicing.loan.repaid', '{\"loan_id\": 1, \"event_id\": 1}', %(at)s, 0, '')",
}


def _bare(stage: Stage, entries: list[tuple[int, int]]) -> float:
    """The same rows for other loans, by prepared statements in one transaction a payment."""
    with stage.connect("repayments", as_application=True) as connection:
        accounts = [
            pk for (pk,) in connection.execute("SELECT id FROM ledger_account WHERE book_id = 1 ORDER BY id LIMIT 3")
        ]
        row = connection.execute("SELECT bank_id FROM servicing_incomingpayment LIMIT 1").fetchone()
        assert row is not None and len(accounts) == 3, "the service has posted before"
        known = {"bank": row[0], "day": DAY, "at": NIGHT, "minor": 100_00, "accounts": accounts}
        known["minors"] = [100_00, -60_00, -40_00]
        for entry in entries[:WARM]:
            _write(connection, known, *entry)
        began = time.perf_counter()
        for entry in entries[WARM:]:
            _write(connection, known, *entry)
        return time.perf_counter() - began


def _write(connection: psycopg.Connection, known: dict[str, Any], entry: int, loan: int) -> None:
    values = known | {"entry": entry, "loan": loan, "name": f"bare:{entry}", "thread": f"servicing.loan:{loan}"}
    with connection.transaction():
        for name, statement in WRITES.items():
            found = connection.execute(statement, values, prepare=True)
            if statement.endswith("RETURNING id"):
                row = found.fetchone()
                assert row is not None, "a row was written"
                values[name] = row[0]
