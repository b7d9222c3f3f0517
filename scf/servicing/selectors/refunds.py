"""Reading surplus that goes back: what is owed, what is under way, what the payee's bank sent back."""

import re
from dataclasses import dataclass
from datetime import date

from django.db.models import CharField, Exists, Max, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Concat

from scf.banks.models import Payment, StatementEntry
from scf.domain.money import Money
from scf.ledger.models import Account, Leg

from ..models import Loan, LoanEvent

State = Payment.State
INSTRUCTION = re.compile(r"PO-\d{8}-\d{4,}")  # how banks.services.payments numbers instructions


@dataclass(frozen=True, slots=True)
class OwedBack:
    """Surplus that a lender owes back on a loan, and the instruction that is on its way, if one is.

    since  value date of the last movement of the surplus
    """

    loan: Loan
    amount: Money
    since: date
    on_its_way: Payment | None


def owed_back(loans: QuerySet[Loan]) -> list[OwedBack]:
    """Which of `loans` were overpaid and not yet refunded, by the books; three queries for any number."""
    legs = Leg.objects.filter(account__kind=Account.Kind.SURPLUS).values("transaction__thread")
    sums = legs.annotate(minor=Sum("minor"), since=Max("transaction__value_date")).filter(minor__lt=0)
    by_loan = {int(row["transaction__thread"].rpartition(":")[2]): row for row in sums}
    found = list(loans.filter(pk__in=by_loan).select_related("bank", "supplier").order_by("id"))
    moving = under_way(Payment.objects.filter(reference__in=[loan.reference for loan in found]))
    by_reference = {payment.reference: payment for payment in moving.order_by("id")}
    return [
        OwedBack(
            loan,
            Money(-by_loan[loan.pk]["minor"], loan.currency),
            by_loan[loan.pk]["since"],
            by_reference.get(loan.reference),
        )
        for loan in found
    ]


def under_way(payments: QuerySet[Payment]) -> QuerySet[Payment]:
    """Of these the refunds whose end the loan does not know yet: without an answer, or with one that is not booked.

    A bank's answer comes a moment before its booking: in between, the books still owe what has left already.
    """
    subject = Concat(Value(f"{Payment._meta.label_lower}:"), Cast(OuterRef("pk"), CharField()))
    booked = LoanEvent.objects.filter(kind=LoanEvent.Kind.REFUND, source=subject)
    is_known = Q(state=State.FAILED) | Q(state=State.PAID, is_booked=True) | Q(state=State.RETURNED, is_back=True)
    return (
        payments.filter(kind=Payment.Kind.REFUND)
        .annotate(is_booked=Exists(booked), is_back=Exists(booked.filter(reversed_by__isnull=False)))
        .exclude(is_known)
    )


def is_refund_on_its_way(loan: Loan) -> bool:
    """True while the lender is asked to return a surplus of the loan, and what became of it is not booked."""
    return under_way(refunds_of(loan)).exists()


def refunds_of(loan: Loan) -> QuerySet[Payment]:
    """Instructions to return surplus of the loan, whatever became of them."""
    return Payment.objects.filter(
        kind=Payment.Kind.REFUND, reference=loan.reference, loan_number__in=[loan.number, ""]
    ).order_by("id")  # fmt: skip


def loan_of_refund(payment: Payment) -> Loan:
    """The loan whose surplus a refund returns; of those from before they named it, the last one of the case."""
    loans = Loan.objects.filter(reference=payment.reference)
    return loans.get(number=payment.loan_number) if payment.loan_number else loans.latest("pk")


def instruction_named_by(entry: StatementEntry) -> str:
    """The number of an instruction of ours that a movement carries, as its id or in its text; empty where none."""
    found = INSTRUCTION.search(f"{entry.end_to_end_id} {entry.text}")
    return found[0] if found else ""


def refund_sent_back_by(entry: StatementEntry) -> Payment | None:
    """The refund whose money this credit brings back, whole and for the first time; None where it is other money."""
    name = instruction_named_by(entry)
    if not name or entry.amount_minor <= 0 or entry.is_reversal:
        return None
    payment = Payment.objects.filter(
        end_to_end_id=name, kind=Payment.Kind.REFUND, debtor_account=entry.account_id, currency=entry.currency
    ).first()  # fmt: skip
    if payment is None or entry.amount_minor not in (payment.amount_minor, payment.paid_minor):
        return None
    named = Q(end_to_end_id=name) | Q(text__contains=name)
    earlier = StatementEntry.objects.filter(named, account=entry.account_id, amount_minor__gt=0, pk__lt=entry.pk)
    return None if earlier.filter(missing_from=None).exists() else payment
