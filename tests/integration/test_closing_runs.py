"""Close of business run twice, at once, killed, late, attacked; and in a small world at random."""

import random
import time
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from scf.domain.waterfall import Due
from scf.kernel import clock
from scf.kernel.models import OutboxMessage
from scf.ledger.models import Book, Leg
from scf.parties.models import BankAccount
from scf.servicing.models import (
    ClosedDay,
    IncomingPayment,
    Loan,
)  # fmt: skip
from scf.servicing.selectors.accruals import accrued, earned_of_books
from scf.servicing.services import closing, closing_loans
from tests.factories import LendingWorld, account
from tests.integration.closing_world import (
    DRAWN,
    ONE_DAY,
    assert_every_day_is_the_sum_of_its_loans,
    assert_proven,
    close,
)  # fmt: skip
from tests.integration.servicing_world import bring, credit, noon, repay
from tests.integration.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> LendingWorld:
    return LendingWorld()


@pytest.fixture
def loan(world) -> Loan:
    return world.loan()


class TestRunning:
    def test_twice_posts_once(self, loan):
        close(date(2031, 3, 10))
        before = list(Leg.objects.values_list("minor", flat=True)), OutboxMessage.objects.count()

        assert close(date(2031, 3, 10)) == []
        assert (list(Leg.objects.values_list("minor", flat=True)), OutboxMessage.objects.count()) == before

    def test_catches_up_missed_days_in_order(self, loan):
        close(date(2031, 3, 10))

        assert [c.day.day for c in close(date(2031, 3, 13), on=date(2031, 3, 20))] == [11, 12, 13]
        assert_proven()

    def test_a_day_that_is_not_over_is_refused(self, loan):
        with pytest.raises(closing.DayNotOver):
            list(closing.close_of_business(until=DRAWN, at=noon(DRAWN)))

        assert not ClosedDay.objects.exists()

    def test_goes_on_where_it_was_killed(self, world, monkeypatch):
        for _ in range(5):
            world.loan(days=10)
        whole = closing_loans.move_on
        batches = iter([whole, whole])
        monkeypatch.setattr(closing, "LOANS_PER_BATCH", 2)

        def dies(*arguments, **more):
            return next(batches)(*arguments, **more)

        monkeypatch.setattr(closing_loans, "move_on", dies)
        with pytest.raises((StopIteration, RuntimeError)):
            close(date(2031, 3, 15))
        monkeypatch.setattr(closing_loans, "move_on", whole)

        close(date(2031, 3, 15))

        for topic in ("due_soon", "due", "overdue"):
            assert OutboxMessage.objects.filter(topic=f"servicing.loan.{topic}").count() == 5
        assert ClosedDay.objects.count() == 13
        assert_proven()

    @pytest.mark.django_db(transaction=True)
    def test_two_at_once_share_the_books_and_post_once(self):
        world = LendingWorld()
        for currency in ("CNY", "USD", "EUR", "HKD"):
            world.loan(currency=currency, days=20)

        answers = at_once([lambda: close(date(2031, 4, 10)) for _ in range(2)])
        rest = close(date(2031, 4, 10))

        done = [(c.book.pk, c.day) for answer in [*answers, rest] for c in answer]
        assert len(done) == len(set(done)) == ClosedDay.objects.count() == 4 * 39
        assert_proven()

    @pytest.mark.django_db(transaction=True)
    def test_payments_come_in_meanwhile(self):
        world = LendingWorld()
        loans = [world.loan(days=20) for _ in range(6)]
        day = date(2031, 3, 26)

        def pay():
            for loan in loans:
                bring(world, credit("1000.00", loan.number, date(2031, 3, 20)), on=day)

        answers = at_once([pay, lambda: close(date(2031, 3, 25), on=day)])

        assert [answer for answer in answers if isinstance(answer, Exception)] == []
        assert IncomingPayment.objects.filter(state="ALLOCATED").count() == 6
        assert_proven()
        close(day)
        assert_every_day_is_the_sum_of_its_loans()
        assert_proven()

    @pytest.mark.django_db(transaction=True)
    def test_an_event_waits_until_the_day_is_closed(self):
        world = LendingWorld()
        loan = world.loan()
        book = Book.objects.get()

        def hold():
            with transaction.atomic():
                closing.closing_accrual._hold([book])
                closing.closing_accrual.close_books([book], DRAWN, at=noon(DRAWN + ONE_DAY))
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_sleep(1)")
                return closing.closing_accrual._last_event()

        def late():
            time.sleep(0.4)
            repay(world, loan, "5.00", DRAWN)

        answers = at_once([hold, late])

        assert not isinstance(answers[1], Exception)
        assert loan.events.latest("pk").pk > answers[0]
        assert_proven()


