"""Close of business: what is posted, what moves, and that nothing can make it wrong."""

from datetime import date, timedelta

import pytest

from scf.domain.waterfall import Due
from scf.kernel import audit
from scf.kernel.models import AuditEntry, OutboxMessage
from scf.ledger.models import AccountKind as Kind
from scf.ledger.models import Transaction
from scf.servicing.models import (
    AccrualLine,
    ClosedDay,
    Loan,
    LoanStanding,
    SettledLine,
    SettledTotal,
)  # fmt: skip
from scf.servicing.selectors.accruals import accrued, accrued_on
from tests.factories import LendingWorld
from tests.integration.closing_world import (
    DRAWN,
    DUE,
    ONE_DAY,
    assert_every_day_is_the_sum_of_its_loans,
    assert_proven,
    balance,
    close,
)  # fmt: skip
from tests.integration.servicing_world import noon, repay

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> LendingWorld:
    return LendingWorld()


@pytest.fixture
def loan(world) -> Loan:
    return world.loan()


class TestAccrual:
    def test_posts_each_days_interest_from_the_drawdown_on(self, loan):
        found = close(DRAWN + ONE_DAY)

        assert [(c.day, c.posted[Due.INTEREST]) for c in found] == [(DRAWN, 120_83), (DRAWN + ONE_DAY, 120_84)]
        assert balance(Kind.INTEREST_RECEIVABLE) == 241_67  # 1,000,000 x 4.35 % x 2 / 360
        assert balance(Kind.INTEREST) == -241_67
        assert_proven()

    def test_each_journal_names_the_day_that_caused_it(self, loan):
        close(DRAWN)

        journal = Transaction.objects.get(text="accrual")
        assert journal.event == audit.subject_of(ClosedDay.objects.get())
        assert (journal.value_date, journal.booking_date) == (DRAWN, DRAWN + ONE_DAY)

    def test_rounds_each_loan_for_itself_and_posts_the_sum(self, world):
        for _ in range(3):
            world.loan(amount="10.00")  # 0.1208 fen a day each: five days round to a fen, all three together

        found = close(DRAWN + timedelta(days=4))

        assert sum(c.posted[Due.INTEREST] for c in found) == sum(
            accrued(loan, DRAWN + timedelta(days=5))[Due.INTEREST] for loan in Loan.objects.all()
        )
        assert_every_day_is_the_sum_of_its_loans()
        assert_proven()

    def test_keeps_products_and_currencies_apart(self, world, loan):
        world.loan(currency="USD")

        assert {(c.book.product, c.book.currency) for c in close(DRAWN)} == {("RECEIPT", "CNY"), ("RECEIPT", "USD")}
        assert_proven()

    def test_stops_where_the_loan_is_repaid(self, world, loan):
        close(date(2031, 4, 1))
        repay(world, loan, "1003625.00", date(2031, 4, 2))

        found = close(date(2031, 4, 3))

        assert [c.posted[Due.INTEREST] for c in found] == [0, 0]
        assert balance(Kind.INTEREST_RECEIVABLE) == 0
        assert balance(Kind.INTEREST) == -3_625_00
        assert_proven()

    def test_penalty_runs_from_the_due_date_once_grace_is_over(self, loan):
        close(DUE + timedelta(days=2))  # one day of grace is left
        assert balance(Kind.PENALTY) == 0
        within_grace = -balance(Kind.INTEREST)

        close(DUE + timedelta(days=3))

        assert -balance(Kind.PENALTY) == 725_00  # 1,000,000 x 6.525 % x 4 / 360
        assert -balance(Kind.INTEREST) == 10_875_00 < within_grace  # what grace had accrued gives way to the penalty
        assert_proven()

    def test_a_loan_drawn_later_begins_on_its_day(self, world, loan):
        late = world.loan(drawn=date(2031, 3, 10))

        close(date(2031, 3, 9))

        assert accrued(late, date(2031, 3, 10))[Due.INTEREST] == 0
        assert_proven()

    def test_a_day_of_a_loan_is_computed_on_demand_and_as_it_was_known(self, world, loan):
        repay(world, loan, "500000.00", date(2031, 4, 2), on=date(2031, 4, 10))

        known_then = accrued_on(loan, date(2031, 4, 5), known_at=noon(date(2031, 4, 6)))
        known_now = accrued_on(loan, date(2031, 4, 5))

        assert (known_then[Due.INTEREST], known_now[Due.INTEREST]) == (120_83, 60_86)


