"""Repayments of every kind, and the books that follow them."""

from datetime import date

import pytest
from django.db.models import Sum

from scf.kernel import audit
from scf.kernel.models import OutboxMessage
from scf.ledger import selectors as ledger
from scf.ledger.models import Account, Leg
from scf.parties.models import Organisation
from scf.servicing import selectors
from scf.servicing.models import Loan, LoanEvent
from scf.servicing.services import loans
from tests.factories import NOON, LendingWorld, account, organisation
from tests.integration.servicing_world import bring, credit, repay

pytestmark = pytest.mark.django_db
DUE = date(2031, 6, 1)


@pytest.fixture
def world() -> LendingWorld:
    return LendingWorld()


@pytest.fixture
def loan(world) -> Loan:
    return world.loan()


def balance(loan: Loan, kind: str) -> int:
    legs = Leg.objects.filter(transaction__thread=audit.subject_of(loan), account__kind=kind)
    return legs.aggregate(sum=Sum("minor"))["sum"] or 0


def assert_books_follow(loan: Loan) -> None:
    """The books are balanced and hold what a fold of all events says."""
    end = selectors.standing(loan, date(2035, 1, 1)).now
    assert ledger.unbalanced() == []
    assert balance(loan, Account.Kind.PRINCIPAL) == end.principal.minor
    assert -balance(loan, Account.Kind.INTEREST_RECEIVABLE) == sum(m.interest.minor for m in selectors.history(loan))
    assert -balance(loan, Account.Kind.PENALTY_RECEIVABLE) == sum(m.penalty.minor for m in selectors.history(loan))
    assert -balance(loan, Account.Kind.SURPLUS) == end.surplus.minor


class TestRepayment:
    def test_exactly_what_is_due_closes_the_loan(self, world, loan):
        found = repay(world, loan, "1010875.00", DUE)

        assert (found.state, found.closed_on) == (Loan.State.CLOSED, DUE)
        assert OutboxMessage.objects.filter(topic="servicing.loan.closed").count() == 1
        assert_books_follow(found)

    def test_an_early_one_pays_interest_for_the_days_lent(self, world, loan):
        found = repay(world, loan, "1003625.00", date(2031, 4, 2))

        assert found.state == Loan.State.CLOSED
        assert selectors.history(found)[-1].interest.minor == 3_625_00
        assert_books_follow(found)

    def test_a_partial_one_settles_interest_first_and_lowers_what_bears_it(self, world, loan):
        found = repay(world, loan, "400000.00", date(2031, 4, 2))

        stand = selectors.standing(found, DUE).now
        assert found.state == Loan.State.PART_REPAID
        assert stand.principal.minor == 603_625_00
        assert stand.interest.minor == 4_376_28  # 603,625.00 x 4.35 % x 60 / 360, half-up
        assert_books_follow(found)

    def test_a_fen_too_little_leaves_the_loan_open(self, world, loan):
        found = repay(world, loan, "1010874.99", DUE)

        assert found.state == Loan.State.PART_REPAID
        assert selectors.standing(found, DUE).now.payoff.minor == 1

    def test_too_much_closes_the_loan_and_owes_the_rest_back(self, world, loan):
        found = repay(world, loan, "1011000.00", DUE)

        assert found.state == Loan.State.CLOSED
        assert [(o.loan, o.amount.minor) for o in selectors.owed_back(Loan.objects.all())] == [(loan, 125_00)]
        assert_books_follow(found)

    def test_within_grace_the_contract_rate_goes_on(self, world, loan):
        found = repay(world, loan, "1011237.50", date(2031, 6, 4))

        assert found.state == Loan.State.CLOSED
        assert selectors.history(found)[-1].penalty.minor == 0
        assert_books_follow(found)

    def test_after_grace_the_penalty_runs_from_the_due_date(self, world, loan):
        # 1,000,000 x 6.525 % x 4 / 360 on top of 10,875.00, which itself bears 7.88
        found = repay(world, loan, "1011607.88", date(2031, 6, 5))

        last = selectors.history(found)[-1]
        assert found.state == Loan.State.CLOSED
        assert (last.interest.minor, last.penalty.minor) == (10_875_00, 725_00)
        assert_books_follow(found)

    def test_a_later_one_on_a_closed_loan_is_all_surplus(self, world, loan):
        repay(world, loan, "1010875.00", DUE)

        found = repay(world, loan, "50.00", date(2031, 6, 9))

        assert found.state == Loan.State.CLOSED
        assert -balance(found, Account.Kind.SURPLUS) == 50_00
        assert_books_follow(found)


