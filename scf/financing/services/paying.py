"""From pledge to loan, and from repaid loan to settled case."""

# budget: the seam where goods, lender, payment and loan meet; split, one hand-over would lie in two files
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.banks.models import Investigation, Payment
from scf.banks.services import investigations, payments
from scf.collateral.models import Hit, ReleaseOrder
from scf.collateral.services import perfecting
from scf.domain.errors import DomainError
from scf.kernel import lifecycle, outbox
from scf.kernel.clock import day_of
from scf.parties import refusals
from scf.parties import selectors as parties
from scf.parties.models import BankAccount, Membership
from scf.servicing.models import Loan
from scf.servicing.services import liquidating as servicing
from scf.servicing.services import loans

from ..models import Application
from . import liquidating, precedents, securing
from .applying import end_case
from .choosing import drawdown_on, terms_of


class LenderHasNoAccount(DomainError):
    """The lender has no account in this currency to pay from."""

    code = "LENDER_HAS_NO_ACCOUNT"


class PaidAfterAll(DomainError):
    """The bank has said since that it has paid."""

    code = "PAID_AFTER_ALL"


refusals.register(
    {
        "PAID_AFTER_ALL": _(
            "The bank says that it has paid %(payment)s after all. Choose to pay again: that payment is taken over, "
            "and nothing is paid twice."
        ),
        "LENDER_HAS_NO_ACCOUNT": _(
            "%(bank)s has no lending account in %(currency)s. Ask its administrator to add one."
        ),
    }
)


def _locked(application_id: int) -> Application:
    return Application.objects.select_for_update(of=("self",)).select_related(
        "product", "supplier", "buyer", "accepted_case__bank", "liquidates"
    ).get(pk=application_id)  # fmt: skip


@transaction.atomic
def instruct(*, application_id: int, by: Membership | None, at: datetime) -> Application:
    """Tell the lender to pay, once: from PLEDGED by the flow, from PAYMENT_FAILED by a person.

    The goods are checked again, the pledge must be effective, and what the lender wants to see before must be there.
    Where the loan pays off another one, the lender keeps back what that takes on the day of the payment, and pays out
    the rest. Raises ChecksFailed, NotEffective, PrecedentsOpen, PayeeNotVerified, LenderHasNoAccount,
    TooLittleToLiquidate, NotAllowedNow.
    """
    application = _locked(application_id)
    case = application.accepted_case
    assert case is not None
    if _paid_after_all(application) is not None:
        return _take_over(application, by, at)
    securing.recheck(application, amount=case.amount, stage=Hit.Stage.PAYMENT, at=at)
    perfecting.require_effective(reference=application.number)
    precedents.require_met(application)
    debtor = parties.bank_account(case.bank, BankAccount.Purpose.LENDING, application.currency)
    if debtor is None:
        raise LenderHasNoAccount("no lending account", bank=str(case.bank), currency=application.currency)
    paid_on = drawdown_on(application, day_of(at))
    amount = liquidating.paid_out(application, case.amount, paid_on)
    if application.liquidates is not None:
        application.kept_back_minor = (case.amount - amount).minor
    lifecycle.fire(application, "instruct", by=by, at=at)
    payments.instruct(
        kind=Payment.Kind.DISBURSEMENT,
        bank=case.bank,
        reference=application.number,
        thread=application.thread,
        amount=amount,
        debtor=debtor,
        creditor=parties.payee_account(application.supplier, application.currency, at=at),
        execution_date=paid_on,
        by=by,
        at=at,
    )
    return application


def _paid_after_all(application: Application) -> Payment | None:
    """An instruction that failed, of which the bank has said since that it has paid it."""
    if application.state != Application.State.PAYMENT_FAILED:
        return None
    paid = Payment.objects.filter(
        reference=application.number, kind=Payment.Kind.DISBURSEMENT, state=Payment.State.PAID
    )  # fmt: skip
    return paid.first()


def _take_over(application: Application, by: Membership | None, at: datetime) -> Application:
    """Nothing is paid again: the payment that the bank made after all is the case's."""
    payment = _paid_after_all(application)
    assert payment is not None
    lifecycle.fire(application, "instruct", by=by, at=at, facts={"payment": payment.end_to_end_id})
    kinds, note = (Investigation.Kind.PAID_AFTER_FAILED,), "taken over as the payment of the case"
    investigations.close_by_news(payment=payment, kinds=kinds, note=note, at=at)
    outbox.put(topic="banks.payment.paid", payload={"payment_id": payment.pk}, at=at)
    return application


