"""Where a loan stands on any day, as it was known at any time: a function of its contract and its events.

    position = fold(contract, events, on)                    what we know now about `on`
    position = fold(contract, events, on, known_at=moment)   what we knew at `moment` about `on`

Nothing is stored and nothing is true because a job wrote it. The whole is
linear in the number of events.
"""

# budget: the facade over the parts of the fold, which know one another only downwards

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from . import settling
from .arrears import next_change
from .conventions import Prepayment
from .errors import DomainError
from .events import Event, EventKind, Refusal, in_force
from .instalments import Instalment
from .meter import Stretch
from .money import Money
from .standing import AccrualLine, PlanRow, Position, lines_of, rows_of
from .terms import Contract
from .walk import Walk
from .waterfall import RANKS, Due

__all__ = ["AccrualLine", "EventRefused", "PlanRow", "Position", "Stretch", "fold", "payoff_on"]


Spent = tuple[dict[Due, int], int]  # by rank, and what was left


class EventRefused(DomainError):
    """An event cannot happen to this loan on its value date, or has nothing to do there."""

    code = "EVENT_REFUSED"


def fold(contract: Contract, events: Sequence[Event], on: date, *, known_at: datetime | None = None) -> Position:
    """The position at the start of `on`, after all events with value date up to it.

    known_at  leaves out what was recorded later (None: everything counts)

    An event that finds less than it wants - a waiver whose interest an earlier
    value date has paid meanwhile - does what it can, and `refused` says so: facts
    that come late must never make a loan unreadable. `require_all` is for those
    who record an event. Raises EventRefused for one before the drawdown,
    ReversalUnknown, TermsUnclear.
    """
    walk = Walk(contract, on)
    counting = _counting(contract, events, on, known_at)
    settled = [(event, _apply(walk, event)) for event in counting]
    walk.advance(max(_counted_to(contract, on), walk.cursor))
    return _position(walk, on, settled)


def require_all(position: Position) -> None:
    """Raises EventRefused where an event could not do all that it says."""
    for refusal in position.refused:
        raise EventRefused(refusal.why, kind=refusal.event.kind, day=str(refusal.event.value_date), **refusal.facts)


def closing_on(contract: Contract, events: Sequence[Event], on: date) -> dict[Due, int]:
    """What closes the loan on `on`, by rank, in minor units; with any fee for paying early under COSTS."""
    walk = Walk(contract, on)
    for event in _counting(contract, events, on, None):
        _apply(walk, event)
    walk.advance(max(_counted_to(contract, on), walk.cursor))
    spent, _ = settling.pay_off(walk, None)
    spent[Due.COSTS] += _missing(walk)
    return spent


def level_of(contract: Contract, events: Sequence[Event], on: date) -> int:
    """The level instalment in force on `on`, in minor units; 0 where the plan has none."""
    walk = Walk(contract, on)
    for event in _counting(contract, events, on, None):
        _apply(walk, event)
    return walk.level or 0


def payoff_on(contract: Contract, events: Sequence[Event], on: date, *, known_at: datetime | None = None) -> Money:
    """What closes the loan if it is paid on `on`, with any fee for paying early: then paid, it closes to the cent."""
    known = _counting(contract, events, on, known_at)
    return Money(sum(closing_on(contract, known, on).values()), contract.currency)


def _counting(contract: Contract, events: Sequence[Event], on: date, known_at: datetime | None) -> list[Event]:
    ordered = in_force(events, known_at, as_recorded=contract.conventions.same_day_as_recorded)
    return [event for event in ordered if event.value_date <= on]


def _counted_to(contract: Contract, on: date) -> date:
    """A figure to date counts that date itself where the conventions say so."""
    return on + timedelta(days=1) if contract.conventions.counts_both_days else on


def _apply(walk: Walk, event: Event) -> Spent | None:
    """Let time pass to the event, and the event happen; payments return where they went."""
    if event.value_date < walk.contract.drawdown_date:
        raise EventRefused("before the loan begins", kind=event.kind, day=str(event.value_date))
    walk.advance(event.value_date)
    if event.kind in _MONEY_IN:
        return _money_in(walk, event)
    _OTHERS[event.kind](walk, event)
    return None


def _missing(walk: Walk) -> int:
    """What was returned as surplus and is needed after all: it is owed before everything else."""
    return max(0, -walk.surplus)


