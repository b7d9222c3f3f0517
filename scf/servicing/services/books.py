"""The journals that loan events cause, each in the lender's own book.

Books follow events by difference: what the loan's accounts hold after all
events known now, less what its thread has booked so far, is the journal of
the new event. So a payment with an earlier value date, or one taken back,
corrects the books by itself. Income is not booked here: a payment of interest
lowers the receivable that close of business has accrued.
"""

from collections.abc import Sequence
from datetime import datetime

from scf.domain import position
from scf.domain.money import Money
from scf.domain.waterfall import Due
from scf.kernel import audit
from scf.kernel.clock import day_of
from scf.ledger import selectors as ledger
from scf.ledger.models import AccountKind as Kind
from scf.ledger.models import Book
from scf.ledger.services import Posting, book_of, post

from .. import selectors
from ..models import IncomingPayment, Loan, LoanEvent

RECEIVABLE_BY_DUE = {
    Due.INTEREST: Kind.INTEREST_RECEIVABLE,
    Due.PENALTY: Kind.PENALTY_RECEIVABLE,
    Due.COMPOUND: Kind.COMPOUND_RECEIVABLE,
    Due.COSTS: Kind.COST_RECEIVABLE,
}
# Accounts through which money comes and goes: what an event moves there is what balances it.
MONEY = {Kind.FUNDING, Kind.COLLECTION, Kind.CLEARING}
TEXTS = {LoanEvent.Kind.DRAWDOWN: "drawdown", LoanEvent.Kind.REPAYMENT: "repayment", LoanEvent.Kind.REFUND: "refund"}

AccountName = tuple[str, int | None]


def book_of_loan(loan: Loan) -> Book:
    """The lender's book in which the loan stands."""
    return book_of(bank_id=loan.bank_id, product=loan.product, currency=loan.currency)


def book_drawdown(*, loan: Loan, event: LoanEvent, at: datetime) -> None:
    """The loan is paid out: principal against the lender's funds."""
    _book(loan, event, money=Kind.FUNDING, at=at)


def book_repayment(*, loan: Loan, event: LoanEvent, from_suspense: bool, at: datetime) -> None:
    """Money came in, or leaves suspense: through the clearing accounts of both books."""
    _book(loan, event, money=Kind.CLEARING if from_suspense else Kind.COLLECTION, at=at)


def book_refund(*, loan: Loan, event: LoanEvent, at: datetime) -> None:
    """Surplus went back to the supplier from the collection account."""
    _book(loan, event, money=Kind.COLLECTION, at=at)


def book_suspense(*, incoming: IncomingPayment, at: datetime) -> None:
    """Money came in that no loan is known for."""
    book = book_of(bank_id=incoming.bank_id, product="", currency=incoming.currency)
    amount = incoming.amount_minor
    post(
        event=audit.subject_of(incoming),
        thread=audit.subject_of(incoming),
        text="suspense",
        postings=[Posting(book, Kind.COLLECTION, amount), Posting(book, Kind.SUSPENSE, -amount)],
        value_date=incoming.value_date,
        booking_date=day_of(at),
        at=at,
    )


def targets(loan: Loan, events: Sequence[LoanEvent]) -> dict[AccountName, int]:
    """What the loan's accounts hold after `events`, but for those through which money comes and goes."""
    currency = loan.currency
    paid = dict.fromkeys(Due, 0)
    drawn = sum(e.amount_minor for e in events if e.kind == LoanEvent.Kind.DRAWDOWN)
    surplus = -sum(e.amount_minor for e in events if e.kind == LoanEvent.Kind.REFUND)
    for _, allocation in position.allocations(loan.contract, _repayments(events, currency)):
        surplus += allocation.surplus.minor
        for due, spent in allocation.spent.items():
            paid[due] += spent.minor
    held: dict[AccountName, int] = {(kind, None): -paid[due] for due, kind in RECEIVABLE_BY_DUE.items()}
    held[Kind.PRINCIPAL, loan.supplier_id] = drawn - paid[Due.PRINCIPAL]
    held[Kind.SURPLUS, loan.supplier_id] = -surplus
    return held


def _repayments(events: Sequence[LoanEvent], currency: str) -> list[position.Repayment]:
    repayments = [e for e in events if e.kind == LoanEvent.Kind.REPAYMENT]
    return [position.Repayment(e.value_date, Money(e.amount_minor, currency), e.pk) for e in repayments]


def _book(loan: Loan, event: LoanEvent, *, money: Kind, at: datetime) -> None:
    book = book_of_loan(loan)
    thread = audit.subject_of(loan)
    booked = {
        (kind, party): minor
        for (_book, kind, party), minor in ledger.balances_of_thread(thread).items()
        if kind not in MONEY and kind != Kind.SUSPENSE
    }
    held = targets(loan, selectors.events_of(loan))
    changes = {name: held.get(name, 0) - booked.get(name, 0) for name in held.keys() | booked.keys()}
    postings = [Posting(book, kind, minor, party) for (kind, party), minor in sorted(changes.items(), key=repr)]
    postings += _money_side(book, money, -sum(changes.values()))
    post(
        event=audit.subject_of(event),
        thread=thread,
        text=TEXTS[LoanEvent.Kind(event.kind)],
        postings=postings,
        value_date=event.value_date,
        booking_date=day_of(at),
        at=at,
    )


def _money_side(book: Book, money: Kind, minor: int) -> list[Posting]:
    """The leg that balances an event; where the money lay in suspense, its way from there, too."""
    if money != Kind.CLEARING:
        return [Posting(book, money, minor)]
    waiting = book_of(bank_id=book.bank_id, product="", currency=book.currency)
    return [
        Posting(waiting, Kind.SUSPENSE, minor),
        Posting(waiting, Kind.CLEARING, -minor),
        Posting(book, Kind.CLEARING, minor),
    ]
