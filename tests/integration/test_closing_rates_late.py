"""Values that come late, are missing, or were wrong: what was booked is put right by value date."""

from datetime import date

import pytest

from scf.domain.loan import fold
from scf.domain.rates import Reset
from scf.kernel import outbox
from scf.kernel.models import AuditEntry
from scf.ledger.models import AccountKind as Kind
from scf.notifications.models import Notification
from scf.servicing import selectors
from scf.servicing.models import ClosedDay, Loan, RateWatch
from scf.servicing.selectors.rates import waiting_loans
from tests.factories import LendingWorld
from tests.integration.closing_world import ONE_DAY, assert_proven, balance, close
from tests.integration.rates_world import DRAWN, NEW_YEAR, changes, floating, interest, publish
from tests.integration.servicing_world import noon, repay

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> LendingWorld:
    return LendingWorld()


class TestMissing:
    def test_nothing_is_guessed_and_those_who_keep_the_rates_are_told_once(self, world):
        publish(world, {date(2031, 11, 20): "3.00"})
        loan, other = floating(world), floating(world)

        close(NEW_YEAR + ONE_DAY)
        outbox.deliver_all(now=noon(NEW_YEAR + 2 * ONE_DAY))

        assert changes(loan) == changes(other) == []
        assert [(w.index, w.since, w.loans) for w in waiting_loans()] == [("LPR1Y", NEW_YEAR, 2)]
        told = Notification.objects.filter(code="rate.missing")
        assert world.clerk in {row.membership for row in told}
        assert told.filter(membership=world.clerk).count() == 1
        assert AuditEntry.objects.filter(action="loan.rate_missing", thread=loan.thread).count() == 1
        assert_proven()

    def test_a_value_that_comes_late_counts_from_the_fixing(self, world):
        publish(world, {date(2031, 11, 20): "3.00"})
        loan = floating(world)
        close(NEW_YEAR + 9 * ONE_DAY)

        assert publish(world, {date(2031, 12, 22): "2.90"}, on=NEW_YEAR + 11 * ONE_DAY) == 1
        close(NEW_YEAR + 10 * ONE_DAY)

        assert changes(loan) == [(NEW_YEAR, "0.0375")]
        assert waiting_loans() == []
        # as if it had been known in time: 17 days at 3.85 % and 11 at 3.75 %
        assert balance(Kind.INTEREST_RECEIVABLE) == 2_963_89
        last = ClosedDay.objects.get(day=NEW_YEAR + 10 * ONE_DAY)
        before = ClosedDay.objects.get(day=NEW_YEAR + 9 * ONE_DAY)
        assert last.interest_minor - before.interest_minor == 104_17 - 27_78
        assert_proven()

    def test_the_morning_of_publication_is_not_missing_yet(self, world):
        publish(world, {date(2031, 11, 20): "3.00"})
        floating(world, Reset.IMMEDIATE)

        close(date(2031, 12, 21))

        assert waiting_loans() == []
        assert RateWatch.objects.get().next_look == date(2031, 12, 22)

    def test_a_drawdown_whose_value_is_missing_is_put_right(self, world):
        loan = floating(world)
        close(DRAWN)
        assert [w.since for w in waiting_loans()] == [DRAWN]

        publish(world, {date(2031, 11, 20): "3.10"}, on=DRAWN + ONE_DAY)
        close(DRAWN + ONE_DAY)

        assert changes(loan) == [(DRAWN, "0.0395")]
        assert interest(loan, DRAWN + 2 * ONE_DAY) == 219_44
        assert_proven()


class TestCorrection:
    def test_a_corrected_value_takes_the_wrong_rate_back(self, world):
        publish(world, {date(2031, 11, 20): "3.00", date(2031, 12, 22): "2.09"})
        loan = floating(world)
        close(NEW_YEAR + ONE_DAY)
        assert changes(loan) == [(NEW_YEAR, "0.0294")]

        publish(world, {date(2031, 12, 22): "2.90"}, on=NEW_YEAR + 3 * ONE_DAY)
        close(NEW_YEAR + 2 * ONE_DAY)

        assert changes(loan) == [(NEW_YEAR, "0.0375")]
        assert [e.kind for e in loan.events.order_by("id")] == ["DRAWDOWN", "RATE_CHANGE", "REVERSAL", "RATE_CHANGE"]
        assert balance(Kind.INTEREST_RECEIVABLE) == 2_130_56
        assert_proven()

    def test_a_correction_to_the_rate_before_only_takes_back(self, world):
        publish(world, {date(2031, 11, 20): "3.00", date(2031, 12, 22): "2.90"})
        loan = floating(world)
        close(NEW_YEAR)

        publish(world, {date(2031, 12, 22): "3.00"}, on=NEW_YEAR + ONE_DAY)
        close(NEW_YEAR + ONE_DAY)

        assert changes(loan) == []
        assert interest(loan, NEW_YEAR + 2 * ONE_DAY) == 2_031_94  # 19 days at 3.85 %
        assert_proven()

    def test_a_new_value_touches_no_loan_that_takes_it_over_later(self, world):
        publish(world)
        floating(world)
        close(NEW_YEAR)

        assert publish(world, {date(2032, 1, 20): "2.80"}) == 0

    def test_a_repaid_loan_runs_again_where_a_higher_rate_comes_late(self, world):
        publish(world, {date(2031, 11, 20): "3.00"})
        loan = floating(world)
        close(NEW_YEAR + ONE_DAY)
        paid_on = NEW_YEAR + 10 * ONE_DAY
        repay(world, loan, str(fold(loan.contract, selectors.facts_of(loan), paid_on).payoff.amount), paid_on)
        assert Loan.objects.get().state == Loan.State.CLOSED

        publish(world, {date(2031, 12, 22): "3.10"}, on=paid_on + ONE_DAY)
        close(paid_on)

        assert changes(loan) == [(NEW_YEAR, "0.0395")]
        found = Loan.objects.get()
        assert found.state == Loan.State.PART_REPAID
        assert fold(found.contract, selectors.facts_of(found), paid_on).payoff.minor == 27_78  # ten days at 0.1 % more
        assert_proven()
