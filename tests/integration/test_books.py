"""verify_books finds whatever was changed behind the product's back."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from scf.kernel import clock
from scf.servicing.models import AccrualLine, LoanStanding
from scf.servicing.services import closing_proof
from tests.factories import LendingWorld
from tests.integration.closing_world import DRAWN, assert_proven, close
from tests.integration.servicing_world import bring, credit, noon, repay

pytestmark = pytest.mark.django_db
DAY = date(2031, 4, 2)


@pytest.fixture
def world() -> LendingWorld:
    """One loan running, one repaid and settled, money in suspense, days closed."""
    made = LendingWorld()
    made.loan()
    repay(made, made.loan(amount="500000.00"), "501812.50", DAY)
    bring(made, credit("77.00", "who knows", DAY))
    close(DAY)
    return made


def verify(*arguments: str) -> tuple[int, str]:
    """Exit code and what was printed."""
    out, code = StringIO(), 0
    try:
        call_command("verify_books", *arguments, stdout=out, stderr=StringIO())
    except SystemExit as end:
        assert isinstance(end.code, int)
        code = end.code
    return code, out.getvalue()


def test_sound_books_agree(world):
    assert verify() == (0, "The books agree with the events.\n")
    assert verify("--last-day")[0] == 0


TAMPERED = {
    "a standing's class": "UPDATE servicing_loanstanding SET class_code = 'LOSS'",
    "a standing's principal": "UPDATE servicing_loanstanding SET principal_minor = principal_minor + 1",
    "a mark that never comes": "UPDATE servicing_loanstanding SET next_mark = NULL WHERE next_mark IS NOT NULL",
    "a missing standing": "DELETE FROM servicing_loanstanding",
    "a line's balance": "UPDATE servicing_accrualline SET balance_minor = balance_minor + 1",
    "a missing line": "DELETE FROM servicing_accrualline",
    "a settled line": "UPDATE servicing_settledline SET minor = minor + 1",
    "a settled total": "UPDATE servicing_settledtotal SET minor = minor + 1",
    "a closed day": "UPDATE servicing_closedday SET interest_minor = interest_minor + 1",
    "a day left out": "DELETE FROM servicing_closedday WHERE day = '2031-03-20'",
    "an event added": "INSERT INTO servicing_loanevent (loan_id, kind, amount_minor, value_date, source, payer, data, "
    "note, recorded_at) SELECT id, 'REPAYMENT', 5, '2031-03-10', 'x', '', '{}', '', now() FROM servicing_loan LIMIT 1",
    "an event changed": "UPDATE servicing_loanevent SET amount_minor = amount_minor + 1 WHERE kind = 'REPAYMENT'",
    "an amount booked": "UPDATE ledger_leg SET minor = minor * 2 WHERE transaction_id IN "
    "(SELECT id FROM ledger_transaction WHERE text = 'repayment')",
    "an accrual booked": "UPDATE ledger_leg SET minor = minor * 2 WHERE transaction_id IN "
    "(SELECT id FROM ledger_transaction WHERE text = 'accrual' AND value_date = '2031-03-20')",
    "money in suspense": "UPDATE servicing_incomingpayment SET amount_minor = 1 WHERE state = 'SUSPENSE'",
}


@pytest.mark.tampered
@pytest.mark.parametrize("what", TAMPERED)
def test_finds(world, what):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("ledger_leg", "servicing_loanevent", "servicing_closedday", "servicing_incomingpayment"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(TAMPERED[what])
        assert cursor.rowcount, "nothing was changed"

    code, said = verify()

    assert code == 1
    assert "the events give" in said


def test_what_is_kept_can_be_written_anew(world):
    LoanStanding.objects.filter(is_settled=False).update(class_code="LOSS")
    AccrualLine.objects.all().delete()

    with clock.pinned(noon(DAY)):
        code, said = verify("--rebuild")

    assert (code, said.splitlines()[-1]) == (0, "The books agree with the events.")
    assert_proven()
    close(date(2031, 4, 5))
    assert_proven()


def test_loans_without_anything_kept_come_in_by_it():
    made = LendingWorld()
    made.loan()
    AccrualLine.objects.all().delete()
    LoanStanding.objects.all().delete()
    assert list(closing_proof.differences())

    with clock.pinned(noon(DRAWN)):
        assert verify("--rebuild")[0] == 0
