"""The state of a loan follows its events: one place fires the transitions."""

from datetime import date, datetime
from typing import Any

from scf.collateral.services import covering
from scf.domain.events import EventKind
from scf.domain.loan import Position, fold
from scf.domain.money import Money, zero
from scf.domain.waterfall import Due
from scf.kernel import audit, lifecycle, outbox
from scf.kernel.clock import day_of
from scf.parties.models import Membership

from .. import selectors
from ..models import Loan, LoanEvent
from . import rate_watch

MONEY_IN = {
    EventKind.REPAYMENT, EventKind.PAYOFF, EventKind.RETURN, EventKind.BUY_BACK, EventKind.RECOVERY,
}  # fmt: skip


def follow(
    loan: Loan, *, facts: dict[str, Any], event: LoanEvent, by: Membership | None, at: datetime, note: str = ""
) -> None:
    """Bring the loan's state and due date to what its events say now; and tell the world. The caller holds the row.

    facts  what the timeline says about `event`
    """
    known = selectors.facts_of(loan)
    # what lies ahead already counts: an extension agreed for next week moves the due date today
    stand = fold(loan.contract, known, max(day_of(at), *(fact.value_date for fact in known)))
    _keep_due_date(loan, stand.rows[-1].due_date)
    paid = selectors.paid_by_buyer(loan)
    covering.tell_owed(reference=loan.reference, loan=loan.number, owed=_secured(stand), paid=paid, at=at)
    # that a claim is written off is the lender's own matter: the borrower owes it all the same
    kinds = (event.kind, event.reverses.kind if event.reverses else "")
    private_to = loan.bank if EventKind.WRITE_OFF in kinds else None
    more: dict[str, Any] = {"by": by, "at": at, "facts": facts, "note": note, "private_to": private_to}
    target = state_of(stand)
    if target in TRANSITIONS and loan.state != target:
        arguments: dict[str, Any] = {"on": _repaid_on(loan)} if target == Loan.State.CLOSED else {}
        lifecycle.fire(loan, TRANSITIONS[target], **more, **arguments)
    elif target not in TRANSITIONS and loan.state in TRANSITIONS:
        lifecycle.fire(loan, "reopen", **more)
        rate_watch.look_again(loan)
        outbox.put(topic="servicing.loan.reopened", payload={"loan_id": loan.pk, "event_id": event.pk}, at=at)
    elif target not in TRANSITIONS and event.kind in MONEY_IN:
        lifecycle.fire(loan, "repay_part", **more)
        outbox.put(topic="servicing.loan.repaid", payload={"loan_id": loan.pk, "event_id": event.pk}, at=at)
    else:
        action = f"loan.{event.kind.lower()}"
        audit.record(action=action, subject=loan, by=by, at=at, thread=loan.thread, after=facts, note=note)
    if target in (Loan.State.CLOSED, Loan.State.RECOVERED):
        outbox.put(topic="servicing.loan.closed", payload={"loan_id": loan.pk}, at=at)


def _secured(stand: Position) -> Money:
    """The principal that the goods secure: what a lender has written off is owed all the same until it comes in."""
    given_up = stand.written_off.get(Due.PRINCIPAL, zero(stand.principal.currency))
    return stand.principal + max(zero(given_up.currency), given_up - stand.recovered)


TRANSITIONS: dict[str, str] = {
    Loan.State.CLOSED: "close", Loan.State.WRITTEN_OFF: "write_off", Loan.State.RECOVERED: "recover",
}  # fmt: skip


def state_of(stand: Position) -> str:
    """The state that a position means; ACTIVE for every one in which the loan runs."""
    given_up = sum(amount.minor for amount in stand.written_off.values())
    if given_up:
        return Loan.State.RECOVERED if stand.recovered.minor >= given_up else Loan.State.WRITTEN_OFF
    return Loan.State.CLOSED if stand.is_closed else Loan.State.ACTIVE


def _keep_due_date(loan: Loan, due_on: date) -> None:
    if loan.due_on != due_on:
        loan.due_on = due_on
        loan.save(update_fields=["due_on"])


def _repaid_on(loan: Loan) -> date:
    """The first value date after which nothing is owed: a payment that comes late may carry an earlier one."""
    facts = selectors.facts_of(loan)
    days = sorted({fact.value_date for fact in facts})
    return next(day for day in days if fold(loan.contract, facts, day).is_closed)
