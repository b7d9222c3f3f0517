"""Surplus goes back once."""

from datetime import date

import pytest
from django.db.models import Sum

from scf.banks.gateways.base import Outcome, PaymentStatus
from scf.banks.models import Payment
from scf.banks.services.payments import PayeeNotVerified, send
from scf.banks.services.statuses import apply_status
from scf.domain.conventions import Conventions, Overpayment
from scf.domain.money import Money
from scf.kernel import outbox
from scf.ledger import selectors as ledger
from scf.ledger.models import Account, Leg
from scf.servicing import selectors, tasks
from scf.servicing.models import Loan, LoanEvent
from scf.servicing.selectors.changes import ChangeRefused
from scf.servicing.services import refunds
from tests.factories import LendingWorld
from tests.integration.changes_world import propose, shared
from tests.integration.servicing_world import noon, repay

pytestmark = pytest.mark.django_db
DAY = date(2031, 6, 1)
SURPLUS = Money.of("125.00", "CNY")


@pytest.fixture
def world() -> LendingWorld:
    return LendingWorld()


@pytest.fixture
def loan(world) -> Loan:
    return repay(world, world.loan(), "1011000.00", DAY)


def refund(world, loan, amount=SURPLUS) -> Payment:
    return refunds.refund(loan_id=loan.pk, amount=amount, by=world.clerk, at=noon(DAY))


def answer(payment: Payment, outcome: Outcome, monkeypatch) -> None:
    """The lender's answer arrives, and all promises are kept."""

    class Line:
        def send_payment(self, instruction, *, at):
            return None

    monkeypatch.setattr("scf.banks.services.payments.line_to", lambda connection: Line())
    send(payment_id=payment.pk, at=noon(DAY))
    status = PaymentStatus(payment.end_to_end_id, "", outcome, "X")
    apply_status(status=status, bank=payment.bank, at=noon(DAY))


def surplus() -> int:
    return Leg.objects.filter(account__kind=Account.Kind.SURPLUS).aggregate(sum=Sum("minor"))["sum"]


class TestOnItsWay:
    def test_the_payment_that_left_it_over_is_not_taken_back_meanwhile(self, world, loan):
        refund(world, loan)
        event = loan.events.get(kind="REPAYMENT")

        with pytest.raises(ChangeRefused):
            propose(world, loan, "REVERSAL", on=DAY, value_date=DAY, reverses=event)

    def test_it_is_not_passed_on_as_well(self, world):
        policy = Conventions(overpayment=Overpayment.PASS_ON)
        first = repay(world, world.loan(conventions=policy), "1011000.00", DAY)
        refund(world, first)
        second = world.loan(conventions=policy)
        shared(first, second)

        repay(world, first, "50.00", DAY)

        assert selectors.standing(first, DAY).now.surplus == Money.of("175.00", "CNY")
        assert not selectors.standing(second, DAY).now.paid["PRINCIPAL"]


class TestRefund:
    def test_asks_the_lender_to_pay_the_suppliers_verified_account(self, world, loan):
        payment = refund(world, loan)

        assert (payment.kind, payment.amount) == (Payment.Kind.REFUND, SURPLUS)
        assert (payment.debtor_account, payment.creditor_account) == (world.collection, world.payee)

    def test_is_not_asked_twice(self, world, loan):
        refund(world, loan)

        with pytest.raises(refunds.NothingOwedBack):
            refund(world, loan)

    def test_wants_the_amount_typed_exactly(self, world, loan):
        with pytest.raises(refunds.RefundDiffers):
            refund(world, loan, Money.of("125.01", "CNY"))

    def test_needs_a_verified_account(self, world, loan):
        world.payee.verified_at = None
        world.payee.save()

        with pytest.raises(PayeeNotVerified):
            refund(world, loan)

    def test_needs_a_surplus(self, world):
        with pytest.raises(refunds.NothingOwedBack):
            refund(world, world.loan())

    def test_can_be_asked_again_where_the_lender_could_not_pay(self, world, loan, monkeypatch):
        answer(refund(world, loan), Outcome.FAILED, monkeypatch)

        assert refund(world, loan).state == Payment.State.CREATED

    def test_finds_no_surplus_after_it_was_paid(self, world, loan, monkeypatch):
        payment = refund(world, loan)
        answer(payment, Outcome.PAID, monkeypatch)
        refunds.record_refund(payment_id=payment.pk, at=noon(DAY))

        assert selectors.owed_back(Loan.objects.all()) == []
        with pytest.raises(refunds.NothingOwedBack):
            refund(world, loan)


class TestRecordRefund:
    def test_is_booked_once_however_often_it_is_told(self, world, loan, monkeypatch):
        payment = refund(world, loan)
        answer(payment, Outcome.PAID, monkeypatch)

        for _ in range(2):
            tasks.payment_paid(message_id=1, at=noon(DAY), payment_id=payment.pk)

        assert LoanEvent.objects.filter(kind=LoanEvent.Kind.REFUND).count() == 1
        assert surplus() == 0
        assert ledger.unbalanced() == []
        assert selectors.history(loan)[-1].surplus == -SURPLUS

    def test_follows_the_lenders_answer_through_the_outbox(self, world, loan, monkeypatch):
        answer(refund(world, loan), Outcome.PAID, monkeypatch)

        outbox.deliver_all(now=noon(DAY))

        assert surplus() == 0

    def test_leaves_a_disbursement_alone(self, loan):
        disbursement = Payment.objects.get(kind=Payment.Kind.DISBURSEMENT)

        assert refunds.record_refund(payment_id=disbursement.pk, at=noon(DAY)) is None
