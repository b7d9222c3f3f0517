"""The journals that loan events cause, each in the lender's own book."""

from datetime import datetime

from scf.domain import position
from scf.domain.money import Money, zero
from scf.domain.waterfall import Due
from scf.kernel import audit
from scf.kernel.clock import day_of
from scf.ledger.models import Account
from scf.ledger.services import Posting, post

from .. import selectors
from ..models import IncomingPayment, Loan, LoanEvent

Kind = Account.Kind
ACCOUNT_BY_DUE = {Due.PRINCIPAL: Kind.PRINCIPAL, Due.INTEREST: Kind.INTEREST, Due.PENALTY: Kind.PENALTY}


def book_drawdown(*, loan: Loan, event: LoanEvent, at: datetime) -> None:
    """The loan is paid out: principal against the lender's funds."""
    postings = [Posting(Kind.PRINCIPAL, loan.principal, loan.supplier), Posting(Kind.FUNDING, -loan.principal)]
    _post(loan, event, "drawdown", postings, at)


def book_repayment(*, loan: Loan, event: LoanEvent, from_suspense: bool, at: datetime) -> None:
    """Money came in: what all events settle by now, less what was booked before.

    Booking the difference keeps the books right when a payment comes with a
    value date before one that is booked: the earlier split changes, and the
    new journal carries the change.
    """
    amount = Money(event.amount_minor, loan.currency)
    before = _settled(loan, without=event)
    after = _settled(loan, without=None)
    source = Posting(Kind.SUSPENSE, amount) if from_suspense else Posting(Kind.COLLECTION, amount)
    postings = [source]
    for due, kind in ACCOUNT_BY_DUE.items():
        postings.append(Posting(kind, before[due] - after[due], loan.supplier))
    spent_before = sum(money.minor for money in before.values())
    spent_after = sum(money.minor for money in after.values())
    surplus = Money(spent_after - spent_before, loan.currency) - amount
    postings.append(Posting(Kind.SURPLUS, surplus, loan.supplier))
    _post(loan, event, "repayment", postings, at)


def book_refund(*, loan: Loan, event: LoanEvent, at: datetime) -> None:
    """Surplus went back to the supplier from the collection account."""
    amount = Money(event.amount_minor, loan.currency)
    _post(loan, event, "refund", [Posting(Kind.SURPLUS, amount, loan.supplier), Posting(Kind.COLLECTION, -amount)], at)


def book_suspense(*, incoming: IncomingPayment, at: datetime) -> None:
    """Money came in that no loan is known for."""
    amount = Money(incoming.amount_minor, incoming.currency)
    post(
        book=incoming.bank,
        event=audit.subject_of(incoming),
        thread=audit.subject_of(incoming),
        text="suspense",
        postings=[Posting(Kind.COLLECTION, amount), Posting(Kind.SUSPENSE, -amount)],
        value_date=incoming.value_date,
        booking_date=day_of(at),
        at=at,
    )


def _settled(loan: Loan, *, without: LoanEvent | None) -> dict[Due, Money]:
    repayments = [r for r in selectors.repayments_of(loan) if without is None or r.sequence != without.pk]
    totals = {due: zero(loan.currency) for due in Due}
    for _, allocation in position.allocations(loan.contract, repayments):
        for due, spent in allocation.spent.items():
            totals[due] = totals[due] + spent
    return totals


def _post(loan: Loan, event: LoanEvent, text: str, postings: list[Posting], at: datetime) -> None:
    post(
        book=loan.bank,
        event=audit.subject_of(event),
        thread=audit.subject_of(loan),
        text=text,
        postings=postings,
        value_date=event.value_date,
        booking_date=day_of(at),
        at=at,
    )
