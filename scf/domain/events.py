"""What can happen to a loan. Events are facts: appended, never changed, taken back only by a reversal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from .errors import DomainError
from .money import Money


class EventKind(StrEnum):
    """Kinds of events, with what they carry beside amount and value date (`data`).

    REPAYMENT    effect: LOWER or SHORTEN, where the borrower chose; without, the contract's convention
    PAYOFF       everything that is owed on the day; the amount where it is known
    FEE, PENALTY due_date: day from which it is due (default: the value date); is_arrangement: the price of making the
                 loan, not owed where the money comes back within cooling-off
    RATE_CHANGE  annual_rate: in force from the value date on
    EXTENSION    maturity_date: the new last due date; RESCHEDULE due_dates: all of them anew
    WAIVER       rank: what is given up (a Due)
    RETURN       cooling-off: the principal comes back and the interest is cancelled; is_bounced: the payee's bank
                 sent the money back, so it was never lent
    BUY_BACK     the supplier pays what the buyer did not (recourse)
    MISUSE       from the value date the misuse rate runs, until: last day (excluded), where it has ended
    REVERSAL     `reverses` names the event taken back
    REFUND       surplus that went back to the payer
    PASSED_ON    surplus that went to another loan on the same collateral
    """

    DRAWDOWN = "DRAWDOWN"
    REPAYMENT = "REPAYMENT"
    PAYOFF = "PAYOFF"
    FEE = "FEE"
    PENALTY = "PENALTY"
    RATE_CHANGE = "RATE_CHANGE"
    EXTENSION = "EXTENSION"
    RESCHEDULE = "RESCHEDULE"
    WAIVER = "WAIVER"
    RETURN = "RETURN"
    BUY_BACK = "BUY_BACK"
    WRITE_OFF = "WRITE_OFF"
    RECOVERY = "RECOVERY"
    MISUSE = "MISUSE"
    REVERSAL = "REVERSAL"
    REFUND = "REFUND"
    PASSED_ON = "PASSED_ON"


# Within a day: terms first, then money out, then charges, then money in, then what is decided about the rest.
_RANK = {
    EventKind.RESCHEDULE: 0, EventKind.EXTENSION: 0, EventKind.RATE_CHANGE: 0, EventKind.MISUSE: 0,
    EventKind.DRAWDOWN: 1, EventKind.FEE: 2, EventKind.PENALTY: 2, EventKind.WAIVER: 3,
    EventKind.WRITE_OFF: 5, EventKind.RECOVERY: 6, EventKind.REFUND: 7, EventKind.PASSED_ON: 7,
}  # fmt: skip
_MONEY_IN = 4


@dataclass(frozen=True, slots=True)
class Event:
    """One fact about a loan.

    value_date   day from which it counts
    sequence     order in which events were recorded; unique within the loan
    recorded_at  when we learned of it; None counts as always known
    reverses     sequence of the event that a REVERSAL takes back
    """

    kind: EventKind
    value_date: date
    amount: Money
    sequence: int
    recorded_at: datetime | None = None
    reverses: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that could not do what it says, or not all of it: `why`, with the facts."""

    event: Event
    why: str
    facts: Mapping[str, str]


class ReversalUnknown(DomainError):
    """A reversal names no event of this loan, or one that cannot be taken back."""

    code = "REVERSAL_UNKNOWN"


def in_force(events: Sequence[Event], known_at: datetime | None = None, *, as_recorded: bool = False) -> list[Event]:
    """The events that count, in the order in which they count, as it was known at `known_at`.

    An event that is reversed, and its reversal, are left out: reversing
    restores exactly what was before. Order of arrival plays no part, only
    value date, kind and, among equals, the recording order.

    as_recorded  within a day the recording order alone, without regard to kind
    """
    known = [e for e in events if known_at is None or e.recorded_at is None or e.recorded_at <= known_at]
    gone = _taken_back(known)
    rest = [e for e in known if e.sequence not in gone] if gone else known
    if as_recorded:
        return sorted(rest, key=lambda e: (e.value_date, e.sequence))
    return sorted(rest, key=lambda e: (e.value_date, _RANK.get(e.kind, _MONEY_IN), e.sequence))


def _taken_back(known: Sequence[Event]) -> set[int]:
    """Sequences of the reversals and of what they take back."""
    reversals = [event for event in known if event.kind == EventKind.REVERSAL]
    if not reversals:
        return set()
    there, gone = {event.sequence for event in known}, set[int]()
    # later reversals first: a reversal of a reversal puts the first event back
    for event in sorted(reversals, key=lambda e: -e.sequence):
        if event.sequence not in gone:
            if event.reverses is None or event.reverses not in there or event.reverses == event.sequence:
                raise ReversalUnknown("no such event", sequence=event.reverses)
            gone.add(event.reverses)
    return gone.union(event.sequence for event in reversals)
