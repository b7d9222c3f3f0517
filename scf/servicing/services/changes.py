"""What a lender changes about a loan that runs: one person proposes, another decides, the event follows at once."""

# budget: an event of any kind is recorded, booked, followed by the state, the rate and the surplus

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.kernel import audit, lifecycle, outbox
from scf.kernel.clock import day_of
from scf.parties import refusals
from scf.parties.access import may
from scf.parties.models import Membership

from ..models import IncomingPayment, Loan, LoanChange, LoanEvent
from ..selectors import changes as selectors
from . import books, rate_watch, states, surplus

Kind = LoanChange.Kind


class NeedsAnother(DomainError):
    """Whoever proposed a change does not decide it."""

    code = "NEEDS_ANOTHER"


class ProposedAlready(DomainError):
    """A change of this kind waits for its decision."""

    code = "PROPOSED_ALREADY"


class NotYours(DomainError):
    """The change is another lender's, or another's role."""

    code = "NOT_YOURS"


refusals.register(
    {
        "CHANGE_REFUSED": _("Loan %(loan)s cannot be changed like this: %(why)s."),
        "NEEDS_ANOTHER": _("You proposed this yourself. Ask a colleague who is a checker to decide it."),
        "PROPOSED_ALREADY": _(
            "A change of this kind waits for its decision on loan %(loan)s. Withdraw it first, or have it decided."
        ),
        "NOT_YOURS": _("This is decided by the lender's own officers."),
    }
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a maker wants; `data` and `reverses` as the event will have them (scf.domain.events.EventKind)."""

    kind: str
    value_date: date
    why: str
    amount: Money | None = None
    data: dict[str, Any] = field(default_factory=dict)
    reverses: LoanEvent | None = None

    def draft(self, loan: Loan) -> LoanChange:
        """The change, not kept."""
        return LoanChange(
            loan=loan, kind=self.kind, amount_minor=self.amount.minor if self.amount else 0,
            value_date=self.value_date, data=self.data, reverses=self.reverses, why=self.why,
        )  # fmt: skip


@transaction.atomic
def propose(*, loan_id: int, proposal: Proposal, by: Membership, at: datetime) -> LoanChange:
    """Lay a change before the checkers. Raises ChangeRefused, ProposedAlready, NotYours."""
    loan = _locked(loan_id)
    _require(by, "servicing.propose", loan)
    change = proposal.draft(loan)
    selectors.foresee(loan, change, day_of(at))
    change.made_by, change.made_at = by, at
    try:
        with transaction.atomic():
            change.save()
    except IntegrityError as error:
        raise ProposedAlready("one waits", loan=loan.number) from error
    facts = {"kind": change.kind, "loan": loan.number, "amount": str(change.amount) if change.amount_minor else ""}
    _record("propose", change, facts, by, at)
    outbox.put(topic="servicing.change.proposed", payload={"change_id": change.pk}, at=at)
    return change


@transaction.atomic
def approve(*, change_id: int, by: Membership, at: datetime, answer: str = "") -> LoanChange:
    """The change happens: its event is recorded, booked, and the loan's state follows.

    Everything is checked again as it stands now. Raises NeedsAnother,
    ChangeRefused, NotAllowedNow, NotYours.
    """
    change = _decidable(change_id, by)
    selectors.foresee(change.loan, change, day_of(at))
    if change.reverses is not None:
        _release_money(change.reverses, at=at, by=by, why=change.why)
    event = _happen(change, change.loan, change.reverses, by=by, at=at)
    if change.reverses is not None:
        _take_back_counterpart(change, by=by, at=at)
    lifecycle.fire(
        change, "approve", by=by, at=at, note=answer, thread=change.loan.thread, event=event, decided_by=by,
        facts={"kind": change.kind, "loan": change.loan.number}, private_to=change.loan.bank,
    )  # fmt: skip
    outbox.put(topic="servicing.change.decided", payload={"change_id": change.pk}, at=at)
    return change


@transaction.atomic
def refuse(*, change_id: int, by: Membership, at: datetime, answer: str) -> LoanChange:
    """The checker does not let it happen. Raises NeedsAnother, NotAllowedNow, NotYours."""
    change = _decidable(change_id, by)
    _end(change, "refuse", by=by, at=at, note=answer)
    outbox.put(topic="servicing.change.decided", payload={"change_id": change.pk}, at=at)
    return change


@transaction.atomic
def withdraw(*, change_id: int, by: Membership, at: datetime) -> LoanChange:
    """Whoever proposed it takes it back. Raises NotYours, NotAllowedNow."""
    change = _change(change_id)
    if change.made_by.user_id != by.user_id:
        raise NotYours("another's proposal")
    _end(change, "withdraw", by=by, at=at)
    return change


def _locked(loan_id: int) -> Loan:
    return Loan.objects.select_for_update(of=("self",)).select_related("bank", "supplier").get(pk=loan_id)


def _change(change_id: int) -> LoanChange:
    """The change with its loan, both locked: the loan first, as everywhere."""
    loan = _locked(LoanChange.objects.values_list("loan", flat=True).get(pk=change_id))
    found = LoanChange.objects.select_for_update(of=("self",)).select_related("reverses", "made_by").get(pk=change_id)
    found.loan = loan
    return found


def _decidable(change_id: int, by: Membership) -> LoanChange:
    change = _change(change_id)
    _require(by, "servicing.decide", change.loan)
    if change.made_by.user_id == by.user_id:
        raise NeedsAnother("maker and checker are one person")
    return change


def _require(by: Membership, permission: str, loan: Loan) -> None:
    if not may(by, permission) or by.organisation_id != loan.bank_id:
        raise NotYours("not an officer of this lender")


def _end(change: LoanChange, transition: str, *, by: Membership, at: datetime, note: str = "") -> None:
    lifecycle.fire(
        change, transition, by=by, at=at, note=note, thread=change.loan.thread, decided_by=by,
        facts={"kind": change.kind, "loan": change.loan.number}, private_to=change.loan.bank,
    )  # fmt: skip


def _record(action: str, change: LoanChange, facts: dict[str, str], by: Membership, at: datetime) -> None:
    audit.record(
        action=f"loanchange.{action}", subject=change, by=by, at=at, thread=change.loan.thread,
        after={name: value for name, value in facts.items() if value}, note=change.why, private_to=change.loan.bank,
    )  # fmt: skip


def _happen(
    change: LoanChange, loan: Loan, reverses: LoanEvent | None, *, by: Membership, at: datetime
) -> LoanEvent:  # fmt: skip
    """Record the event on `loan`, book it, let the state follow."""
    source = audit.subject_of(change)
    event = LoanEvent.objects.create(
        loan=loan, kind=change.kind, amount_minor=change.amount_minor,
        value_date=reverses.value_date if reverses else change.value_date, data=change.data, reverses=reverses,
        source=source if loan.pk == change.loan_id else f"{source}/counterpart", by=by, note=change.why,
        recorded_at=at,
    )  # fmt: skip
    books.book_event(loan=loan, event=event, at=at)
    amount = Money(reverses.amount_minor if reverses else change.amount_minor, loan.currency)
    facts = {"loan": loan.number, **({"amount": str(amount)} if amount else {})}
    states.follow(loan, facts=facts, event=event, by=by, at=at, note=change.why)
    if Kind.RATE_CHANGE in (change.kind, reverses.kind if reverses else ""):
        rate_watch.look_again(loan)
    if reverses is None or not (reverses.kind == LoanEvent.Kind.PASSED_ON or "from" in reverses.data):
        surplus.settle(loan, event=event, at=at)  # else it would pass on at once what two people have just taken back
    return event


def _release_money(event: LoanEvent, *, at: datetime, by: Membership, why: str) -> None:
    """A payment taken back from its loan waits in suspense again, for a person to say where it belongs."""
    if event.incoming_id is None:
        return
    incoming = IncomingPayment.objects.select_for_update().get(pk=event.incoming_id)
    thread = audit.subject_of(incoming)
    lifecycle.fire(incoming, "take_back", by=by, at=at, note=why, thread=thread)
    outbox.put(topic="servicing.payment.suspended", payload={"incoming_id": incoming.pk}, at=at)


def _take_back_counterpart(change: LoanChange, *, by: Membership, at: datetime) -> None:
    """A surplus that was passed on is taken back from the loan that got it, too."""
    assert change.reverses is not None, "a reversal"
    other = LoanEvent.objects.filter(source=audit.subject_of(change.reverses)).first()
    if other is not None:
        loan = _locked(other.loan_id)
        selectors.require_takes_back(loan, other, day_of(at))
        _happen(change, loan, other, by=by, at=at)
