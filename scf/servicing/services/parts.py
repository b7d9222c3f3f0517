"""A payment's parts on loans: each an event of its loan, booked and followed by the loan's state."""

# budget: money on a loan is where payments, events, books, states and surplus meet

from datetime import date, datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.domain.receipts import kind_of_receipt
from scf.kernel import audit
from scf.kernel.clock import day_of
from scf.parties import refusals
from scf.parties.models import Membership

from .. import selectors
from ..models import IncomingPayment, Loan, LoanEvent
from ..selectors.changes import require_takes_back
from . import books, states, surplus


class LoanNotPayable(DomainError):
    """The payment cannot be put on this loan."""

    code = "LOAN_NOT_PAYABLE"


refusals.register(
    {
        "LOAN_NOT_PAYABLE": _(
            "This payment cannot go to loan %(loan)s: %(why)s. Choose another loan, or leave it in suspense."
        ),
    }
)


def put_on(
    incoming: IncomingPayment, loan: Loan, amount: Money, *, by: Membership | None, at: datetime
) -> LoanEvent:  # fmt: skip
    """Put `amount` of a payment on a loan. The caller holds both rows and sees to the payment's state afterwards.

    Raises LoanNotPayable.
    """
    why = _why_not(incoming, loan, by)
    if why:
        raise LoanNotPayable("the payment does not fit the loan", loan=loan.number, why=why)
    payer = selectors.payer_of(loan, incoming.entry.counterparty)
    value_date = max(incoming.value_date, loan.drawdown_date)
    event = LoanEvent.objects.create(
        loan=loan,
        kind=_kind_of(loan, amount, value_date, payer),
        amount_minor=amount.minor,
        value_date=value_date,
        source=_source_of(incoming),
        incoming=incoming,
        payer=payer,
        by=by,
        recorded_at=at,
    )
    was_suspended = incoming.state == IncomingPayment.State.SUSPENSE
    books.book_repayment(loan=loan, event=event, from_suspense=was_suspended, at=at)
    _move(loan, event=event, by=by, at=at)
    surplus.settle(loan, event=event, at=at)
    return event


def take_off(event: LoanEvent, loan: Loan, *, by: Membership, at: datetime, note: str = "") -> LoanEvent:
    """Take a part back from its loan: a reversal, the loan replays, the money waits. The caller holds the rows.

    Raises ChangeRefused where its surplus has gone on already.
    """
    require_takes_back(loan, event, day_of(at))
    reversal = LoanEvent.objects.create(
        loan=loan, kind=LoanEvent.Kind.REVERSAL, amount_minor=0, value_date=event.value_date, reverses=event,
        source=f"{audit.subject_of(event)}/taken-back", by=by, note=note, recorded_at=at,
    )  # fmt: skip
    books.book_event(loan=loan, event=reversal, at=at)
    facts = {"amount": str(Money(event.amount_minor, loan.currency)), "loan": loan.number}
    states.follow(loan, facts=facts, event=reversal, by=by, at=at, note=note)
    return reversal


def _kind_of(loan: Loan, amount: Money, value_date: date, payer: str) -> str:
    is_from_borrower = payer == "SUPPLIER"
    facts = selectors.facts_of(loan)
    return kind_of_receipt(loan.contract, facts, amount, value_date, is_from_borrower=is_from_borrower).value


def _source_of(incoming: IncomingPayment) -> str:
    """The movement at the bank; numbered where another part of it, or one that was taken back, came before."""
    entry = audit.subject_of(incoming.entry)
    before = LoanEvent.objects.filter(Q(source=entry) | Q(source__startswith=f"{entry}/")).count()
    return f"{entry}/{before + 1}" if before else entry


def _why_not(incoming: IncomingPayment, loan: Loan, by: Membership | None) -> str:
    if incoming.currency != loan.currency:
        return str(_("the currencies differ"))
    if incoming.bank_id != loan.bank_id:
        return str(_("the money came to another lender"))
    if by is not None and incoming.value_date < loan.drawdown_date:
        return str(_("the money came in before the loan was paid out"))
    return ""


def _move(loan: Loan, *, event: LoanEvent, by: Membership | None, at: datetime) -> None:
    """Fire the loan's transition that follows from where it stands now; a closed loan stays closed."""
    facts = {"amount": str(Money(event.amount_minor, loan.currency)), "loan": loan.number, "payer": event.payer}
    if loan.state == Loan.State.CLOSED:
        audit.record(action="loan.overpaid", subject=loan, by=by, at=at, thread=loan.thread, after=facts)
    else:
        states.follow(loan, facts=facts, event=event, by=by, at=at)