class TestCommand:
    def run(self, **options) -> str:
        out = StringIO()
        call_command("close_of_business", stdout=out, **options)
        return out.getvalue()

    def test_closes_up_to_yesterday_and_says_what_it_did(self, loan):
        with clock.pinned(noon(DRAWN + ONE_DAY)):
            said = self.run()

        assert "2031-03-03" in said and "interest CNY 120.83" in said and "0 loans touched" in said

    def test_says_why_today_is_not_closed(self, loan):
        with clock.pinned(noon(DRAWN)), pytest.raises(CommandError, match="is not over yet in Shanghai"):
            self.run(date=DRAWN)

    def test_today_only_on_a_demos_clock(self, loan, settings):
        with clock.pinned(noon(DRAWN)):
            settings.DEMO = False
            with pytest.raises(CommandError, match="Only a demo"):
                self.run(date=DRAWN, even_if_not_over=True)
            settings.DEMO = True
            assert "2031-03-03" in self.run(date=DRAWN, even_if_not_over=True)


class TestAttacks:
    @pytest.mark.parametrize(
        "sql", ["UPDATE servicing_closedday SET interest_minor = 0", "DELETE FROM servicing_closedday"]
    )
    def test_a_closed_day_is_final(self, loan, sql):
        close(DRAWN)

        with pytest.raises(DatabaseError, match="final"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)

    def test_a_day_is_closed_once(self, loan):
        close(DRAWN)

        with pytest.raises(DatabaseError, match="day_closed_once"), transaction.atomic():
            ClosedDay.objects.create(
                book=Book.objects.get(), day=DRAWN, closed_at=noon(DRAWN), last_event=0, interest_minor=0,
                penalty_minor=0, compound_minor=0, costs_minor=0,
            )  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_the_sum_of_the_loans_is_the_journal(seed):
    """A small world at random: loans, payments early, late, back-dated and to come, closings missed and caught up."""
    chance = random.Random(seed)
    world = LendingWorld()
    accounts = {"CNY": world.collection, "USD": account(world.bank, BankAccount.Purpose.COLLECTION, currency="USD")}
    loans: list[Loan] = []
    today = DRAWN
    for _ in range(30):
        today += timedelta(days=chance.randint(0, 4))
        if chance.random() < 0.4 or not loans:
            amount = f"{chance.randint(1, 10 ** chance.randint(1, 7))}.{chance.randint(0, 99):02}"
            rate = f"{chance.randint(0, 240000) / 1_000_000:.6f}"
            loans.append(world.loan(
                amount=amount, rate=rate, drawn=today - timedelta(days=chance.choice([0, 0, 0, 2])),
                days=chance.randint(1, 40), grace_days=chance.choice([0, 3]), currency=chance.choice(["CNY", "USD"]),
            ))  # fmt: skip
        elif chance.random() < 0.7:
            loan = chance.choice(loans)
            paid = max(1, round(loan.principal_minor * chance.choice([0.01, 0.3, 0.5, 1, 1.02]))) / 100
            value = today - timedelta(days=chance.choice([0, 0, 1, 3, 9, -1]))
            entry = credit(f"{paid:.2f}", loan.number, value, currency=loan.currency)
            bring(world, entry, on=today, account=accounts[loan.currency].number, currency=loan.currency)
        if chance.random() < 0.6:
            close(today - ONE_DAY, on=today)
    close(today + timedelta(days=60))

    assert_every_day_is_the_sum_of_its_loans()
    assert_proven()
    last = today + timedelta(days=61)
    books = list(Book.objects.exclude(product=""))
    assert earned_of_books(books, last) == {
        book.pk: {
            due: sum(accrued(loan, last)[due] for loan in Loan.objects.filter(currency=book.currency))
            for due in (Due.COSTS, Due.PENALTY, Due.COMPOUND, Due.INTEREST)
        }
        for book in books
    }
