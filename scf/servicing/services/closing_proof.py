"""Recompute everything that is stored about loans from their events, and say what differs.

Journals of events, balances, standings, lines, totals and accrual journals: each
is compared with what the events give. Nothing is changed.
"""

# budget: the proof compares with each part that keeps something
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Sum

from scf.domain.events import Event
from scf.domain.loan import fold
from scf.domain.rates import steps
from scf.domain.waterfall import Due
from scf.kernel import audit
from scf.ledger import selectors as ledger
from scf.ledger.models import AccountKind as Kind
from scf.ledger.models import Book, Leg

from .. import selectors
from ..models import (
    AccrualLine,
    ClosedDay,
    IncomingPayment,
    Loan,
    LoanEvent,
    LoanStanding,
    RateWatch,
    SettledLine,
    SettledTotal,
)
from ..selectors.accruals import RANKS, Earned, earned_by
from ..selectors.rates import table_of
from . import books, closing_loans, closing_rates, states

ONE_DAY = timedelta(days=1)
BATCH = 500
WAITING = (IncomingPayment.State.SUSPENSE, IncomingPayment.State.SET_ASIDE)


@dataclass(frozen=True, slots=True)
class Difference:
    """Something stored that the events do not give."""

    where: str
    what: str
    stored: object
    computed: object

    def __str__(self) -> str:
        return f"{self.where}: {self.what} is {self.stored}, the events give {self.computed}"


def differences(*, every_day: bool = True) -> Iterator[Difference]:
    """All that differs.

    every_day  prove each closed day anew; else only the last one of each book
    """
    for row in ledger.unbalanced():
        yield Difference(f"ledger.transaction:{row['transaction_id']}", "the sum of its legs", row["sum"], 0)
    yield from _suspense()
    yield from _totals()
    for book in Book.objects.exclude(product="").order_by("pk"):
        days = list(ClosedDay.objects.filter(book=book).order_by("day"))
        yield from _accruals(book, days)
        proven = days if every_day else days[-1:]
        sums: dict[int, Earned] = {day.pk: dict.fromkeys(RANKS, 0) for day in proven}
        for loan in _loans_of(book):
            yield from _journals(loan)
            yield from _standing(loan, book, days[-1].day if days else None)
            yield from _rates(loan, days[-1].day if days else None)
            for day in proven:
                _add(sums[day.pk], _earned_as_known(loan, day))
        for day in proven:
            yield from _compare(audit.subject_of(day), {f"{due} earned": day.earned(due) for due in RANKS},
                                {f"{due} earned": sums[day.pk][due] for due in RANKS})  # fmt: skip


def _compare(where: str, stored: dict[str, Any], computed: dict[str, Any]) -> Iterator[Difference]:
    for name in sorted(stored.keys() | computed.keys()):
        if stored.get(name) != computed.get(name):
            yield Difference(where, name, stored.get(name), computed.get(name))


