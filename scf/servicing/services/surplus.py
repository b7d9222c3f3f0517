"""What becomes of money that a loan does not need: kept, returned, or passed on, as its contract says."""

# budget: it moves money between two loans by books, states and refunds

from datetime import datetime

from scf.collateral import selectors as collateral
from scf.domain.conventions import Overpayment
from scf.domain.loan import fold
from scf.domain.money import Money
from scf.kernel import audit
from scf.kernel.clock import day_of

from .. import selectors
from ..models import Loan, LoanEvent
from . import books, refunds, states


def settle(loan: Loan, *, event: LoanEvent, at: datetime) -> None:
    """Do with the loan's surplus after `event` what its contract says. The caller holds the loan's row.

    Where that cannot be done - no verified account, no other loan - the surplus
    is kept, and finance staff see it waiting.
    """
    policy = loan.contract.conventions.overpayment
    if policy == Overpayment.KEEP:
        return
    stand = fold(loan.contract, selectors.facts_of(loan), max(event.value_date, day_of(at)))
    if stand.surplus.minor <= 0 or selectors.is_refund_on_its_way(loan):
        return
    if policy == Overpayment.REFUND:
        refunds.refund_by_contract(loan=loan, at=at)
        return
    other = next_on_same_collateral(loan)
    if other is not None:
        _pass_on(loan, other, stand.surplus, event=event, at=at)


def next_on_same_collateral(loan: Loan) -> Loan | None:
    """The running loan of the same lender and supplier that falls due first, of those on goods behind `loan`; locked.

    A loan that somebody is just writing is passed over: two loans that pass on
    to each other at once must not wait for one another.
    """
    references = collateral.references_on_same_goods(loan.reference)
    running = (Loan.State.ACTIVE, Loan.State.PART_REPAID)
    found = Loan.objects.filter(
        reference__in=references, state__in=running, bank=loan.bank_id, supplier=loan.supplier_id,
        currency=loan.currency,
    )  # fmt: skip
    return found.order_by("due_on", "id").select_for_update(skip_locked=True, of=("self",)).first()


def _pass_on(loan: Loan, other: Loan, amount: Money, *, event: LoanEvent, at: datetime) -> None:
    """Two events, the same money: out of the one loan, into the other, through the lender's suspense."""
    day = max(event.value_date, other.drawdown_date)
    common = {"amount_minor": amount.minor, "value_date": day, "payer": event.payer, "recorded_at": at}
    out = LoanEvent.objects.create(
        loan=loan, kind=LoanEvent.Kind.PASSED_ON, source=f"{audit.subject_of(event)}/surplus",
        data={"to": other.number}, **common,
    )  # fmt: skip
    books.book_event(loan=loan, event=out, from_suspense=True, at=at)
    facts = {"amount": str(amount), "loan": loan.number, "to": other.number}
    audit.record(action="loan.passed_on", subject=loan, by=None, at=at, thread=loan.thread, after=facts)
    into = LoanEvent.objects.create(
        loan=other, kind=LoanEvent.Kind.REPAYMENT, source=audit.subject_of(out), data={"from": loan.number}, **common
    )
    books.book_event(loan=other, event=into, from_suspense=True, at=at)
    received = {"amount": str(amount), "loan": other.number, "payer": event.payer}
    states.follow(other, facts=received, event=into, by=None, at=at)
    settle(other, event=into, at=at)
