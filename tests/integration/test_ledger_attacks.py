"""SQL against the books: the database itself says no."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from scf.ledger import services
from scf.ledger.models import Account, Book, Leg, Transaction
from scf.ledger.models import AccountKind as Kind
from scf.ledger.services import Journal, Posting
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


def post(*postings: Posting) -> None:
    """A transaction of an event that never was."""
    journal = Journal("x:1", "x:1", "x", postings, date(2031, 1, 1))
    services.post([journal], at=NOON, booking_date=date(2031, 1, 1))


@pytest.mark.django_db(transaction=True)
def test_an_unbalanced_transaction_is_refused_at_commit():
    book = Book.objects.create(bank=LendingWorld().bank, product="ORDER", currency="CNY")

    with pytest.raises(DatabaseError, match="does not balance"):
        post(Posting(book, Kind.COLLECTION, 5))

    assert not Transaction.objects.filter(event="x:1").exists()


@pytest.mark.parametrize("other", [{"product": "ORDER", "currency": "USD"}, {"product": "RECEIPT", "currency": "CNY"}])
def test_books_balance_each_for_itself(world, other):
    book = Book.objects.create(bank=world.bank, product="ORDER", currency="CNY")
    second, _ = Book.objects.get_or_create(bank=world.bank, **other)

    with pytest.raises(DatabaseError, match="does not balance"):
        with transaction.atomic():
            post(Posting(book, Kind.COLLECTION, 5), Posting(second, Kind.SUSPENSE, -5))
            connection.check_constraints()


@pytest.mark.tampered  # journals by hand: no event stands behind them
def test_clearing_accounts_carry_money_from_book_to_book(world):
    waiting = Book.objects.create(bank=world.bank, product="", currency="CNY")
    book = Book.objects.create(bank=world.bank, product="ORDER", currency="CNY")

    post(
        Posting(waiting, Kind.SUSPENSE, 5), Posting(waiting, Kind.CLEARING, -5),
        Posting(book, Kind.CLEARING, 5), Posting(book, Kind.SURPLUS, -5, world.supplier.pk),
    )  # fmt: skip
    connection.check_constraints()

    assert Leg.objects.filter(transaction__event="x:1").count() == 4


def test_nothing_is_booked_for_nothing(world):
    post(Posting(Book.objects.get(), Kind.SUSPENSE, 0))

    assert not Transaction.objects.filter(event="x:1").exists()


def test_a_transaction_names_its_cause(world):
    with pytest.raises(DatabaseError, match="transaction_has_a_cause"):
        run(
            "INSERT INTO ledger_transaction (event, thread, text, value_date, booking_date, created_at) "
            "VALUES ('', 'x', 'x', '2031-01-01', '2031-01-01', now())"
        )


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


class TestThePlatformHoldsNoMoney:
    @pytest.mark.parametrize("who", ["platform", "supplier", "buyer"])
    def test_only_a_lender_has_a_book(self, world, who):
        with pytest.raises(DatabaseError, match="never holds money"):
            Book.objects.create(bank=getattr(world, who), product="", currency="CNY")

    def test_a_book_is_not_handed_over(self, world):
        with pytest.raises(DatabaseError, match="never holds money"):
            run("UPDATE ledger_book SET bank_id = %s", world.platform.pk)

    def test_no_account_in_a_lenders_book_is_the_platforms(self, world):
        with pytest.raises(DatabaseError, match="never holds money"):
            Account.objects.create(book=Book.objects.get(), kind=Kind.SURPLUS, party=world.platform)

    def test_an_account_is_not_handed_over(self, world):
        with pytest.raises(DatabaseError, match="never holds money"):
            run("UPDATE ledger_account SET party_id = %s", world.platform.pk)

    @pytest.mark.parametrize("who", ["bank", "supplier"])
    def test_who_has_a_book_or_an_account_does_not_become_the_platform(self, world, who):
        with pytest.raises(DatabaseError, match="never holds money"):
            run("UPDATE parties_organisation SET kind = 'PLATFORM' WHERE id = %s", getattr(world, who).pk)

    @pytest.mark.parametrize("kind", ["CASH", "BANK", "WALLET", ""])
    def test_no_account_is_cash(self, world, kind):
        assert not {"CASH", "WALLET"} & set(Kind.values)
        with pytest.raises(DatabaseError, match="account_kind_is_known"):
            run("UPDATE ledger_account SET kind = %s WHERE kind = 'FUNDING'", kind)