def _money_in(walk: Walk, event: Event) -> Spent:
    if walk.is_written_off:
        outstanding = sum(walk.written_off.values()) - walk.recovered
        part = min(outstanding, event.amount.minor)
        walk.recovered += part
        walk.surplus += event.amount.minor - part
        return dict.fromkeys(RANKS, 0), event.amount.minor - part
    amount = event.amount.minor
    made_up = min(amount, _missing(walk)) if amount else _missing(walk)
    if event.kind == EventKind.RETURN and _is_return(walk, event):
        spent, left = _return(walk, amount - made_up)
    elif event.kind == EventKind.PAYOFF:
        spent, left = settling.pay_off(walk, amount - made_up if amount else None)
    else:
        effect = event.data.get("effect")
        spent, left = settling.pay(walk, amount - made_up, Prepayment(effect) if effect else None)
    left += made_up
    walk.surplus += left
    # the dictionary itself is kept: what grace later turns into a penalty changes it
    walk.spent_by_event.append(spent)
    return spent, left


def _is_return(walk: Walk, event: Event) -> bool:
    """Whether the principal comes back whole and in time; else the money is a repayment.

    What the payee's bank sent back was never lent, however late it comes.
    """
    limit = walk.contract.drawdown_date + timedelta(days=walk.contract.cooling_off_days)
    owed = walk.undue + sum(walk.open(row, Due.PRINCIPAL) for row in walk.overdue)
    if event.value_date > limit and not event.data.get("is_bounced"):
        walk.refused.append(Refusal(event, "cooling-off is over", {"last_day": str(limit)}))
    elif event.amount.minor < owed + _missing(walk):
        facts = {"owed": str(Money(owed, walk.contract.currency))}
        walk.refused.append(Refusal(event, "less than the principal", facts))
    else:
        return True
    return False


def _return(walk: Walk, amount: int) -> tuple[dict[Due, int], int]:
    """Cooling-off: the principal comes back, no interest and no arrangement fee is owed; what was paid returns."""
    refunded = {Due.INTEREST: walk.forget_interest(), Due.COSTS: walk.forget_arrangement()}
    spent = dict.fromkeys(RANKS, 0)
    left = settling.prepay(walk, amount, Prepayment.SHORTEN, spent) if walk.running() is not None else amount
    for rank, minor in refunded.items():  # earlier payments stay as they were: it is the return that gives back
        spent[rank] -= minor
    return spent, left + sum(refunded.values())


def _draw(walk: Walk, event: Event) -> None:
    walk.draw(event.value_date, event.amount.minor)


def _charge(walk: Walk, event: Event) -> None:
    if walk.is_written_off:
        walk.refused.append(Refusal(event, "the loan is written off", {}))
        return
    due = event.data.get("due_date") or event.value_date
    rank = Due.COSTS if event.kind == EventKind.FEE else Due.PENALTY
    day, is_arrangement = due if isinstance(due, date) else date.fromisoformat(due), "is_arrangement" in event.data
    settling.charge(walk, rank, event.amount.minor, day, is_arrangement=is_arrangement)


def _rate(walk: Walk, event: Event) -> None:
    walk.set_rate(Decimal(str(event.data["annual_rate"])), is_misused=walk.is_misused)


def _misuse(walk: Walk, event: Event) -> None:
    walk.set_rate(walk.agreed_rate, is_misused=not event.data.get("is_over", False))


def _reschedule(walk: Walk, event: Event) -> None:
    if event.kind == EventKind.EXTENSION:
        day = event.data["maturity_date"]
        days = [row.due_date for row in walk.rows[:-1]]
        days.append(day if isinstance(day, date) else date.fromisoformat(day))
    else:
        days = [d if isinstance(d, date) else date.fromisoformat(d) for d in event.data["due_dates"]]
    if walk.running() is None:
        walk.refused.append(Refusal(event, "everything has fallen due already: extend before the due date", {}))
    elif not walk.reschedule(days):
        walk.refused.append(Refusal(event, "the due dates do not rise", {}))


def _waive(walk: Walk, event: Event) -> None:
    rank = Due(event.data.get("rank", Due.INTEREST))
    _, left = settling.waive(walk, rank, event.amount.minor)
    if left:
        facts = {"rank": rank.value, "too_much": str(Money(left, walk.contract.currency))}
        walk.refused.append(Refusal(event, "more than is owed", facts))


