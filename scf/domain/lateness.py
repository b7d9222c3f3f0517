"""What runs on an instalment behind its due date: grace, penalty, compound interest, late fees."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from .conventions import Overdue, round_ratio
from .instalments import Instalment, Late
from .meter import Meter, e8
from .money import Money
from .waterfall import Due

if TYPE_CHECKING:
    from .walk import Walk


def start(walk: Walk, row: Instalment) -> Late:
    """The meters of a row that fell due unpaid."""
    clock = walk.contract.clock(row.due_date, None)
    return Late(Meter(clock), Meter(clock), Meter(clock), row.due_date, walk.contract.grace_days == 0)


def accrue(walk: Walk, row: Instalment, day: date) -> None:
    """Let what is late on `row` run to the start of `day`."""
    late = row.late
    assert late is not None, "only rows that fell due are late"
    if day <= late.since:
        return
    if walk.conventions.late_fee:
        _fee(walk, row, late, day)
    if walk.conventions.overdue == Overdue.PENALTY:
        grace_over = row.due_date + timedelta(days=walk.contract.grace_days + 1)
        if not late.is_past_grace:
            _run_grace(walk, row, late, min(day, grace_over))
            if day >= grace_over:
                _end_grace(walk, row, late)
        if late.is_past_grace and late.since < day:
            _run_penalty(walk, row, late, late.since, day, walk.open(row, Due.PRINCIPAL), _due_interest(row))
    late.since = day


def _due_interest(row: Instalment) -> int:
    """Interest that fell due and is unpaid: what compound interest runs on."""
    return max(0, row.interest - row.settled[Due.INTEREST])


def _run_grace(walk: Walk, row: Instalment, late: Late, day: date) -> None:
    """Within grace the open principal goes on at the contract rate."""
    base = walk.open(row, Due.PRINCIPAL)
    if base and day > late.since:
        amount = late.grace.add(base, walk.rate, late.since, day)
        walk.log(Due.INTEREST, row.number, late.since, day, base, walk.annual_rate, amount, late.grace)
    late.since = day


def _end_grace(walk: Walk, row: Instalment, late: Late) -> None:
    """Grace is over: what is still open bears the penalty from the due date, and no contract interest since then."""
    late.is_past_grace = True
    stuck, currency = walk.open(row, Due.PRINCIPAL), walk.contract.currency
    kept = []
    # noted in the order of time: what grace has added is at the end
    first = bisect_right(walk.stretches, row.due_date, key=lambda stretch: stretch.end)
    for stretch in walk.stretches[first:]:
        if stretch.row == row.number and stretch.due == Due.INTEREST and stretch.start >= row.due_date:
            taken = late.grace.add(-stuck, e8(stretch.annual_rate), stretch.start, stretch.end)
            rest = Money(stretch.balance.minor - stuck, currency)
            if not rest:
                continue
            stretch = stretch._replace(balance=rest, product=stretch.product + taken)
        kept.append(stretch)
    walk.stretches[first:] = kept
    _run_penalty(walk, row, late, row.due_date, late.since, stuck, _due_interest(row))
    moved = row.settled[Due.INTEREST] - walk.earned_on(row, Due.INTEREST)
    if moved > 0:  # paid for days that now bear the penalty instead: set against it
        _move_paid(walk, row, moved)


def _move_paid(walk: Walk, row: Instalment, amount: int) -> None:
    """What settled the interest of the row settles its penalty: what was paid as paid, what was waived as waived."""
    paid = min(amount, row.settled[Due.INTEREST] - row.waived_interest)
    row.waived_interest -= amount - paid
    for settled, part in ((row.settled, amount), (walk.paid, paid), (walk.waived, amount - paid)):
        settled[Due.INTEREST] -= part
        settled[Due.PENALTY] += part
    amount = paid
    for spent in reversed(walk.spent_by_event):
        if not amount:
            return
        part = min(amount, spent[Due.INTEREST])
        spent[Due.INTEREST] -= part
        spent[Due.PENALTY] += part
        amount -= part


def _run_penalty(
    walk: Walk, row: Instalment, late: Late, start: date, end: date, principal: int, interest: int
) -> None:
    rate: Decimal = walk.overdue_rate
    if principal:
        amount = late.penalty.add(principal, e8(rate), start, end)
        walk.log(Due.PENALTY, row.number, start, end, principal, rate, amount, late.penalty)
    if interest and walk.contract.compounds:
        amount = late.compound.add(interest, e8(rate), start, end)
        walk.log(Due.COMPOUND, row.number, start, end, interest, rate, amount, late.compound)


def _fee(walk: Walk, row: Instalment, late: Late, day: date) -> None:
    """Late fees: a rate a day on each base; those on the whole loan go with the oldest late row."""
    rates = walk.conventions.late_fee
    principal, interest = walk.open(row, Due.PRINCIPAL), walk.open(row, Due.INTEREST)
    if not principal and not interest:
        return
    if late.once is None and rates.once:
        late.once = round_ratio((principal + interest) * rates.once, walk.conventions.rounding)
    days = (day - late.since).days
    fee = principal * rates.principal + interest * rates.interest
    if row is walk.overdue[0]:
        outstanding = walk.undue + sum(walk.open(late_row, Due.PRINCIPAL) for late_row in walk.overdue)
        fee += walk.drawn * rates.initial + outstanding * rates.balance
    late.fee += Fraction(fee) * days
