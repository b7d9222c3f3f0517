"""A new loan pays off the one before it on the same goods: one lender, one payment out of what is left over."""

from datetime import date, datetime

from django.db import transaction

from scf.domain.money import Money
from scf.kernel import audit

from ..models import Loan, LoanEvent
from . import books, states, surplus


@transaction.atomic
def liquidate(*, loan_id: int, by_loan: Loan, amount: Money, on: date, at: datetime) -> LoanEvent:
    """`amount` of what `by_loan` lends repays the loan before it; once.

    The lender has kept it back from what it paid out, so it comes from its funds and never went through its collection
    account.

    on  the day from which it counts: the one that the lender was told to pay on, so that a lender who pays late
        does not earn twice on the same money. What the loan does not need goes by its contract.
    """
    loan = Loan.objects.select_for_update().get(pk=loan_id)
    source = f"{audit.subject_of(by_loan)}/liquidation"
    known = LoanEvent.objects.filter(source=source).first()
    if known is not None:
        return known
    event = LoanEvent.objects.create(
        loan=loan, kind=LoanEvent.Kind.REPAYMENT, amount_minor=amount.minor, value_date=max(on, loan.drawdown_date),
        source=source, payer="SUPPLIER", data={"from": by_loan.number, "is_kept_back": True}, recorded_at=at,
    )  # fmt: skip
    books.book_event(loan=loan, event=event, at=at)
    facts = {"amount": str(amount), "loan": loan.number, "from": by_loan.number, "payer": event.payer}
    if loan.state == Loan.State.CLOSED:
        audit.record(action="loan.overpaid", subject=loan, by=None, at=at, thread=loan.thread, after=facts)
    else:
        states.follow(loan, facts=facts, event=event, by=None, at=at)
    surplus.settle(loan, event=event, at=at)
    return event