def _write_off(walk: Walk, _event: Event) -> None:
    settling.write_off(walk)


def _refund(walk: Walk, event: Event) -> None:
    walk.surplus -= event.amount.minor
    if walk.surplus < 0:
        facts = {"too_much": str(Money(-walk.surplus, walk.contract.currency))}
        walk.refused.append(Refusal(event, "more than the surplus", facts))


_MONEY_IN = {EventKind.REPAYMENT, EventKind.PAYOFF, EventKind.RETURN, EventKind.BUY_BACK, EventKind.RECOVERY}
_OTHERS = {
    EventKind.DRAWDOWN: _draw, EventKind.FEE: _charge, EventKind.PENALTY: _charge, EventKind.RATE_CHANGE: _rate,
    EventKind.MISUSE: _misuse, EventKind.EXTENSION: _reschedule, EventKind.RESCHEDULE: _reschedule,
    EventKind.WAIVER: _waive, EventKind.WRITE_OFF: _write_off, EventKind.REFUND: _refund,
    EventKind.PASSED_ON: _refund,
}  # fmt: skip


def _position(walk: Walk, on: date, settled: list[tuple[Event, Spent | None]]) -> Position:
    currency = walk.contract.currency

    nothing = Money(0, currency)

    def money(minor: int) -> Money:
        return Money(minor, currency) if minor else nothing

    def ranks(book: dict[Due, int]) -> dict[Due, Money]:
        return {rank: money(book[rank]) for rank in RANKS}

    items = settling.due_items(walk)
    due = {rank: sum(amount for found, _, amount in items if found == rank) for rank in RANKS}
    ahead = {rank: sum(c.open for c in walk.charges if c.rank == rank and c.due_date > walk.cursor) for rank in RANKS}
    running = walk.running()
    accrued = 0 if running is None or walk.is_written_off else walk.accrued() - running.settled[Due.INTEREST]
    unpaid = {rank: due[rank] + ahead[rank] for rank in RANKS}
    unpaid[Due.INTEREST] += accrued
    unpaid[Due.PRINCIPAL] += walk.undue
    oldest = _oldest_late(walk, on)
    owed = sum(unpaid.values()) + _missing(walk)
    is_closed = bool(walk.draws) and owed <= walk.conventions.close_tolerance and not walk.undue
    earned = {rank: unpaid[rank] + sum(b[rank] for b in (walk.paid, walk.waived, walk.written_off)) for rank in RANKS}
    days = (_counted_to(walk.contract, on) - oldest).days if oldest else 0
    change = None if is_closed or walk.is_written_off else next_change(walk, oldest, on)
    lines = () if walk.is_written_off else lines_of(walk, earned, change)
    return Position(
        on=on, principal=money(unpaid[Due.PRINCIPAL]), overdue_principal=money(due[Due.PRINCIPAL]),
        interest=money(unpaid[Due.INTEREST]), interest_due=money(due[Due.INTEREST]), costs_due=money(due[Due.COSTS]),
        penalty=money(unpaid[Due.PENALTY]), compound=money(unpaid[Due.COMPOUND]), costs=money(unpaid[Due.COSTS]),
        paid=ranks(walk.paid), waived=ranks(walk.waived), written_off=ranks(walk.written_off),
        recovered=money(walk.recovered), earned={rank: money(earned[rank]) for rank in RANKS if rank != Due.PRINCIPAL},
        drawn=money(walk.drawn), surplus=money(walk.surplus), days_past_due=max(0, days), overdue_since=oldest,
        is_closed=is_closed, stretches=tuple(walk.stretches), lines=lines, refused=tuple(walk.refused),
        settled=tuple((event, dict(found[0]), found[1]) for event, found in settled if found), next_mark=change,
        annual_rate=walk.annual_rate, broken_period=money(walk.broken_interest), penalty_rate=walk.overdue_rate,
        rows=rows_of(walk, on),
    )  # fmt: skip


def _oldest_late(walk: Walk, on: date) -> date | None:
    """The due date of the oldest instalment, or arrangement fee, of which something is unpaid behind it."""
    late: list[Instalment] = [
        row for row in walk.overdue if walk.open(row, Due.PRINCIPAL) or walk.open(row, Due.INTEREST)
    ]
    days = [row.due_date for row in late] + [charge.due_date for charge in walk.arrangement if charge.open]
    return min((day for day in days if day < _counted_to(walk.contract, on)), default=None)