@transaction.atomic
def record_paid(*, payment_id: int, at: datetime) -> Application:
    """The lender has paid: the loan runs from the value date. Safe to repeat.

    Where the money has come back already, nothing was lent: a person decides.
    """
    payment = Payment.objects.select_for_update().get(pk=payment_id)  # whoever tells of its return waits
    application = _locked(Application.objects.get(number=payment.reference).pk)
    later = Payment.objects.filter(reference=payment.reference, kind=payment.kind, pk__gt=payment.pk)
    is_latest = not later.exclude(state__in=[Payment.State.FAILED, Payment.State.RETURNED]).exists()
    if application.state != Application.State.DISBURSING or not is_latest:
        return application
    if payment.state == Payment.State.RETURNED:
        return _failed(application, payment, at)
    case = application.accepted_case
    assert case is not None and payment.value_date is not None
    case.application = application
    terms = terms_of(case, payment.value_date)
    loan = loans.open_loan(
        payment=payment,
        supplier=application.supplier,
        buyer=application.buyer,
        product=application.product.code,
        contract=terms.contract,
        fee=terms.fee,
        at=at,
    )
    kept_back = case.amount - payment.amount
    if application.liquidates is not None and kept_back:
        application.kept_back_minor = kept_back.minor  # of the instruction that was paid, not of the last one
        servicing.liquidate(
            loan_id=application.liquidates.pk, by_loan=loan, at=at, amount=kept_back,
            on=min(payment.execution_date, payment.value_date),
        )  # fmt: skip
    lifecycle.fire(application, "disburse", by=None, at=at, facts={"amount": str(case.amount)})
    outbox.put(topic="financing.application.disbursed", payload={"application_id": application.pk}, at=at)
    return application


@transaction.atomic
def record_failed(*, payment_id: int, at: datetime) -> Application:
    """The lender could not pay; a person decides. Safe to repeat."""
    payment = Payment.objects.get(pk=payment_id)
    application = _locked(Application.objects.get(number=payment.reference).pk)
    later = Payment.objects.filter(reference=payment.reference, kind=payment.kind, pk__gt=payment.pk)
    is_latest = not later.exists()  # a refund of the case's first loan is no payment in its place
    if application.state == Application.State.DISBURSING and is_latest:
        return _failed(application, payment, at)
    return application


def _failed(application: Application, payment: Payment, at: datetime) -> Application:
    lifecycle.fire(application, "fail_payment", by=None, at=at, note=payment.reason)
    outbox.put(topic="financing.application.payment_failed", payload={"application_id": application.pk}, at=at)
    return application


@transaction.atomic
def unwind(*, application_id: int, reason: str, by: Membership, at: datetime) -> Application:
    """A person gives a failed payment up: the goods are free again. Raises PaidAfterAll, NotAllowedNow."""
    application = _locked(application_id)
    paid = _paid_after_all(application)
    if paid is not None:
        raise PaidAfterAll("the bank has paid after all", payment=paid.end_to_end_id)
    lifecycle.fire(application, "unwind", by=by, at=at, note=reason, reason=reason)
    end_case(application, by=by, at=at)
    return application


@transaction.atomic
def settle(*, loan_id: int, at: datetime) -> Application:
    """The loan is repaid: the lender releases the goods, the case is settled. Safe to repeat.

    Where the payee's bank sent the money back, the case is open again: a person pays it anew or gives it up.

    Goods that the buyer's money paid for carry no claim any more; what the supplier repaid from its own pocket, or
    what was lent on goods in store, leaves them free to be lent on.
    """
    loan = Loan.objects.select_for_update(of=("self",)).select_related("bank").get(pk=loan_id)
    application = _locked(Application.objects.get(number=loan.reference).pk)
    if application.state != Application.State.DISBURSED or not loan.has_ended or not loan.is_last_of_case:
        return application
    if loan.returned_on is not None:  # nothing was lent: the goods stay pledged until a person has decided
        lifecycle.fire(application, "fail_payment", by=None, at=at, facts={"loan": loan.number})
        outbox.put(topic="financing.application.payment_failed", payload={"application_id": application.pk}, at=at)
        return application
    securing.free(application, by=None, at=at, reason=ReleaseOrder.Reason.REPAID, cause=loan.number)
    lifecycle.fire(application, "settle", by=None, at=at, facts={"loan": loan.number})
    outbox.put(topic="financing.application.settled", payload={"application_id": application.pk}, at=at)
    return application
