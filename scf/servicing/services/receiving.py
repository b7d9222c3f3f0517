"""Money that comes in: to its loan, or to suspense until a person says where it belongs."""

# budget: money in is where statements, loans, books, states and surplus meet

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from scf.banks.models import StatementEntry
from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.domain.receipts import kind_of_receipt
from scf.kernel import audit, lifecycle, outbox
from scf.parties import refusals
from scf.parties.models import Membership

from .. import selectors
from ..models import IncomingPayment, Loan, LoanEvent
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


@transaction.atomic
def take_entry(*, entry: StatementEntry, at: datetime) -> IncomingPayment | None:
    """Receive a booked movement: a credit goes to its loan, or to suspense; a debit is ours already.

    Safe to repeat: an entry becomes one incoming payment.
    """
    if entry.amount_minor <= 0:
        return None
    incoming, is_new = IncomingPayment.objects.get_or_create(
        entry=entry,
        defaults={
            "bank": entry.statement.bank,
            "amount_minor": entry.amount_minor,
            "currency": entry.currency,
            "value_date": entry.value_date,
        },
    )
    if not is_new:
        return incoming
    if entry.is_reversal:
        return _suspend(incoming, "REVERSAL", at)
    loan, why = selectors.loan_meant_by(entry)
    if loan is None:
        return _suspend(incoming, why, at)
    return _allocate(incoming, loan, by=None, at=at)


@transaction.atomic
def take_statement(*, statement_id: int, at: datetime) -> int:
    """Receive every movement of a statement; how many became incoming payments. Safe to repeat."""
    entries = StatementEntry.objects.filter(statement_id=statement_id).select_related("statement").order_by("id")
    return sum(1 for entry in entries if take_entry(entry=entry, at=at) is not None)


def _suspend(incoming: IncomingPayment, why: str, at: datetime) -> IncomingPayment:
    books.book_suspense(incoming=incoming, at=at)
    found = lifecycle.fire(incoming, "suspend", by=None, at=at, thread=audit.subject_of(incoming), why=why)
    outbox.put(topic="servicing.payment.suspended", payload={"incoming_id": incoming.pk}, at=at)
    return found


@transaction.atomic
def allocate(*, incoming_id: int, loan_id: int, by: Membership, at: datetime) -> IncomingPayment:
    """A person says to which loan a payment in suspense belongs.

    Raises LoanNotPayable, NotAllowedNow.
    """
    loan = Loan.objects.select_for_update().get(pk=loan_id)  # the loan first, as whoever takes a payment back
    incoming = IncomingPayment.objects.select_for_update().get(pk=incoming_id)
    return _allocate(incoming, loan, by=by, at=at)


@transaction.atomic
def set_aside(*, incoming_id: int, by: Membership, at: datetime, note: str) -> IncomingPayment:
    """A person says that a payment is not a repayment; it stays in suspense with the reason."""
    incoming = IncomingPayment.objects.select_for_update().get(pk=incoming_id)
    return lifecycle.fire(
        incoming, "set_aside", by=by, at=at, note=note, thread=audit.subject_of(incoming), why=note[:40]
    )


def _allocate(incoming: IncomingPayment, loan: Loan, *, by: Membership | None, at: datetime) -> IncomingPayment:
    loan = Loan.objects.select_for_update().get(pk=loan.pk)
    why = _why_not(incoming, loan, by)
    if why:
        raise LoanNotPayable("the payment does not fit the loan", loan=loan.number, why=why)
    was_suspended = incoming.state == IncomingPayment.State.SUSPENSE
    lifecycle.fire(incoming, "allocate", by=by, at=at, thread=audit.subject_of(incoming), loan=loan)
    payer = selectors.payer_of(loan, incoming.entry.counterparty)
    value_date = max(incoming.value_date, loan.drawdown_date)
    event = LoanEvent.objects.create(
        loan=loan,
        kind=_kind_of(loan, incoming, value_date, payer),
        amount_minor=incoming.amount_minor,
        value_date=value_date,
        source=_source_of(incoming),
        payer=payer,
        by=by,
        recorded_at=at,
    )
    books.book_repayment(loan=loan, event=event, from_suspense=was_suspended, at=at)
    _move(loan, event=event, by=by, at=at)
    surplus.settle(loan, event=event, at=at)
    return incoming


def _kind_of(loan: Loan, incoming: IncomingPayment, value_date: date, payer: str) -> str:
    amount = Money(incoming.amount_minor, incoming.currency)
    is_from_borrower = payer == "SUPPLIER"
    facts = selectors.facts_of(loan)
    return kind_of_receipt(loan.contract, facts, amount, value_date, is_from_borrower=is_from_borrower).value


def _source_of(incoming: IncomingPayment) -> str:
    """The movement at the bank; numbered where it was on a loan before and taken back."""
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
