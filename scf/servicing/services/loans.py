"""A loan begins when the lender has paid."""

# budget: a new loan has books, a rate to follow, and goods that it rests on
from datetime import date, datetime
from typing import Any

from django.db import transaction

from scf.banks.models import Payment
from scf.collateral.services import covering
from scf.domain.money import Money, zero
from scf.domain.terms import Contract
from scf.kernel import audit, numbering
from scf.parties.models import Organisation

from ..models import Loan, LoanEvent
from . import books, rate_watch, states


@transaction.atomic
def open_loan(
    *,
    payment: Payment,
    supplier: Organisation,
    buyer: Organisation | None,
    product: str,
    contract: Contract,
    fee: Money | None = None,
    at: datetime,
) -> Loan:
    """The lender has paid: the loan is active with its schedule. Once per case; a repetition returns the loan.

    fee  the price of making it, due with the last instalment; None or nothing: there is none
    """
    found = Loan.objects.filter(reference=payment.reference, returned_on=None).first()
    if found is not None:
        return found
    loan = Loan.objects.create(
        number=numbering.next_number(prefix="LN", on=contract.drawdown_date),
        reference=payment.reference,
        thread=payment.thread,
        bank=payment.bank,
        supplier=supplier,
        buyer=buyer,
        product=product,
        **_terms(contract),
    )
    _begin(loan, audit.subject_of(payment), fee, at)
    rate_watch.begin(loan, books.book_of_loan(loan))
    nothing = zero(loan.currency)
    covering.tell_owed(reference=loan.reference, loan=loan.number, owed=loan.principal, paid=nothing, at=at)
    facts = {"amount": str(loan.principal), "loan": loan.number, "state": loan.state}
    if fee:
        facts["fee"] = str(fee)
    audit.record(action="loan.open", subject=loan, by=None, at=at, thread=loan.thread, after=facts)
    return loan


def _begin(loan: Loan, source: str, fee: Money | None, at: datetime) -> None:
    """The first events and their journals: the drawdown, and what making the loan costs."""
    common: dict[str, Any] = {"loan": loan, "value_date": loan.drawdown_date, "recorded_at": at}
    drawdown = LoanEvent.objects.create(
        kind=LoanEvent.Kind.DRAWDOWN, amount_minor=loan.principal_minor, source=source, **common
    )
    books.book_drawdown(loan=loan, event=drawdown, at=at)
    if fee:
        due = {"due_date": loan.contract.due_dates[-1].isoformat(), "is_arrangement": True}
        charged = LoanEvent.objects.create(
            kind=LoanEvent.Kind.FEE, amount_minor=fee.minor, source=f"{source}/fee", data=due, **common
        )
        books.book_event(loan=loan, event=charged, at=at)


@transaction.atomic
def take_back(*, payment: Payment, on: date, at: datetime) -> Loan | None:
    """The payee's bank sent back what was paid out: nothing was lent. Safe to repeat; None where no loan runs by it.

    A loan that has paid another one off stays: what came back repays it. Where the loan is not there yet, whoever opens
    it sees that the payment has come back.
    """
    found = Loan.objects.select_for_update(of=("self",)).select_related("bank", "supplier", "buyer")
    drawn = LoanEvent.objects.filter(kind=LoanEvent.Kind.DRAWDOWN, source=audit.subject_of(payment)).first()
    loan = found.get(pk=drawn.loan_id) if drawn is not None else None
    if loan is None:
        return None
    source, is_whole = f"{audit.subject_of(payment)}/return", payment.amount_minor == loan.principal_minor
    if LoanEvent.objects.filter(source=source).exists():
        return loan
    event = LoanEvent.objects.create(
        loan=loan, kind=LoanEvent.Kind.RETURN if is_whole else LoanEvent.Kind.REPAYMENT, payer="OTHER", source=source,
        amount_minor=payment.amount_minor, value_date=max(on, loan.drawdown_date), recorded_at=at,
        data={"from": payment.end_to_end_id, "is_bounced": is_whole, "is_kept_back": True},
    )  # fmt: skip
    if is_whole:
        loan.returned_on = on
    books.book_event(loan=loan, event=event, at=at)
    facts = {"amount": str(payment.amount), "loan": loan.number, "payment": payment.end_to_end_id}
    loan.save(update_fields=["returned_on"])
    states.follow(loan, facts=facts, event=event, by=None, at=at)
    return loan


def _terms(contract: Contract) -> dict[str, Any]:
    """The contract as the loan's columns."""
    return {
        "currency": contract.principal.currency,
        "principal_minor": contract.principal.minor,
        "annual_rate": contract.annual_rate,
        "basis": contract.basis,
        "drawdown_date": contract.drawdown_date,
        "maturity_date": contract.maturity_date,
        "due_on": contract.maturity_date,
        "penalty_factor": contract.penalty_factor,
        "grace_days": contract.grace_days,
        "penalty_rate": contract.penalty_rate,
        "misuse_factor": contract.misuse_factor,
        "misuse_rate": contract.misuse_rate,
        "agreement": contract.agreement.as_json(),
        "compounds": contract.compounds,
        "cooling_off_days": contract.cooling_off_days,
        "plan": contract.plan.as_json(),
        "conventions": contract.conventions.as_json(),
    }
