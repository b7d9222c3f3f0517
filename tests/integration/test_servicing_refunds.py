"""Surplus goes back once."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from scf.banks.gateways.base import Outcome, PaymentStatus, StatementEntry
from scf.banks.models import Payment
from scf.banks.services.payments import PayeeNotVerified, send
from scf.banks.services.statuses import apply_return, apply_status
from scf.domain.conventions import Conventions, Overpayment
from scf.domain.money import Money
from scf.kernel import outbox
from scf.ledger import selectors as ledger
from scf.ledger.models import Account, Leg
from scf.notifications.models import Notification
from scf.servicing import selectors, tasks
from scf.servicing.models import IncomingPayment, Loan, LoanEvent
from scf.servicing.selectors.changes import ChangeRefused
from scf.servicing.selectors.day_end import day_end
from scf.servicing.services import refunds
from tests.factories import LendingWorld
from tests.integration.changes_world import propose, shared
from tests.integration.servicing_world import bring, credit, noon, repay

pytestmark = pytest.mark.django_db
DAY, NEXT = date(2031, 6, 1), date(2031, 6, 2)
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


def collected() -> int:
    return Leg.objects.filter(account__kind=Account.Kind.COLLECTION).aggregate(sum=Sum("minor"))["sum"]


def codes(world: LendingWorld, day: date) -> dict[str, int]:
    found = day_end(world.collection, day)
    return {line["code"]: line["minor"] for line in found.lines}


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

    def test_is_not_asked_again_between_the_banks_word_and_its_booking(self, world, loan, monkeypatch):
        answer(refund(world, loan), Outcome.PAID, monkeypatch)

        assert selectors.owed_back(Loan.objects.all())[0].on_its_way is not None
        with pytest.raises(refunds.NothingOwedBack):
            refund(world, loan)

    def test_finds_no_surplus_after_it_was_paid(self, world, loan, monkeypatch):
        payment = refund(world, loan)
        answer(payment, Outcome.PAID, monkeypatch)
        refunds.record_refund(payment_id=payment.pk, at=noon(DAY))

        assert selectors.owed_back(Loan.objects.all()) == []
        with pytest.raises(refunds.NothingOwedBack):
            refund(world, loan)


class TestTheDatabase:
    def test_knows_one_refund_of_a_loan_under_way(self, world, loan):
        payment = refund(world, loan)
        copied = (
            "kind, bank_id, reference, thread, debtor_account_id, creditor_account_id, amount_minor, currency, "
            "execution_date, state, reason_code, reason, created_at, asks"
        )
        second = (
            f"INSERT INTO banks_payment (end_to_end_id, {copied}) SELECT 'X', {copied} FROM banks_payment WHERE id = %s"  # noqa: E501
        )
        attack = pytest.raises(IntegrityError, match="payment_refunds_one_at_a_time")
        with attack, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(second, [payment.pk])


class TestSentBack:
    @pytest.fixture
    def paid(self, world, loan, monkeypatch) -> Payment:
        """A surplus that was returned."""
        payment = refund(world, loan)
        answer(payment, Outcome.PAID, monkeypatch)
        outbox.deliver_all(now=noon(DAY))
        assert surplus() == 0
        return payment

    def come_back(self, payment: Payment) -> None:
        apply_return(
            end_to_end_id=payment.end_to_end_id, bank=payment.bank, amount=payment.amount, on=NEXT,
            reason="account closed", code="AC04", at=noon(NEXT),
        )  # fmt: skip
        outbox.deliver_all(now=noon(NEXT))

    def money(self, payment: Payment, amount: str = "125.00", **more) -> StatementEntry:
        """The credit on the collection account."""
        return credit(amount, "RETURNED", NEXT, end_to_end_id=payment.end_to_end_id, **more)

    def test_it_is_owed_again_a_clerk_is_told_and_it_is_returned_anew(self, world, loan, paid):
        for _time in range(2):
            self.come_back(paid)

        (owed,) = selectors.owed_back(Loan.objects.all())
        assert (owed.amount, owed.on_its_way, surplus()) == (SURPLUS, None, -SURPLUS.minor)
        assert Notification.objects.filter(code="refund.returned", membership=world.clerk).count() == 1
        assert ledger.unbalanced() == []
        again = refunds.refund(loan_id=loan.pk, amount=SURPLUS, by=world.clerk, at=noon(NEXT))
        assert again.state == Payment.State.CREATED and again.pk != paid.pk

    @pytest.mark.parametrize("is_told_first", [True, False])
    def test_its_credit_is_nobodys_payment_whoever_tells_first(self, world, loan, paid, is_told_first):
        if is_told_first:
            self.come_back(paid)
        bring(world, self.money(paid))
        outbox.deliver_all(now=noon(NEXT))
        self.come_back(paid)

        assert surplus() == -SURPLUS.minor
        assert not IncomingPayment.objects.filter(value_date=NEXT).exists()
        assert collected() == 1_011_000_00

    def test_but_a_second_credit_or_another_amount_waits_for_a_person(self, world, loan, paid):
        bring(world, self.money(paid), self.money(paid), self.money(paid, "1.00"))
        outbox.deliver_all(now=noon(NEXT))

        waiting = IncomingPayment.objects.filter(value_date=NEXT, state=IncomingPayment.State.SUSPENSE)
        assert sorted(waiting.values_list("amount_minor", flat=True)) == [1_00, 125_00]

    def test_the_end_of_each_day_says_where_it_was(self, world, loan, paid):
        bring(world, credit("-125.00", "refund", DAY, end_to_end_id=paid.end_to_end_id), opening=1_011_000_00)
        self.come_back(paid)
        assert codes(world, DAY) == {} and codes(world, NEXT) == {"NO_STATEMENT": 0, "RETURN_NOT_SHOWN": -125_00}

        bring(world, self.money(paid), opening=1_010_875_00)
        assert codes(world, DAY) == codes(world, NEXT) == {}

    def test_news_of_the_return_before_that_of_the_payment(self, world, loan, monkeypatch):
        payment = refund(world, loan)
        answer(payment, Outcome.PENDING, monkeypatch)
        self.come_back(payment)

        assert (Payment.objects.get(pk=payment.pk).state, surplus()) == ("RETURNED", -SURPLUS.minor)

    def test_a_surplus_that_the_lender_could_not_pay_is_told(self, world, loan, monkeypatch):
        answer(refund(world, loan), Outcome.FAILED, monkeypatch)
        outbox.deliver_all(now=noon(DAY))

        assert Notification.objects.get(code="refund.failed").membership == world.clerk


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
