"""Money that comes in by its meaning, goes back to suspense, or on to another loan."""

from datetime import timedelta

import pytest

from scf.domain.conventions import Conventions, Overpayment
from scf.servicing import selectors
from scf.servicing.models import IncomingPayment, Loan
from scf.servicing.selectors.changes import ChangeRefused, reversible
from scf.servicing.services import matching
from tests.factories import LendingWorld
from tests.integration.changes_world import DAY, DRAWN, DUE, Kind, cny, now, propose, shared, take_back
from tests.integration.closing_world import balance, close
from tests.integration.servicing_world import noon, repay

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> LendingWorld:
    return LendingWorld()


@pytest.fixture
def loan(world) -> Loan:
    return world.loan()


class TestTakenBack:
    def test_a_payment_on_the_wrong_loan_goes_to_the_right_one(self, world, loan):
        other = world.loan()
        wrong = repay(world, loan, "1003625.00", DAY)
        assert wrong.state == Loan.State.CLOSED

        reopened = take_back(world, loan.events.get(kind="REPAYMENT"))

        incoming = IncomingPayment.objects.get()
        assert reopened.state == Loan.State.PART_REPAID and reopened.closed_on is None
        assert (incoming.state, incoming.why, selectors.waiting_of(incoming).minor) == (
            "SUSPENSE",
            "TAKEN_BACK",
            incoming.amount_minor,
        )
        assert balance("SUSPENSE") == -1_003_625_00
        matching.allocate(incoming_id=incoming.pk, loan_id=other.pk, by=world.clerk, at=noon(DAY))
        assert Loan.objects.get(pk=other.pk).state == Loan.State.CLOSED and balance("SUSPENSE") == 0

    def test_it_can_come_to_the_same_loan_again(self, world, loan):
        repay(world, loan, "400000.00", DAY)
        before = now(loan)
        take_back(world, loan.events.get(kind="REPAYMENT"))
        assert now(loan).principal == cny("1000000.00")

        incoming = IncomingPayment.objects.get()
        matching.allocate(incoming_id=incoming.pk, loan_id=loan.pk, by=world.clerk, at=noon(DAY))

        assert now(loan).paid == before.paid
        assert len({event.source for event in loan.events.all()}) == 4

    def test_what_left_the_lender_is_not_taken_back_nor_what_was_already(self, world, loan):
        repay(world, loan, "400000.00", DAY)
        payment = loan.events.get(kind="REPAYMENT")
        take_back(world, payment)

        assert reversible(loan) == []
        for event in loan.events.all():
            with pytest.raises(ChangeRefused):
                propose(world, loan, Kind.REVERSAL, value_date=event.value_date, reverses=event)

    def test_an_event_of_another_loan_is_not_taken_back_here(self, world, loan):
        other = world.loan()
        repay(world, other, "5.00", DAY)

        with pytest.raises(ChangeRefused):
            propose(world, loan, Kind.REVERSAL, value_date=DAY, reverses=other.events.get(kind="REPAYMENT"))


class TestWhatMoneyMeans:
    def test_given_back_within_three_days_it_cost_nothing(self, world):
        loan = world.loan(cooling_off_days=3)
        day = DRAWN + timedelta(days=3)
        close(day - timedelta(days=1))

        closed = repay(world, loan, "1000000.00", day, payer=world.supplier.name)
        close(day)

        assert (closed.state, loan.events.last().kind) == (Loan.State.CLOSED, "RETURN")
        assert balance("INTEREST") == 0 and now(loan).payoff == cny("0")

    @pytest.mark.parametrize(
        ("days", "amount", "is_supplier"), [(4, "1000000.00", True), (3, "999999.99", True), (3, "1000000.00", False)]
    )
    def test_too_late_too_little_or_from_another_it_is_a_repayment(self, world, days, amount, is_supplier):
        loan = world.loan(cooling_off_days=3)
        payer = world.supplier if is_supplier else world.buyer

        repay(world, loan, amount, DRAWN + timedelta(days=days), payer=payer.name)

        assert loan.events.last().kind == "REPAYMENT" and now(loan).paid["INTEREST"]

    def test_the_supplier_buys_back_what_the_buyer_did_not_pay(self, world, loan):
        day = DUE + timedelta(days=10)
        owed = now(loan, day).payoff

        closed = repay(world, loan, str(owed.amount), day, payer=world.supplier.name)

        assert (closed.state, loan.events.last().kind) == (Loan.State.CLOSED, "BUY_BACK")
        assert not selectors.paid_by_buyer(loan).minor


class TestOverpaid:
    @staticmethod
    def policy(kind: Overpayment) -> Conventions:
        return Conventions(overpayment=kind)

    def test_it_is_returned_at_once_where_the_contract_says_so(self, world):
        loan = world.loan(conventions=self.policy(Overpayment.REFUND))

        repay(world, loan, "1003650.00", DAY)

        (payment,) = selectors.refunds_of(loan)
        assert payment.amount == cny("25.00") and payment.creditor_account == world.payee

    def test_it_goes_to_the_next_loan_on_the_same_goods_and_comes_back_with_it(self, world, monkeypatch):
        first, second, third = (world.loan(conventions=self.policy(Overpayment.PASS_ON), days=d) for d in (60, 90, 80))
        shared(first, second, third)

        repay(world, first, "1003650.00", DAY)

        assert (now(second).paid["INTEREST"], now(third).paid["INTEREST"]) == (cny("0"), cny("25.00"))
        assert now(first).surplus == cny("0") and balance("SUSPENSE") == balance("CLEARING") == 0
        (passed,) = [event for event in reversible(first) if event.kind == "PASSED_ON"]
        assert reversible(third) == []
        with pytest.raises(ChangeRefused):
            take_back(world, first.events.get(kind="REPAYMENT"))

        take_back(world, passed)

        assert now(first).surplus == cny("25.00") and now(third).paid["INTEREST"] == cny("0")
        assert balance("SUSPENSE") == balance("CLEARING") == 0

    def test_it_is_kept_where_there_is_no_other_loan(self, world):
        loan = world.loan(conventions=self.policy(Overpayment.PASS_ON))
        world.loan()

        repay(world, loan, "1003650.00", DAY)

        assert now(loan).surplus == cny("25.00")

    def test_without_a_verified_account_it_waits_for_a_person(self, world):
        world.payee.verified_at = None
        world.payee.save()
        loan = world.loan(conventions=self.policy(Overpayment.REFUND))

        assert repay(world, loan, "1003650.00", DAY).state == Loan.State.CLOSED
        (owed,) = selectors.owed_back(Loan.objects.all())
        assert owed.amount == cny("25.00") and owed.on_its_way is None
