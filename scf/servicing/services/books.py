"""The journals that loan events cause, each in the lender's own book.

Books follow events by difference: what the loan's accounts hold after all
events known now, less what its thread has booked so far, is the journal of
the new event. So a payment with an earlier value date, or one taken back,
corrects the books by itself. Income is not booked here: a payment of interest
lowers the receivable that close of business has accrued.
"""

from collections.abc import Sequence
from datetime import datetime

from scf.domain.events import Event, EventKind
from scf.domain.loan import fold
from scf.domain.waterfall import Due
from scf.kernel import audit
from scf.kernel.clock import day_of
from scf.ledger import selectors as ledger
from scf.ledger.models import AccountKind as Kind
from scf.ledger.models import Book
from scf.ledger.services import Journal, Posting, book_of, post

from .. import selectors
from ..models import IncomingPayment, Loan, LoanEvent
from . import closing_loans

RECEIVABLE_BY_DUE = {
    Due.INTEREST: Kind.INTEREST_RECEIVABLE,
    Due.PENALTY: Kind.PENALTY_RECEIVABLE,
    Due.COMPOUND: Kind.COMPOUND_RECEIVABLE,
    Due.COSTS: Kind.COST_RECEIVABLE,
}
INCOME_BY_DUE = {
    Due.INTEREST: Kind.INTEREST,
    Due.PENALTY: Kind.PENALTY,
    Due.COMPOUND: Kind.COMPOUND,
    Due.COSTS: Kind.COST,
}
# Accounts through which money comes and goes: what an event moves there is what balances it.
MONEY = {Kind.FUNDING, Kind.COLLECTION, Kind.CLEARING}
COLLECTED = {
    EventKind.REPAYMENT, EventKind.PAYOFF, EventKind.RETURN, EventKind.BUY_BACK, EventKind.RECOVERY, EventKind.REFUND,
}  # fmt: skip

AccountName = tuple[str, int | None]


def book_of_loan(loan: Loan) -> Book:
    """The lender's book in which the loan stands."""
    return book_of(bank_id=loan.bank_id, product=loan.product, currency=loan.currency)


def book_drawdown(*, loan: Loan, event: LoanEvent, at: datetime) -> None:
    """The loan is paid out: principal against the lender's funds."""
    book_event(loan=loan, event=event, at=at)


def book_repayment(*, loan: Loan, event: LoanEvent, from_suspense: bool, at: datetime) -> None:
    """Money came in, or leaves suspense: through the clearing accounts of both books."""
    book_event(loan=loan, event=event, from_suspense=from_suspense, at=at)


def book_refund(*, loan: Loan, event: LoanEvent, at: datetime) -> None:
    """Surplus went back to the supplier from the collection account."""
    book_event(loan=loan, event=event, at=at)


def book_event(*, loan: Loan, event: LoanEvent, at: datetime, from_suspense: bool = False) -> None:
    """Book what an event of any kind changes, and keep where the loan stands now. The caller holds the loan's row.

    from_suspense  the money waited in suspense
    """
    book = book_of_loan(loan)
    thread = audit.subject_of(loan)
    booked = {
        (kind, party): minor
        for (_book, kind, party), minor in ledger.balances_of_thread(thread).items()
        if kind not in MONEY and kind != Kind.SUSPENSE
    }
    facts = selectors.facts_of(loan)
    held = targets(loan, facts)
    changes = {name: held.get(name, 0) - booked.get(name, 0) for name in held.keys() | booked.keys()}
    postings = [Posting(book, kind, minor, party) for (kind, party), minor in sorted(changes.items(), key=repr)]
    postings += _money_side(book, _money_of(event, from_suspense=from_suspense), -sum(changes.values()))
    text = EventKind(event.kind).value.lower().replace("_", " ")
    journal = Journal(audit.subject_of(event), thread, text, postings, event.value_date)
    post([journal], at=at, booking_date=day_of(at))
    closing_loans.refresh(loan, book, facts=facts, on=day_of(at), at=at)


def book_suspense(*, incoming: IncomingPayment, at: datetime) -> None:
    """Money came in that no loan is known for."""
    book = book_of(bank_id=incoming.bank_id, product="", currency=incoming.currency)
    amount = incoming.amount_minor
    name = audit.subject_of(incoming)
    postings = [Posting(book, Kind.COLLECTION, amount), Posting(book, Kind.SUSPENSE, -amount)]
    post([Journal(name, name, "suspense", postings, incoming.value_date)], at=at, booking_date=day_of(at))


def book_given_back(*, incoming: IncomingPayment, at: datetime) -> None:
    """The bank took back what waited in suspense."""
    book = book_of(bank_id=incoming.bank_id, product="", currency=incoming.currency)
    name, amount = audit.subject_of(incoming), incoming.amount_minor
    postings = [Posting(book, Kind.SUSPENSE, amount), Posting(book, Kind.COLLECTION, -amount)]
    day = incoming.returned_by.value_date if incoming.returned_by else incoming.value_date
    post([Journal(f"{name}/returned", name, "returned", postings, day)], at=at, booking_date=day_of(at))


def targets(loan: Loan, events: Sequence[Event]) -> dict[AccountName, int]:
    """What the loan's accounts hold after `events`, but for those through which money comes and goes."""
    now = fold(loan.contract, events, max(event.value_date for event in events))
    settled = {due: now.paid[due].minor + now.waived[due].minor + now.written_off[due].minor for due in Due}
    held: dict[AccountName, int] = {(kind, None): -settled[due] for due, kind in RECEIVABLE_BY_DUE.items()}
    held[Kind.PRINCIPAL, loan.supplier_id] = now.drawn.minor - settled[Due.PRINCIPAL]
    held[Kind.SURPLUS, loan.supplier_id] = -now.surplus.minor
    held[Kind.WAIVED, None] = sum(now.waived[due].minor for due in Due)
    held[Kind.LOSS, None] = sum(now.written_off[due].minor for due in Due)
    held[Kind.RECOVERY, None] = -now.recovered.minor
    return held


def _money_of(event: LoanEvent, *, from_suspense: bool) -> Kind | None:
    """The account through which the event's money goes; None where none moves."""
    if from_suspense:
        return Kind.CLEARING
    if event.kind == EventKind.DRAWDOWN or event.data.get("is_kept_back"):
        return Kind.FUNDING
    if event.kind == EventKind.REVERSAL:
        # the money stays with the lender: it waits in suspense until a person says where it belongs
        assert event.reverses is not None, "the database wants it named"
        if event.reverses.kind == EventKind.REFUND:  # the payee's bank sent it back to where it was collected
            return Kind.COLLECTION
        return Kind.CLEARING if event.reverses.kind in {*COLLECTED, EventKind.PASSED_ON} else None
    return Kind.COLLECTION if event.kind in COLLECTED else None


def _money_side(book: Book, money: Kind | None, minor: int) -> list[Posting]:
    """The leg that balances an event; where the money lay in suspense, its way from there, too."""
    if money is None:
        return []  # should it not balance, the database refuses it
    if money != Kind.CLEARING:
        return [Posting(book, money, minor)]
    waiting = book_of(bank_id=book.bank_id, product="", currency=book.currency)
    return [
        Posting(waiting, Kind.SUSPENSE, minor),
        Posting(waiting, Kind.CLEARING, -minor),
        Posting(book, Kind.CLEARING, minor),
    ]