class TestBackdatedRepayment:
    def test_the_books_carry_the_difference(self, world, loan):
        repay(world, loan, "300000.00", date(2031, 5, 2))
        before = balance(loan, Account.Kind.INTEREST_RECEIVABLE)

        found = repay(world, loan, "200000.00", date(2031, 4, 2), on=date(2031, 5, 10))

        assert balance(found, Account.Kind.INTEREST_RECEIVABLE) != before
        assert_books_follow(found)

    def test_it_can_close_the_loan_on_the_day_of_the_payment_that_came_first(self, world, loan):
        repay(world, loan, "1000000.00", date(2031, 4, 12), on=date(2031, 4, 14))

        found = repay(world, loan, "5000.00", date(2031, 4, 2), on=date(2031, 4, 20))

        assert found.state == Loan.State.CLOSED
        assert found.closed_on == date(2031, 4, 12)
        assert_books_follow(found)

    def test_one_before_a_closing_makes_a_surplus(self, world, loan):
        repay(world, loan, "1010875.00", DUE)

        found = repay(world, loan, "100000.00", date(2031, 5, 2), on=date(2031, 6, 10))

        # 7,250.00 of it was interest of sixty days; thirty days on the other 92,750.00 were paid too much
        assert -balance(found, Account.Kind.SURPLUS) == 100_000_00 + 336_22
        assert_books_follow(found)

    def test_a_value_date_before_the_drawdown_counts_from_the_drawdown(self, world, loan):
        found = repay(world, loan, "1000.00", date(2031, 3, 1), on=date(2031, 3, 10))

        assert found.events.get(kind=LoanEvent.Kind.REPAYMENT).value_date == loan.drawdown_date


class TestPayer:
    @pytest.mark.parametrize(("who", "role"), [("buyer", "BUYER"), ("supplier", "SUPPLIER")])
    def test_is_told_by_the_name_in_either_language(self, world, loan, who, role):
        found = repay(world, loan, "10.00", date(2031, 4, 1), payer=getattr(world, who).name_en)

        assert found.events.get(kind=LoanEvent.Kind.REPAYMENT).payer == role

    def test_anybody_else_is_other(self, world, loan):
        assert repay(world, loan, "10.00", date(2031, 4, 1)).events.last().payer == "OTHER"


class TestLoanMeant:
    @pytest.mark.parametrize(
        "written", ["{}", "还款{}谢谢", "Repay {} thanks", "INV77 {}/2", "{dashless}", "{lower}", "{wide}"]
    )
    def test_the_number_is_found_however_it_is_written(self, world, loan, written):
        wide = loan.number.translate({ord("-"): "\uff0d"})
        text = written.format(loan.number, dashless=loan.number.replace("-", ""), lower=loan.number.lower(), wide=wide)

        outcome = bring(world, credit("10.00", text, date(2031, 4, 1)))[0]

        assert (outcome.allocated, outcome.suspended) == (1, 0)

    def test_the_number_of_the_case_means_its_loan(self, world, loan):
        assert bring(world, credit("10.00", loan.reference, date(2031, 4, 1)))[0].allocated == 1

    def test_a_loan_of_another_lender_is_not_meant(self, world, loan):
        other = organisation(Organisation.Kind.BANK)
        theirs = account(other, "COLLECTION")

        outcome = bring(world, credit("10.00", loan.number, date(2031, 4, 1)), account=theirs.number)[0]

        assert outcome.suspended == 1

    def test_two_loans_in_one_payment_are_for_a_person_to_tell_apart(self, world, loan):
        text = f"{loan.number} {world.loan().number}"

        assert bring(world, credit("10.00", text, date(2031, 4, 1)))[0].suspended == 1


def test_opening_twice_is_opening_once(world, loan):
    from scf.banks.models import Payment

    payment = Payment.objects.get(reference=loan.reference)

    again = loans.open_loan(
        payment=payment, supplier=loan.supplier, buyer=loan.buyer, product="RECEIPT", contract=loan.contract, at=NOON
    )

    assert again == loan and Loan.objects.count() == 1 and loan.events.count() == 1
