"""Loans that follow an index, night by night: on the day, late, corrected, missing, killed, repaid."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from scf.domain.events import EventKind
from scf.domain.loan import fold
from scf.domain.rates import Index, Reset
from scf.domain.waterfall import Due
from scf.kernel import outbox
from scf.ledger.models import AccountKind as Kind
from scf.notifications.models import Notification
from scf.servicing import selectors
from scf.servicing.models import LoanEvent, LoanStanding, RateWatch
from scf.servicing.services import books, closing_rates
from tests.factories import LendingWorld
from tests.integration.closing_world import ONE_DAY, assert_proven, balance, close
from tests.integration.rates_world import DRAWN, NEW_YEAR, changes, floating, publish
from tests.integration.servicing_world import noon

pytestmark = pytest.mark.django_db
EVE = NEW_YEAR - ONE_DAY


@pytest.fixture
def world() -> LendingWorld:
    return LendingWorld()


class TestReset:
    def test_on_1_january_the_loan_takes_over_what_was_published_in_december(self, world):
        publish(world)
        loan = floating(world)

        close(NEW_YEAR + ONE_DAY)

        assert changes(loan) == [(NEW_YEAR, "0.0375")]
        # 1,000,000 x (17 days x 3.85 % + 2 days x 3.75 %) / 360
        assert balance(Kind.INTEREST_RECEIVABLE) == 2_026_39
        assert_proven()

    def test_the_event_says_where_the_rate_comes_from_and_cannot_come_twice(self, world):
        publish(world)
        loan = floating(world)
        close(NEW_YEAR)

        event = LoanEvent.objects.get(kind=EventKind.RATE_CHANGE)
        assert event.source == f"rate:LPR1Y:2032-01-01:{loan.number}"
        assert event.data == {
            "annual_rate": "0.0375", "index": "LPR1Y", "fixed_on": "2032-01-01", "index_rate": "0.029",
            "index_from": "2031-12-22",
        }  # fmt: skip

    def test_the_new_rate_is_there_on_the_morning_of_its_day(self, world):
        publish(world)
        loan = floating(world)

        close(EVE)

        assert changes(loan) == [(NEW_YEAR, "0.0375")]
        assert balance(Kind.INTEREST_RECEIVABLE) == 1_818_06  # 17 days at 3.85 %: the day closed knows the old rate
        assert_proven()

    def test_a_second_run_and_every_later_night_change_nothing(self, world):
        publish(world)
        floating(world)
        close(NEW_YEAR)
        before = LoanEvent.objects.count()

        close(NEW_YEAR)
        close(NEW_YEAR + 3 * ONE_DAY)

        assert LoanEvent.objects.count() == before
        assert_proven()

    def test_a_rate_that_stays_is_no_event(self, world):
        publish(world, {date(2031, 11, 20): "3.00", date(2031, 12, 22): "3.00"})
        loan = floating(world)

        close(NEW_YEAR)

        assert changes(loan) == []
        assert RateWatch.objects.get().last_fixed == NEW_YEAR

    def test_only_loans_that_are_due_are_looked_at(self, world, django_assert_num_queries):
        publish(world)
        floating(world, Reset.NONE)
        floating(world, Reset.YEARLY)
        world.loan(drawn=DRAWN)
        close(DRAWN)
        book = RateWatch.objects.first().book

        with django_assert_num_queries(1):
            assert closing_rates.take_over(book, DRAWN + ONE_DAY, at=noon(DRAWN + 2 * ONE_DAY)) == 0

    @pytest.mark.parametrize(
        ("reset", "expected"),
        [
            (Reset.NONE, []),
            (Reset.YEARLY, [(NEW_YEAR, "0.0375")]),
            (Reset.MONTHLY, [(NEW_YEAR, "0.0375")]),
            (Reset.QUARTERLY, [(NEW_YEAR, "0.0375")]),
            (Reset.ANNIVERSARY, []),
            (Reset.IMMEDIATE, [(date(2031, 12, 22), "0.0375")]),
        ],
    )
    def test_each_rule_on_its_own_days(self, world, reset, expected):
        publish(world)
        loan = floating(world, reset)

        close(NEW_YEAR + ONE_DAY)

        assert changes(loan) == expected
        assert_proven()

    def test_a_new_value_reaches_loans_that_follow_at_once_in_its_own_night(self, world):
        publish(world, {date(2031, 11, 20): "3.00"})
        loan = floating(world, Reset.IMMEDIATE)
        close(date(2031, 12, 21))

        publish(world, {date(2031, 12, 22): "2.90"})
        close(date(2031, 12, 22))

        assert changes(loan) == [(date(2031, 12, 22), "0.0375")]
        assert_proven()

    def test_the_penalty_follows_the_changed_rate(self, world):
        publish(world)
        loan = floating(world, days=10, grace_days=0)
        close(NEW_YEAR + 4 * ONE_DAY)

        found = fold(loan.contract, selectors.facts_of(loan), NEW_YEAR + ONE_DAY)

        assert found.penalty_rate == Decimal("0.0375") * Decimal("1.5")
        # from 25 December: 7 days at 5.775 %, then one at 5.625 %
        assert found.penalty.minor == 1_279_17
        assert_proven()

    def test_borrower_and_lender_are_told(self, world):
        publish(world)
        floating(world)
        close(NEW_YEAR)

        outbox.deliver_all(now=noon(NEW_YEAR + ONE_DAY))

        told = Notification.objects.filter(code="loan.rate_changed")
        assert {row.membership for row in told} >= {world.applicant, world.maker}
        assert world.clerk not in {row.membership for row in told}
        assert told[0].facts["rate"] == "3.7500"


class TestInterrupted:
    def test_killed_between_two_loans_the_next_run_does_the_rest(self, world, monkeypatch):
        publish(world)
        first, second = floating(world), floating(world)
        close(EVE - ONE_DAY)
        book_event = books.book_event

        def fails_on_the_second(*, loan, **kwargs):
            if loan.pk == second.pk:
                raise RuntimeError("killed")
            book_event(loan=loan, **kwargs)

        monkeypatch.setattr(books, "book_event", fails_on_the_second)
        with pytest.raises(RuntimeError, match="killed"):
            close(NEW_YEAR)
        assert changes(first) == [(NEW_YEAR, "0.0375")] and changes(second) == []
        monkeypatch.setattr(books, "book_event", book_event)

        close(NEW_YEAR)

        assert changes(first) == changes(second) == [(NEW_YEAR, "0.0375")]
        assert LoanEvent.objects.filter(kind=EventKind.RATE_CHANGE).count() == 2
        assert_proven()

    def test_a_value_confirmed_while_the_day_is_being_closed_is_not_passed_over(self, world):
        publish(world, {date(2031, 11, 20): "3.00"})
        loan = floating(world, Reset.IMMEDIATE)
        close(date(2031, 12, 21))

        # closing the 22nd has looked at the loans already when the value arrives
        book = RateWatch.objects.get().book
        closing_rates.take_over(book, date(2031, 12, 22), at=noon(date(2031, 12, 23)))
        publish(world, {date(2031, 12, 22): "2.90"}, on=date(2031, 12, 23))
        close(date(2031, 12, 22))

        assert changes(loan) == [(date(2031, 12, 22), "0.0375")]
        assert_proven()

    def test_days_caught_up_at_once_are_the_same_as_night_by_night(self, world):
        publish(world)
        one = floating(world)
        for n in range((NEW_YEAR - DRAWN).days + 3):
            close(DRAWN + n * ONE_DAY)
        posted = balance(Kind.INTEREST_RECEIVABLE)

        other = LendingWorld()
        two = floating(other)
        close(NEW_YEAR + 2 * ONE_DAY, on=NEW_YEAR + 20 * ONE_DAY)

        assert changes(two) == changes(one)
        assert balance(Kind.INTEREST_RECEIVABLE) == 2 * posted
        assert_proven()


class TestTables:
    def test_standings_and_lines_are_those_of_the_new_rate(self, world):
        publish(world)
        loan = floating(world)
        close(NEW_YEAR + ONE_DAY)

        stored = LoanStanding.objects.get(pk=loan.pk)
        assert stored.as_of >= NEW_YEAR
        with connection.cursor() as cursor:
            cursor.execute("SELECT rate_e8 FROM servicing_accrualline WHERE due = %s", [Due.INTEREST])
            assert [rate for (rate,) in cursor.fetchall()] == [3_750_000]

    def test_the_index_of_another_tenor_is_not_mixed_in(self, world):
        publish(world)
        publish(world, {date(2031, 11, 20): "3.50", date(2031, 12, 22): "3.40"}, index=Index.LPR5Y)
        loan = floating(world)

        close(NEW_YEAR + timedelta(days=1))

        assert changes(loan) == [(NEW_YEAR, "0.0375")]
