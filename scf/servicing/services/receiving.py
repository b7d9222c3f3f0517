"""Money that comes in: to its loan where it names one, else to suspense until a person says where it belongs."""

# budget: a movement may be a repayment, a refund that comes back, or what takes a payment back
from datetime import datetime

from django.db import transaction

from scf.banks.models import Payment, StatementEntry
from scf.banks.services import statuses
from scf.domain.money import Money
from scf.kernel import audit, lifecycle, outbox
from scf.parties.models import BankAccount

from .. import selectors
from ..models import IncomingPayment, Loan
from . import books, parts


@transaction.atomic
def take_entry(*, entry: StatementEntry, at: datetime) -> IncomingPayment | None:
    """Receive a booked movement: a credit goes to its loan, or to suspense; a debit may take an earlier credit back.

    Safe to repeat: an entry becomes one incoming payment. None for a debit, and for surplus that comes back: that is
    the refund's own end (refunds.take_back), and nobody's payment. Nor for what moves on an account from which a lender
    pays.
    """
    if entry.account.purpose != BankAccount.Purpose.COLLECTION:
        return None
    if entry.amount_minor <= 0:
        _take_debit(entry, at)
        return None
    refund = selectors.refund_sent_back_by(entry)
    if refund is not None:
        _take_returned(refund, entry, at)
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
    loan = Loan.objects.select_for_update().get(pk=loan.pk)
    parts.put_on(incoming, loan, Money(incoming.amount_minor, incoming.currency), by=None, at=at)
    facts = {"loans": [loan.number]}
    return lifecycle.fire(incoming, "allocate", by=None, at=at, thread=audit.subject_of(incoming), facts=facts)


@transaction.atomic
def take_statement(*, statement_id: int, at: datetime) -> int:
    """Receive every movement of a statement; how many became incoming payments. Safe to repeat."""
    entries = (
        StatementEntry.objects.filter(statement_id=statement_id).select_related("statement", "account").order_by("id")
    )
    return sum(1 for entry in entries if take_entry(entry=entry, at=at) is not None)


def give_back(incoming: IncomingPayment, *, at: datetime) -> IncomingPayment:
    """The bank took a payment back that waits in suspense: nothing waits any more. The caller holds the row."""
    books.book_given_back(incoming=incoming, at=at)
    facts = {"debit": audit.subject_of(incoming.returned_by) if incoming.returned_by else ""}
    return lifecycle.fire(incoming, "give_back", by=None, at=at, thread=audit.subject_of(incoming), facts=facts)


def _suspend(incoming: IncomingPayment, why: str, at: datetime) -> IncomingPayment:
    books.book_suspense(incoming=incoming, at=at)
    found = lifecycle.fire(incoming, "suspend", by=None, at=at, thread=audit.subject_of(incoming), why=why)
    outbox.put(topic="servicing.payment.suspended", payload={"incoming_id": incoming.pk}, at=at)
    return found


def _take_returned(refund: Payment, entry: StatementEntry, at: datetime) -> None:
    """What the bank's own message may have told already, or will tell; it happens once."""
    statuses.apply_return(
        end_to_end_id=refund.end_to_end_id, bank=entry.statement.bank,
        amount=Money(entry.amount_minor, entry.currency), on=entry.value_date, reason=entry.text or "returned",
        code="RTRN", at=at, reference=entry.bank_reference,
    )  # fmt: skip


def _take_debit(entry: StatementEntry, at: datetime) -> None:
    """A debit by which the bank takes one earlier credit back is noted on it; what is on a loan, a person takes off."""
    found = selectors.taken_back_by(entry)
    if found is None:
        return
    incoming = IncomingPayment.objects.select_for_update().get(pk=found.pk)
    incoming.returned_by = entry
    incoming.save(update_fields=["returned_by"])
    facts = {"amount": str(Money(incoming.amount_minor, incoming.currency)), "debit": audit.subject_of(entry)}
    audit.record(
        action="incomingpayment.taken_by_bank", subject=incoming, by=None, at=at, thread=audit.subject_of(incoming),
        after=facts,
    )  # fmt: skip
    if incoming.state == IncomingPayment.State.SUSPENSE and not incoming.parts.filter(reversed_by=None).exists():
        give_back(incoming, at=at)
    else:
        outbox.put(topic="servicing.payment.taken_by_bank", payload={"incoming_id": incoming.pk}, at=at)
