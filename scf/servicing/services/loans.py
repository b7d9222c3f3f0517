"""What happens to loans. Each function is one transaction; books follow events."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.banks.models import Payment, StatementEntry
from scf.domain.errors import DomainError
from scf.domain.loan import fold
from scf.domain.money import Money
from scf.domain.terms import Contract
from scf.kernel import audit, lifecycle, numbering, outbox
from scf.kernel.clock import day_of
from scf.parties import refusals
from scf.parties.models import Membership, Organisation

from .. import selectors
from ..models import IncomingPayment, Loan, LoanEvent
from . import books


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
def open_loan(
    *,
    payment: Payment,
    supplier: Organisation,
    buyer: Organisation | None,
    product: str,
    contract: Contract,
    at: datetime,
) -> Loan:
    """The lender has paid: the loan is active with its schedule. Once per case; a repetition returns the loan."""
    found = Loan.objects.filter(reference=payment.reference).first()
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
    event = LoanEvent.objects.create(
        loan=loan,
        kind=LoanEvent.Kind.DRAWDOWN,
        amount_minor=contract.principal.minor,
        value_date=contract.drawdown_date,
        source=audit.subject_of(payment),
        recorded_at=at,
    )
    books.book_drawdown(loan=loan, event=event, at=at)
    facts = {"amount": str(loan.principal), "loan": loan.number, "state": loan.state}
    audit.record(action="loan.open", subject=loan, by=None, at=at, thread=loan.thread, after=facts)
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
        "compounds": contract.compounds,
        "cooling_off_days": contract.cooling_off_days,
        "plan": contract.plan.as_json(),
        "conventions": contract.conventions.as_json(),
    }


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
    incoming = IncomingPayment.objects.select_for_update().get(pk=incoming_id)
    loan = Loan.objects.get(pk=loan_id)
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
    why = _why_not(incoming, loan)
    if why:
        raise LoanNotPayable("the payment does not fit the loan", loan=loan.number, why=why)
    was_suspended = incoming.state == IncomingPayment.State.SUSPENSE
    lifecycle.fire(incoming, "allocate", by=by, at=at, thread=audit.subject_of(incoming), loan=loan)
    event = LoanEvent.objects.create(
        loan=loan,
        kind=LoanEvent.Kind.REPAYMENT,
        amount_minor=incoming.amount_minor,
        value_date=max(incoming.value_date, loan.drawdown_date),
        source=audit.subject_of(incoming.entry),
        payer=selectors.payer_of(loan, incoming.entry.counterparty),
        recorded_at=at,
    )
    books.book_repayment(loan=loan, event=event, from_suspense=was_suspended, at=at)
    _move(loan, event=event, by=by, at=at)
    return incoming


def _why_not(incoming: IncomingPayment, loan: Loan) -> str:
    if incoming.currency != loan.currency:
        return str(_("the currencies differ"))
    if incoming.bank_id != loan.bank_id:
        return str(_("the money came to another lender"))
    return ""


def _move(loan: Loan, *, event: LoanEvent, by: Membership | None, at: datetime) -> None:
    """Fire the loan's transition that follows from where it stands now; a closed loan stays closed."""
    facts = {"amount": str(Money(event.amount_minor, loan.currency)), "loan": loan.number, "payer": event.payer}
    if loan.state == Loan.State.CLOSED:
        audit.record(action="loan.overpaid", subject=loan, by=by, at=at, thread=loan.thread, after=facts)
        return
    settle_state(loan, facts=facts, event=event, by=by, at=at)


def settle_state(
    loan: Loan, *, facts: dict[str, Any], event: LoanEvent, by: Membership | None, at: datetime, note: str = ""
) -> None:
    """Bring the loan's state to what its events say now; and tell the world."""
    stand = fold(loan.contract, selectors.facts_of(loan), max(event.value_date, day_of(at)))
    given_up = sum(amount.minor for amount in stand.written_off.values())
    more: dict[str, Any] = {"by": by, "at": at, "facts": facts, "note": note}
    if given_up and stand.recovered.minor >= given_up:
        _to(loan, Loan.State.RECOVERED, "recover", more)
    elif given_up:
        _to(loan, Loan.State.WRITTEN_OFF, "write_off", more)
    elif stand.is_closed:
        if loan.state != Loan.State.CLOSED:
            lifecycle.fire(loan, "close", on=_repaid_on(loan), **more)
        outbox.put(topic="servicing.loan.closed", payload={"loan_id": loan.pk}, at=at)
    elif loan.state in (Loan.State.CLOSED, Loan.State.WRITTEN_OFF, Loan.State.RECOVERED):
        lifecycle.fire(loan, "reopen", **more)
    elif any(money.minor for money in stand.paid.values()):
        lifecycle.fire(loan, "repay_part", **more)
        outbox.put(topic="servicing.loan.repaid", payload={"loan_id": loan.pk, "event_id": event.pk}, at=at)
    else:
        audit.record(action=f"loan.{event.kind.lower()}", subject=loan, by=by, at=at, thread=loan.thread, after=facts)


def _to(loan: Loan, state: str, name: str, more: dict[str, Any]) -> None:
    """Fire the transition unless the loan is there already."""
    if loan.state != state:
        lifecycle.fire(loan, name, **more)


def _repaid_on(loan: Loan) -> date:
    """The first value date after which nothing is owed: a payment that comes late may carry an earlier one."""
    facts = selectors.facts_of(loan)
    days = sorted({fact.value_date for fact in facts})
    return next(day for day in days if fold(loan.contract, facts, day).is_closed)
