"""Loans that follow an index take it over: a rate change on each day of fixing, recorded as every event is.

A day is closed with the fixings of the next morning, too, where their values
are known, so that the rate is right on the day itself. A value that is missing
is not guessed: the loan goes on at its rate, people are told, and when the
value comes the change has the fixing's own value date. Done twice, or after a
kill in the middle, it is the same: what is asked for follows from the table and
the loan's events alone.
"""

# budget: where the table, the loan's events, its books and its state meet
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from scf.domain.events import Event, EventKind, in_force
from scf.domain.rates import Agreed, Fixing, Step, Table, fixings, next_reset, steps
from scf.kernel import audit, outbox
from scf.kernel.clock import day_of
from scf.ledger.models import Book

from .. import selectors
from ..models import Loan, LoanEvent, RateWatch
from ..selectors.rates import table_of
from . import books, rate_watch, states, surplus

ONE_DAY = timedelta(days=1)
RUNNING = (Loan.State.ACTIVE, Loan.State.PART_REPAID)


@dataclass(slots=True)
class _Night:
    """One night's look at a book: which day is closed, up to when fixings count, and what was told already."""

    day: date
    to: date
    at: datetime
    told: set[tuple[str, date]] = field(default_factory=set)


def take_over(book: Book, day: date, *, at: datetime) -> int:
    """Let the book's loans take their index over up to the end of `day`; how many were looked at."""
    night = _Night(day, min(day + ONE_DAY, max(day, day_of(at))), at)
    due = RateWatch.objects.filter(book=book, next_look__lte=night.to).order_by("pk")
    looked_at = list(due.values_list("pk", flat=True))
    for loan_id in looked_at:
        _look(loan_id, night)
    return len(looked_at)


@transaction.atomic
def _look(loan_id: int, night: _Night) -> None:
    loan = Loan.objects.select_for_update().get(pk=loan_id)
    index = RateWatch.objects.values_list("index", flat=True).get(pk=loan_id)
    rate_watch.hold_table(index, is_shared=True)
    watch = RateWatch.objects.select_for_update().get(pk=loan_id)
    if watch.next_look is None or watch.next_look > night.to:
        return  # somebody else was faster
    table = table_of(index)
    wanted = wanted_of(loan, table, night.to)
    was_running = loan.state in RUNNING
    for step in steps(loan.annual_rate, agreed_of(selectors.facts_of(loan)), wanted):
        _take(loan, watch.index, step, night.at)
    _note(loan, watch, wanted, night, table)
    if loan.state in RUNNING and not was_running:
        rate_watch.look_again(loan)  # it runs again: there are fixings behind the day on which it had been repaid


def wanted_of(loan: Loan, table: Table, until: date) -> list[Fixing]:
    """The loan's fixings up to `until`, or to the day on which it was repaid; none once it is written off."""
    if loan.state == Loan.State.CLOSED and loan.closed_on is not None:
        until = min(until, loan.closed_on)
    elif loan.state not in RUNNING:
        return []
    return fixings(loan.contract.agreement, loan.drawdown_date, table, until)


def agreed_of(facts: Sequence[Event]) -> list[Agreed]:
    """The rate changes that count, in their order; those that came from a fixing say so."""
    return [
        Agreed(
            event.value_date, Decimal(str(event.data["annual_rate"])), event.sequence,
            date.fromisoformat(event.data["fixed_on"]) if event.data.get("fixed_on") else None,
        )
        for event in in_force(facts)
        if event.kind == EventKind.RATE_CHANGE
    ]  # fmt: skip


def _take(loan: Loan, index: str, step: Step, at: datetime) -> None:
    day, value, rate = step.fixing.day, step.fixing.value, step.fixing.rate
    assert value is not None and rate is not None, "only what is known is asked for"
    name = f"rate:{index}:{day}:{loan.number}"
    if step.takes_back is not None:
        _record(loan, LoanEvent.Kind.REVERSAL, day, f"{name}:back:{step.takes_back}", {}, at, step.takes_back)
    if step.change:
        count = loan.events.filter(source__startswith=name, kind=LoanEvent.Kind.RATE_CHANGE).count()
        data = {
            "annual_rate": _plain(rate), "index": index, "fixed_on": day.isoformat(),
            "index_rate": _plain(value.rate), "index_from": value.effective_from.isoformat(),
        }  # fmt: skip
        _record(loan, LoanEvent.Kind.RATE_CHANGE, day, f"{name}:{count}" if count else name, data, at)
        payload = {"loan_id": loan.pk, "rate": f"{rate * 100:.4f}", "since": day.isoformat()}
        outbox.put(topic="servicing.loan.rate_changed", payload=payload, at=at)


def _plain(rate: Decimal) -> str:
    """Without zeros at the end."""
    return f"{rate.normalize():f}"


def _record(
    loan: Loan, kind: str, day: date, source: str, data: dict, at: datetime, reverses: int | None = None
) -> None:
    event = LoanEvent.objects.create(
        loan=loan, kind=kind, amount_minor=0, value_date=day, source=source, data=data, reverses_id=reverses,
        recorded_at=at,
    )  # fmt: skip
    books.book_event(loan=loan, event=event, at=at)
    facts = {"loan": loan.number, "day": day.isoformat(), **{k: data[k] for k in ("annual_rate", "index") if k in data}}
    states.follow(loan, facts=facts, event=event, by=None, at=at)
    surplus.settle(loan, event=event, at=at)


def _note(loan: Loan, watch: RateWatch, wanted: Sequence[Fixing], night: _Night, table: Table) -> None:
    """Keep when to look again, and say what is missing."""
    unknown = [fixing.day for fixing in wanted if fixing.rate is None]
    missing = next((day for day in unknown if day <= night.day), None)
    # A value that is in force only from tomorrow may still be published in the morning.
    early = next((day for day in unknown if day > night.day), None)
    following = next_reset(loan.contract.agreement, loan.drawdown_date, table, night.to)
    looked_at = [fixing.day for fixing in wanted if fixing.day <= night.day or fixing.rate is not None]
    watch.last_fixed = max(looked_at, default=loan.drawdown_date)
    watch.next_look = (early or following) if loan.state in RUNNING else None
    if missing is not None and missing != watch.missing_on:
        _miss(loan, watch.index, missing, night)
    watch.missing_on = missing
    watch.save()


def _miss(loan: Loan, index: str, day: date, night: _Night) -> None:
    facts = {"loan": loan.number, "index": index, "day": day.isoformat()}
    audit.record(action="loan.rate_missing", subject=loan, by=None, at=night.at, thread=loan.thread, after=facts)
    if (index, day) not in night.told:
        night.told.add((index, day))
        payload = {"index": index, "day": day.isoformat()}
        outbox.put(topic="servicing.rate.missing", payload=payload, at=night.at)