class TestBackdatedEvents:
    def test_a_payment_before_closed_days_is_carried_by_the_next_one(self, world, loan):
        close(date(2031, 4, 20))
        repay(world, loan, "503625.00", date(2031, 4, 2), on=date(2031, 4, 21))

        (found,) = close(date(2031, 4, 21))

        # 49 days of the whole principal had been posted
        assert found.posted[Due.INTEREST] == accrued(loan, date(2031, 4, 22))[Due.INTEREST] - 5_920_83
        assert_every_day_is_the_sum_of_its_loans()
        assert_proven()

    def test_days_closed_before_stay_proven_by_what_was_known(self, world, loan):
        close(date(2031, 4, 20))
        repay(world, loan, "1003625.00", date(2031, 4, 2), on=date(2031, 4, 21))
        close(date(2031, 4, 25))
        repay(world, loan, "100.00", date(2031, 3, 20), on=date(2031, 4, 26))
        close(date(2031, 4, 28))

        assert_proven()

    def test_a_payment_after_the_missed_days_does_not_lower_them(self, world, loan):
        close(date(2031, 4, 1))
        repay(world, loan, "503625.00", date(2031, 4, 6))

        found = close(date(2031, 4, 6), on=date(2031, 4, 7))

        assert [c.posted[Due.INTEREST] for c in found[:4]] in (
            [120_83, 120_84, 120_83, 120_83],
            [120_84, 120_83, 120_83, 120_84],
        )
        assert found[-1].posted[Due.INTEREST] < 61_00
        assert_proven()


class TestMoving:
    def test_touches_only_loans_to_which_something_happens(self, world, loan):
        world.loan(days=30)
        close(DRAWN)

        touched = {c.day: c.touched for c in close(DUE - ONE_DAY)}

        assert {day: count for day, count in touched.items() if count} == {
            date(2031, 3, 29): 1, date(2031, 4, 1): 1,  # due soon; due the next morning
            date(2031, 4, 2): 1, date(2031, 4, 5): 1,  # late; grace is over
            date(2031, 5, 2): 1, date(2031, 5, 28): 1, DUE - ONE_DAY: 1,
        }  # fmt: skip
        assert_proven()

    def test_gives_notice_once_of_each(self, loan):
        for _ in range(2):
            close(DUE + timedelta(days=95))

        topics = OutboxMessage.objects.filter(topic__startswith="servicing.loan.").order_by("pk")
        assert [(m.topic.rpartition(".")[2], m.payload.get("after")) for m in topics] == [
            ("due_soon", None), ("due", None), ("overdue", None), ("class_changed", "SPECIAL_MENTION"),
            ("class_changed", "SUBSTANDARD"),
        ]  # fmt: skip

    def test_ages_and_classifies(self, loan):
        close(DUE + timedelta(days=90))

        stand = LoanStanding.objects.get()
        assert (stand.bucket, stand.class_code, stand.overdue_since) == ("91-270", "SUBSTANDARD", DUE)
        assert AuditEntry.objects.filter(action="loan.age").count() == 4
        assert {e.private_to for e in AuditEntry.objects.filter(action="loan.classify")} == {loan.bank}
        assert_proven()

    def test_a_payment_cures_at_once(self, world, loan):
        close(DUE + timedelta(days=9))

        repay(world, loan, "1100000.00", DUE + timedelta(days=10))

        stand = LoanStanding.objects.get()
        assert (stand.bucket, stand.class_code, stand.overdue_since) == ("CURRENT", "NORMAL", None)
        assert_proven()

    def test_a_payment_with_a_value_date_to_come_counts_from_it(self, world, loan):
        repay(world, loan, "1003625.00", date(2031, 4, 2), on=date(2031, 3, 31))
        close(date(2031, 3, 31))
        assert LoanStanding.objects.get().next_mark == date(2031, 4, 2)

        close(date(2031, 4, 3))

        assert balance(Kind.INTEREST) == -3_625_00
        assert_proven()

    def test_closed_loans_leave_the_daily_sum(self, world, loan):
        other = world.loan(amount="500000.00")
        repay(world, loan, "1003625.00", date(2031, 4, 2))

        close(date(2031, 4, 2))

        assert set(AccrualLine.objects.values_list("loan", flat=True)) == {other.pk}
        assert [(t.due, t.minor) for t in SettledTotal.objects.all()] == [("INTEREST", 3_625_00)]
        assert_proven()

    def test_and_come_back_where_something_happened_to_them_after_all(self, world, loan):
        repay(world, loan, "1003625.00", date(2031, 4, 2))
        close(date(2031, 4, 10))

        repay(world, loan, "500000.00", date(2031, 3, 13), on=date(2031, 4, 11))

        assert not SettledLine.objects.exists()
        assert {t.minor for t in SettledTotal.objects.all()} == {0}
        close(date(2031, 4, 11))
        assert SettledTotal.objects.get(due="INTEREST").minor == accrued(loan, date(2031, 4, 12))[Due.INTEREST] > 0
        assert_proven()

    def test_month_end_asks_for_the_statements(self, loan):
        close(date(2031, 3, 31))

        assert OutboxMessage.objects.get(topic="servicing.month.closed").payload["day"] == "2031-03-31"