def _loans_of(book: Book) -> Iterator[Loan]:
    found = Loan.objects.filter(bank=book.bank_id, product=book.product, currency=book.currency)
    ids = list(found.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        yield from selectors.with_events(Loan.objects.filter(pk__in=ids[start : start + BATCH]).order_by("pk"))


def _earned_as_known(loan: Loan, day: ClosedDay) -> Earned:
    """What the loan had earned by the day's end, by the events that its closing knew."""
    known = [event for event in selectors.facts_of(loan) if event.sequence <= day.last_event]
    return earned_by(loan, known, day.day + ONE_DAY)


def _add(sums: Earned, more: Earned) -> None:
    for due in RANKS:
        sums[due] += more[due]


def _journals(loan: Loan) -> Iterator[Difference]:
    """Each event's journal is the step that the loan's accounts take with it, in order of recording."""
    stored: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for leg in ledger.legs_of_thread(audit.subject_of(loan)):
        if leg.account.kind not in books.MONEY and leg.account.kind != Kind.SUSPENSE:
            stored[leg.transaction.event][f"{leg.account.kind} {leg.account.party_id or ''}"] += leg.minor
    events = sorted(selectors.facts_of(loan), key=lambda event: event.sequence)
    known = [events[:count] for count in range(len(events) + 1)]
    for before, after in pairwise(known):
        event = f"{LoanEvent._meta.label_lower}:{after[-1].sequence}"
        yield from _compare(f"{loan.number} {event}", dict(stored.pop(event, {})), _step(loan, before, after))
    for event, legs in stored.items():
        yield Difference(f"{loan.number} {event}", "a journal", dict(legs), "no such event")


def _step(loan: Loan, before: Sequence[Event], after: Sequence[Event]) -> dict[str, int]:
    earlier = books.targets(loan, before) if before else {}
    later = books.targets(loan, after)
    steps = {name: later.get(name, 0) - earlier.get(name, 0) for name in later.keys() | earlier.keys()}
    return {f"{kind} {party or ''}": minor for (kind, party), minor in steps.items() if minor}


def _standing(loan: Loan, book: Book, last: date | None) -> Iterator[Difference]:
    """The kept standing and lines are those of its day, and no day on which something happens was passed over."""
    stored = LoanStanding.objects.filter(pk=loan.pk).first()
    if stored is None:
        yield Difference(loan.number, "the standing", "missing", "one row")
        return
    found = closing_loans.picture(loan, book, stored.as_of)
    columns = [name for name in closing_loans.STANDING_COLUMNS if name not in ("book", "is_settled")]
    yield from _compare(loan.number, {name: getattr(stored, name) for name in columns},
                        {name: getattr(found.standing, name) for name in columns})  # fmt: skip
    yield from _columns(loan, stored.as_of)
    lines = AccrualLine.objects.filter(loan=loan)
    if stored.is_settled:
        kept = {line.due: line.minor for line in SettledLine.objects.filter(loan=loan)}
        earned = earned_by(loan, selectors.facts_of(loan), stored.as_of)
        yield from _compare(f"{loan.number} settled", {k: v for k, v in kept.items() if v},
                            {due.value: minor for due, minor in earned.items() if minor})  # fmt: skip
        yield from _compare(f"{loan.number} lines", _texts(lines), {})
    else:
        yield from _compare(f"{loan.number} lines", _texts(lines), _texts(found.lines))
    if last is not None and stored.next_mark is not None and stored.next_mark <= last + ONE_DAY:
        yield Difference(loan.number, "the next mark", stored.next_mark, f"after {last}")


def _rates(loan: Loan, last: date | None) -> Iterator[Difference]:
    """A loan that follows an index has taken it over at every fixing whose value is known, or is about to."""
    if not loan.agreement or last is None:
        return
    watch = RateWatch.objects.filter(pk=loan.pk).first()
    if watch is None:
        yield Difference(loan.number, "the next look at its rate", "missing", "one row")
    elif watch.next_look is None or watch.next_look > last:
        wanted = closing_rates.wanted_of(loan, table_of(watch.index), last)
        for step in steps(loan.annual_rate, closing_rates.agreed_of(selectors.facts_of(loan)), wanted):
            yield Difference(loan.number, f"the rate from {step.fixing.day}", "another one", step.fixing.rate)


def _columns(loan: Loan, on: date) -> Iterator[Difference]:
    """The loan's own row: its due date and whether it has ended are those of its events."""
    facts = selectors.facts_of(loan)
    now = fold(loan.contract, facts, max(on, *(fact.value_date for fact in facts)))
    stored = {"due_on": loan.due_on, "has ended as": loan.state if loan.state in states.TRANSITIONS else ""}
    state = states.state_of(now)
    computed = {"due_on": now.rows[-1].due_date, "has ended as": state if state in states.TRANSITIONS else ""}
    yield from _compare(loan.number, stored, computed)


def _texts(lines: Iterable[AccrualLine]) -> dict[str, str]:
    return {
        f"line {line.number}": " ".join(str(getattr(line, name)) for name in list(closing_loans.LINE_COLUMNS)[3:])
        for line in lines
    }


def _accruals(book: Book, days: Sequence[ClosedDay]) -> Iterator[Difference]:
    """The accrual journals of a book are the steps between its closed days, and no day is left out."""
    before: ClosedDay | None = None
    for day in days:
        if before is not None and day.day != before.day + ONE_DAY:
            yield Difference(f"ledger.book:{book.pk}", "the day closed next", day.day, before.day + ONE_DAY)
        step = {due: day.earned(due) - (before.earned(due) if before else 0) for due in RANKS}
        legs = Leg.objects.filter(transaction__event=audit.subject_of(day), account__book=book)
        stored = {kind: minor for kind, minor in legs.values_list("account__kind").annotate(Sum("minor")) if minor}
        yield from _compare(f"journal of {audit.subject_of(day)}", stored, _legs_of(step))
        before = day


def _legs_of(step: dict[Due, int]) -> dict[str, int]:
    legs = {str(books.RECEIVABLE_BY_DUE[due]): minor for due, minor in step.items() if minor}
    return legs | {str(books.INCOME_BY_DUE[due]): -minor for due, minor in step.items() if minor}


def _totals() -> Iterator[Difference]:
    """The total of settled lines, by book and rank."""
    computed: dict[str, int] = defaultdict(int)
    standings = LoanStanding.objects.filter(is_settled=True)
    book_of = dict(standings.values_list("loan_id", "book_id"))
    for line in SettledLine.objects.all().iterator():
        computed[f"book {book_of.get(line.loan_id)} {line.due}"] += line.minor
    stored = {f"book {total.book_id} {total.due}": total.minor for total in SettledTotal.objects.all()}
    yield from _compare(
        "settled totals", {k: v for k, v in stored.items() if v}, {k: v for k, v in computed.items() if v}
    )


def _suspense() -> Iterator[Difference]:
    """What the suspense accounts hold is what waits."""
    legs = Leg.objects.filter(account__kind=Kind.SUSPENSE)
    held = legs.values_list("account__book__bank_id", "account__book__currency").annotate(Sum("minor"))
    stored = {f"lender {bank} {currency}": -minor for bank, currency, minor in held.order_by() if minor}
    computed: dict[str, int] = defaultdict(int)
    waiting = IncomingPayment.objects.filter(state__in=WAITING).values_list("bank_id", "currency")
    for bank, currency, minor in waiting.annotate(Sum("amount_minor")).order_by():
        computed[f"lender {bank} {currency}"] += minor
    on_loans = LoanEvent.objects.filter(incoming__state__in=WAITING, reversed_by=None)
    parts = on_loans.values_list("incoming__bank_id", "incoming__currency").annotate(Sum("amount_minor")).order_by()
    for bank, currency, minor in parts:
        computed[f"lender {bank} {currency}"] -= minor
    yield from _compare("suspense", stored, {where: minor for where, minor in computed.items() if minor})
