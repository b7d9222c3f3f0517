"""What a person decides about money in suspense: on which loans, taken back, set aside, given back."""

# budget: each decision meets payments, loans, their events, what is learned and the audit

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.kernel import audit, lifecycle, outbox
from scf.kernel.clock import day_of
from scf.parties import refusals
from scf.parties.models import Membership

from .. import selectors
from ..models import IncomingPayment, Loan, LoanEvent
from . import parts as on_loans
from . import payers, receiving

State = IncomingPayment.State


class PartsDiffer(DomainError):
    """The parts do not sum to what waits of the payment, or one of them is nothing."""

    code = "PARTS_DIFFER"


class NeedsLender(DomainError):
    """What stands on a loan since an earlier day is taken back by the lender's two people."""

    code = "UNMATCH_NEEDS_LENDER"


class NotReturned(DomainError):
    """The bank has not taken the money back."""

    code = "PAYMENT_NOT_RETURNED"


refusals.register(
    {
        "PARTS_DIFFER": _(
            "The parts make %(sum)s, but %(waiting)s waits. Change the amounts until they make exactly this."
        ),
        "UNMATCH_NEEDS_LENDER": _(
            "Loan %(loan)s has carried this payment since %(day)s, and that day is over. Ask the lender's officers to "
            "take the event back on the loan's page; the money then waits here again."
        ),
        "PAYMENT_NOT_RETURNED": _(
            "No statement shows that the bank took this payment back. Bring in the statement with the debit first."
        ),
    }
)


@transaction.atomic
def allocate(*, incoming_id: int, loan_id: int, by: Membership, at: datetime) -> IncomingPayment:
    """A person says to which loan all that waits of a payment belongs. Raises LoanNotPayable, NotAllowedNow."""
    waiting = selectors.waiting_of(IncomingPayment.objects.get(pk=incoming_id))
    return split(incoming_id=incoming_id, parts=[(loan_id, waiting)], by=by, at=at)


@transaction.atomic
def split(
    *, incoming_id: int, parts: Sequence[tuple[int, Money]], by: Membership, at: datetime
) -> IncomingPayment:  # fmt: skip
    """A person puts what waits of a payment on loans, all of it or nothing; what was learned of its payer is kept.

    parts  loan and amount, each loan once
    Raises PartsDiffer, LoanNotPayable, NotAllowedNow.
    """
    loans = _locked({loan_id for loan_id, _amount in parts})
    incoming = _locked_payment(incoming_id)
    waiting = selectors.waiting_of(incoming)
    total = sum(amount.minor for _loan, amount in parts)
    is_sound = all(amount.minor > 0 for _loan, amount in parts) and len(loans) == len(parts)
    if incoming.state == State.SUSPENSE and (total != waiting.minor or not is_sound):
        raise PartsDiffer("the parts differ", sum=str(Money(total, incoming.currency)), waiting=str(waiting))
    thread = audit.subject_of(incoming)
    numbers = [loans[loan_id].number for loan_id, _amount in parts]
    if incoming.state != State.SUSPENSE:  # says what it is, and refuses
        return lifecycle.fire(incoming, "allocate", by=by, at=at, thread=thread)
    for loan_id, amount in parts:
        on_loans.put_on(incoming, loans[loan_id], amount, by=by, at=at)
    payers.learn(incoming, loans.values(), by=by, at=at)
    return lifecycle.fire(incoming, "allocate", by=by, at=at, thread=thread, facts={"loans": numbers})


@transaction.atomic
def unmatch(*, incoming_id: int, by: Membership, at: datetime, note: str = "") -> IncomingPayment:
    """A person takes a payment off its loans, which replay; it waits again, or has gone back where the bank took it.

    The same day freely; later only what the bank itself took back or shows no more.
    Raises NeedsLender, ChangeRefused, NotAllowedNow.
    """
    named = LoanEvent.objects.filter(incoming=incoming_id, reversed_by=None)
    loans = _locked(set(named.values_list("loan", flat=True)))
    incoming = _locked_payment(incoming_id)
    is_banks_word = incoming.returned_by_id is not None or incoming.entry.missing_from_id is not None
    for event in incoming.parts.filter(reversed_by=None).order_by("-id"):
        loan, day = loans[event.loan_id], day_of(event.recorded_at)
        if day != day_of(at) and not is_banks_word:
            raise NeedsLender("an earlier day's", loan=loan.number, day=day.isoformat())
        on_loans.take_off(event, loan, by=by, at=at, note=note)
    found = lifecycle.fire(incoming, "take_back", by=by, at=at, note=note, thread=audit.subject_of(incoming))
    if not is_banks_word:
        payers.unlearn(incoming, by=by, at=at)
    if incoming.returned_by_id is not None:
        return receiving.give_back(found, at=at)
    outbox.put(topic="servicing.payment.suspended", payload={"incoming_id": incoming.pk}, at=at)
    return found


@transaction.atomic
def set_aside(*, incoming_id: int, by: Membership, at: datetime, note: str) -> IncomingPayment:
    """A person says that a payment is not a repayment; it stays in suspense with the reason."""
    incoming = _locked_payment(incoming_id)
    return lifecycle.fire(
        incoming, "set_aside", by=by, at=at, note=note, thread=audit.subject_of(incoming), why=note[:40]
    )


@transaction.atomic
def take_up(*, incoming_id: int, by: Membership, at: datetime) -> IncomingPayment:
    """What was set aside is looked at again."""
    incoming = _locked_payment(incoming_id)
    return lifecycle.fire(incoming, "take_up", by=by, at=at, thread=audit.subject_of(incoming))


@transaction.atomic
def give_back(*, incoming_id: int, by: Membership, at: datetime) -> IncomingPayment:
    """A person confirms that the bank has taken back what waits, or shows it no more. Raises NotReturned."""
    incoming = _locked_payment(incoming_id)
    if incoming.returned_by_id is None and incoming.entry.missing_from_id is None:
        raise NotReturned("no debit takes it back")
    if selectors.waiting_of(incoming).minor != incoming.amount_minor:
        raise PartsDiffer(
            "a part is on a loan", sum=str(Money(incoming.amount_minor, incoming.currency)),
            waiting=str(selectors.waiting_of(incoming)),
        )  # fmt: skip
    audit.record(
        action="incomingpayment.return_confirmed", subject=incoming, by=by, at=at, thread=audit.subject_of(incoming),
        after={},
    )  # fmt: skip
    return receiving.give_back(incoming, at=at)


def _locked(loan_ids: set[int]) -> dict[int, Loan]:
    """The loans in one order, before the payment, as whoever takes a payment back."""
    rows = Loan.objects.select_for_update(of=("self",)).select_related("bank", "supplier", "buyer")
    return {loan.pk: loan for loan in rows.filter(pk__in=loan_ids).order_by("pk")}


def _locked_payment(incoming_id: int) -> IncomingPayment:
    rows = IncomingPayment.objects.select_for_update(of=("self",)).select_related("entry")
    return rows.get(pk=incoming_id)
