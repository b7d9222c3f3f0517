"""SQL against the books: the database itself says no."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from scf.domain.money import Money
from scf.ledger import services
from scf.ledger.models import Account, Leg, Transaction
from scf.ledger.services import Posting
from scf.servicing.models import LoanEvent
from tests.factories import NOON, LendingWorld

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> LendingWorld:
    made = LendingWorld()
    made.loan()
    return made


def run(sql: str, *parameters) -> None:
    """As an attacker with the owner's connection; constraints are asked at once, as at commit."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_leg SET minor = minor * 2",
        "DELETE FROM ledger_leg",
        "UPDATE ledger_transaction SET value_date = '2000-01-01'",
        "DELETE FROM ledger_transaction",
        "UPDATE servicing_loanevent SET amount_minor = 1",
        "DELETE FROM servicing_loanevent",
    ],
)
def test_what_is_booked_is_final(world, sql):
    before = list(Leg.objects.values_list("minor", flat=True)), LoanEvent.objects.count(), Transaction.objects.count()

    with pytest.raises(DatabaseError, match="final"):
        run(sql)

    after = list(Leg.objects.values_list("minor", flat=True)), LoanEvent.objects.count(), Transaction.objects.count()
    assert after == before


def test_a_leg_more_unbalances_its_transaction(world):
    leg = Leg.objects.first()

    with pytest.raises(DatabaseError, match="does not balance"):
        run(
            "INSERT INTO ledger_leg (transaction_id, account_id, minor) VALUES (%s, %s, 1)",
            leg.transaction_id, leg.account_id,
        )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_an_unbalanced_transaction_is_refused_at_commit():
    world = LendingWorld()
    one_sided = [Posting(Account.Kind.COLLECTION, Money(5, "CNY"))]

    with pytest.raises(DatabaseError, match="does not balance"):
        services.post(book=world.bank, event="x:1", thread="x:1", text="x", postings=one_sided,
                      value_date=date(2031, 1, 1), booking_date=date(2031, 1, 1), at=NOON)  # fmt: skip

    assert not Transaction.objects.filter(event="x:1").exists()


def test_currencies_balance_each_for_itself(world):
    postings = [Posting(Account.Kind.COLLECTION, Money(5, "CNY")), Posting(Account.Kind.SUSPENSE, Money(-5, "USD"))]

    with pytest.raises(DatabaseError, match="does not balance"):
        with transaction.atomic():
            services.post(book=world.bank, event="x:1", thread="x:1", text="x", postings=postings,
                          value_date=date(2031, 1, 1), booking_date=date(2031, 1, 1), at=NOON)  # fmt: skip
            connection.check_constraints()


def test_an_empty_leg_is_refused(world):
    leg = Leg.objects.first()

    with pytest.raises(DatabaseError, match="leg_is_not_empty"):
        run(
            "INSERT INTO ledger_leg (transaction_id, account_id, minor) VALUES (%s, %s, 0)",
            leg.transaction_id, leg.account_id,
        )  # fmt: skip


def test_an_event_is_booked_once(world):
    known = Transaction.objects.first()

    with pytest.raises(DatabaseError, match="unique"):
        run(
            "INSERT INTO ledger_transaction (event, thread, text, value_date, booking_date, created_at) "
            "VALUES (%s, 'x', 'x', '2031-01-01', '2031-01-01', now())",
            known.event,
        )


@pytest.mark.parametrize("who", ["platform", "supplier", "buyer"])
def test_only_a_lender_has_a_book(world, who):
    with pytest.raises(DatabaseError, match="never holds money"):
        Account.objects.create(book=getattr(world, who), kind=Account.Kind.SUSPENSE, party=None, currency="CNY")
