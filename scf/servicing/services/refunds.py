"""Surplus goes back to the supplier: instructed by a person, booked when the lender has paid."""

# budget: a refund is an instruction to a bank and an event of a loan

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.banks.models import Payment
from scf.banks.services import payments
from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.kernel import audit, outbox
from scf.kernel.clock import day_of
from scf.parties import refusals
from scf.parties import selectors as parties
from scf.parties.models import BankAccount, Membership

from .. import selectors
from ..models import Loan, LoanEvent
from . import books, states


class NothingOwedBack(DomainError):
    """There is no surplus on the loan, or its refund is on its way already."""

    code = "NOTHING_OWED_BACK"


class RefundDiffers(DomainError):
    """The amount typed is not the surplus."""

    code = "REFUND_DIFFERS"


class NoCollectionAccount(DomainError):
    """The lender has no collection account in this currency."""

    code = "NO_COLLECTION_ACCOUNT"


refusals.register(
    {
        "NOTHING_OWED_BACK": _("Nothing is owed back on loan %(loan)s, or the refund is on its way already."),
        "REFUND_DIFFERS": _("The surplus on loan %(loan)s is %(owed)s. Type exactly this amount to return it."),
        "NO_COLLECTION_ACCOUNT": _(
            "%(bank)s has no collection account in %(currency)s to pay from. Ask its administrator to add one."
        ),
    }
)


def payee_of(loan: Loan, *, at: datetime) -> BankAccount | None:
    """The supplier's verified account into which a surplus goes."""
    return parties.payee_account(loan.supplier, loan.currency, at=at)


@transaction.atomic
def refund(*, loan_id: int, amount: Money, by: Membership, at: datetime) -> Payment:
    """Tell the lender to return the loan's whole surplus to the supplier's verified account, once.

    amount  as the person typed it, to show that it was meant
    Raises NothingOwedBack, RefundDiffers, NoCollectionAccount, PayeeNotVerified.
    """
    loan = Loan.objects.select_for_update(of=("self",)).select_related("bank", "supplier").get(pk=loan_id)
    owed = _owed(loan)
    if amount != owed:
        raise RefundDiffers("not the surplus", loan=loan.number, owed=str(owed))
    return _instruct(loan, owed, by=by, at=at)


@transaction.atomic
def refund_by_contract(*, loan: Loan, at: datetime) -> Payment | None:
    """Tell the lender to return the surplus, because the contract says so; None where a person must see to it.

    The caller holds the loan's row.
    """
    try:
        return _instruct(loan, _owed(loan), by=None, at=at)
    except (NothingOwedBack, NoCollectionAccount, payments.PayeeNotVerified):
        return None


def _owed(loan: Loan) -> Money:
    """What is to be returned now. A refund of which the bank says this very moment that it was paid is waited for."""
    list(selectors.refunds_of(loan).select_for_update().values_list("pk"))
    found = selectors.owed_back(Loan.objects.filter(pk=loan.pk))
    if not found or found[0].on_its_way is not None:
        raise NothingOwedBack("no surplus is waiting", loan=loan.number)
    return found[0].amount


def _instruct(loan: Loan, owed: Money, *, by: Membership | None, at: datetime) -> Payment:
    debtor = parties.bank_account(loan.bank, BankAccount.Purpose.COLLECTION, loan.currency)
    if debtor is None:
        raise NoCollectionAccount("no account to pay from", bank=str(loan.bank), currency=loan.currency)
    return payments.instruct(
        kind=Payment.Kind.REFUND,
        bank=loan.bank,
        reference=loan.reference,
        loan_number=loan.number,
        thread=loan.thread,
        amount=owed,
        debtor=debtor,
        creditor=payee_of(loan, at=at),
        execution_date=day_of(at),
        by=by,
        at=at,
    )


@transaction.atomic
def record_refund(*, payment_id: int, at: datetime) -> LoanEvent | None:
    """The lender has returned a surplus: an event and its journal. Safe to repeat; None for other payments."""
    payment = Payment.objects.get(pk=payment_id)
    if payment.kind != Payment.Kind.REFUND or payment.state not in (Payment.State.PAID, Payment.State.RETURNED):
        return None
    loan = (
        Loan.objects.select_for_update(of=("self",))
        .select_related("bank", "supplier")
        .get(pk=selectors.loan_of_refund(payment).pk)
    )
    known = LoanEvent.objects.filter(source=audit.subject_of(payment)).first()
    if known is not None:
        return known
    assert payment.value_date is not None, "a paid payment has a value date"
    event = LoanEvent.objects.create(
        loan=loan,
        kind=LoanEvent.Kind.REFUND,
        amount_minor=payment.amount_minor,
        value_date=payment.value_date,
        source=audit.subject_of(payment),
        recorded_at=at,
    )
    books.book_refund(loan=loan, event=event, at=at)
    facts = {"amount": str(payment.amount), "loan": loan.number, "payment": payment.end_to_end_id}
    states.follow(loan, facts=facts, event=event, by=None, at=at)
    return event


@transaction.atomic
def take_back(*, payment_id: int, on: date, at: datetime) -> LoanEvent | None:
    """The payee's bank sent a surplus back: it is owed again, and a person is told. Safe to repeat.

    None for other payments.
    """
    event = record_refund(payment_id=payment_id, at=at)  # news of the return may come before that of the payment
    if event is None:
        return None
    loan = Loan.objects.select_for_update(of=("self",)).select_related("bank", "supplier").get(pk=event.loan_id)
    known = LoanEvent.objects.filter(reverses=event).first()
    if known is not None:
        return known
    payment = Payment.objects.get(pk=payment_id)
    reversal = LoanEvent.objects.create(
        loan=loan, kind=LoanEvent.Kind.REVERSAL, amount_minor=0, value_date=max(on, event.value_date), reverses=event,
        source=f"{audit.subject_of(payment)}/return", data={"is_bounced": True}, recorded_at=at,
    )  # fmt: skip
    books.book_event(loan=loan, event=reversal, at=at)
    facts = {"amount": str(payment.amount), "loan": loan.number, "payment": payment.end_to_end_id}
    states.follow(loan, facts=facts, event=reversal, by=None, at=at, note=payment.reason)
    outbox.put(topic="servicing.refund.unpaid", payload={"payment_id": payment_id}, at=at)
    return reversal


@transaction.atomic
def record_failed(*, payment_id: int, at: datetime) -> None:
    """The lender could not return a surplus: it stays owed, and a person is told. Other payments are not ours."""
    payment = Payment.objects.get(pk=payment_id)
    if payment.kind == Payment.Kind.REFUND and payment.state == Payment.State.FAILED:
        outbox.put(topic="servicing.refund.unpaid", payload={"payment_id": payment_id}, at=at)
