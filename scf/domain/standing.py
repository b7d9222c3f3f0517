"""What is read from a folded loan: its position, its plan, and how its interest goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from .conventions import Interest, Overdue
from .events import Refusal
from .meter import E8, Meter, Stretch, e8
from .money import Money
from .waterfall import Allocation, Due

if TYPE_CHECKING:
    from .events import Event
    from .instalments import Instalment
    from .walk import Walk


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One instalment: as it fell due, or as it will if everything is paid on time.

    costs, penalty  with the charges shown with it
    balance_after   principal left by the plan behind it, drawdowns of that day included
    paid            of all its parts; paid_early and paid_late before and behind the due date
    """

    number: int
    start_date: date
    due_date: date
    principal: Money
    interest: Money
    costs: Money
    penalty: Money
    compound: Money
    balance_after: Money
    paid: Money
    paid_early: Money
    paid_late: Money
    paid_on: date | None
    is_due: bool

    @property
    def due(self) -> Money:
        """Everything that the instalment asks for."""
        return self.principal + self.interest + self.costs + self.penalty + self.compound

    @property
    def outstanding(self) -> Money:
        """What of it is unpaid."""
        return self.due - self.paid


@dataclass(frozen=True, slots=True)
class AccrualLine:
    """How much of a rank a loan has earned, and how that goes on until something happens.

    earned on day t, since <= t < the position's next_mark:
    settled_minor + half-up of (numerator + balance_minor x rate_e8 x days(since, t)) / (year x 10^8)

    year  0: the days do not weigh the same (30/360, ACT/ACT, other roundings); fold the loan for each day instead
    """

    due: Due
    settled_minor: int
    numerator: int
    balance_minor: int
    rate_e8: int
    year: int
    since: date

    def earned(self, day: date) -> int:
        """Minor units earned at the start of `day`."""
        if not self.year:
            return self.settled_minor
        total = self.numerator + self.balance_minor * self.rate_e8 * (day - self.since).days
        denominator = self.year * E8
        return self.settled_minor + (2 * total + denominator) // (2 * denominator)


@dataclass(frozen=True, slots=True)
class Position:
    """A loan at the start of `on`, after all events with value date up to it.

    principal, interest, penalty, compound, costs   unpaid; interest is accrued to `on`, which bears none itself
    overdue_principal, interest_due, costs_due  what of them has fallen due
    paid, waived, written_off        by rank, whatever settled it
    earned          all that was ever earned of a rank: unpaid + paid + waived + written off
    surplus         paid beyond what was owed, less refunds
    overdue_since   due date of the oldest unpaid instalment; days_past_due counts from it
    settled         each payment with what it settled, in minor units by rank, and what was left; by value date
    stretches       what bore interest when, in order: the sums of interest, open to the day
    broken_period   interest of the days before the first full period, where it is treated apart
    refused         events that could not do all that they say
    lines           how earned goes on by itself up to next_mark, the next day on which something happens
    """

    on: date
    principal: Money
    overdue_principal: Money
    interest: Money
    interest_due: Money
    penalty: Money
    compound: Money
    costs: Money
    costs_due: Money
    paid: Mapping[Due, Money]
    waived: Mapping[Due, Money]
    written_off: Mapping[Due, Money]
    recovered: Money
    earned: Mapping[Due, Money]
    drawn: Money
    surplus: Money
    days_past_due: int
    overdue_since: date | None
    is_closed: bool
    rows: tuple[PlanRow, ...]
    settled: tuple[tuple[Event, Mapping[Due, int], int], ...]
    stretches: tuple[Stretch, ...]
    lines: tuple[AccrualLine, ...]
    next_mark: date | None
    annual_rate: Decimal
    penalty_rate: Decimal
    broken_period: Money
    refused: tuple[Refusal, ...] = ()

    @property
    def payoff(self) -> Money:
        """Everything owed on this day; a fee for paying early, where one was agreed, comes on top."""
        owed = self.principal + self.interest + self.penalty + self.compound + self.costs
        return owed - self.surplus if self.surplus.minor < 0 else owed

    @property
    def allocations(self) -> tuple[tuple[Event, Allocation], ...]:
        """Each payment with where it went, in order of value date."""
        currency = self.principal.currency
        return tuple(
            (event, Allocation({rank: Money(minor, currency) for rank, minor in spent.items()}, Money(left, currency)))
            for event, spent, left in self.settled
        )


def rows_of(walk: Walk, on: date) -> tuple[PlanRow, ...]:
    """The plan: what fell due as it was, the rest as it will be if all is paid on time. Uses the walk up."""
    shown = {row.number: _late_figures(walk, row) for row in walk.rows}
    walk.is_projecting = True
    if walk.draws:
        walk.advance(max(walk.rows[-1].due_date, walk.cursor))
    drawn_by = list(walk.draws)
    repaid, rows = 0, []
    for row in walk.rows:
        penalty, compound = shown[row.number]
        repaid += row.principal
        balance = sum(amount for day, amount in drawn_by if day <= row.due_date) - repaid
        if not row.is_running:
            rows.append(_row(walk, row, penalty, compound, balance, on))
    while rows and not rows[-1].due and not rows[-1].paid:  # what a shortened term no longer needs
        rows.pop()
    return tuple(rows)


def _late_figures(walk: Walk, row: Instalment) -> tuple[int, int]:
    if not row.is_due:
        return 0, 0
    return walk.earned_on(row, Due.PENALTY), walk.earned_on(row, Due.COMPOUND)


def _row(walk: Walk, row: Instalment, penalty: int, compound: int, balance: int, on: date) -> PlanRow:
    def money(minor: int) -> Money:
        return Money(minor, walk.contract.currency)

    interest = walk.earned_on(row, Due.INTEREST) if row.late else row.interest
    charged = row.charged
    paid_on = row.last_paid
    whole = row.principal + interest + penalty + compound + sum(charged.values())
    return PlanRow(
        number=row.number, start_date=row.start, due_date=row.due_date, principal=money(row.principal),
        interest=money(interest), costs=money(charged.get(Due.COSTS, 0)),
        penalty=money(penalty + charged.get(Due.PENALTY, 0)), compound=money(compound), balance_after=money(balance),
        paid=money(row.paid), paid_early=money(row.early), paid_late=money(row.after),
        paid_on=paid_on if row.paid >= whole else None, is_due=row.due_date <= on,
    )  # fmt: skip


def lines_of(walk: Walk, earned: Mapping[Due, int], change: date | None) -> tuple[AccrualLine, ...]:
    """How each rank goes on from the cursor: one constant line, and one for each sum that runs."""
    conventions = walk.conventions
    is_plain = (
        conventions.rounding == "HALF_UP" and conventions.interest == Interest.ACTUAL
        and not conventions.rounds_stretches and not conventions.late_fee and not conventions.counts_both_days
    )  # fmt: skip
    lines: list[AccrualLine] = []
    running = walk.running()
    if running is not None and change is not None:
        base = walk.running_base()
        is_even = is_plain and not walk.carried and not walk.flushed and not walk.meter.exact
        lines += _line(walk, Due.INTEREST, walk.meter, base, walk.rate, is_even=is_even)
    if conventions.overdue == Overdue.PENALTY:
        for row in walk.overdue:
            lines += _late_lines(walk, row, is_plain=is_plain)
    constant: list[AccrualLine] = []
    for rank in (Due.INTEREST, Due.PENALTY, Due.COMPOUND, Due.COSTS):
        rest = earned[rank] - sum(line.earned(walk.cursor) for line in lines if line.due == rank and line.year)
        if rest or any(line.due == rank and not line.year for line in lines):
            constant.append(AccrualLine(rank, rest, 0, 0, 0, 360, walk.cursor))
    return (*constant, *lines)


def _late_lines(walk: Walk, row: Instalment, *, is_plain: bool) -> list[AccrualLine]:
    late = row.late
    assert late is not None, "an overdue row has its meters"
    principal = walk.open(row, Due.PRINCIPAL)
    if not late.is_past_grace:
        return _grace_line(walk, row, principal, is_plain=is_plain)
    rate = e8(walk.overdue_rate)
    interest = max(0, row.interest - row.settled[Due.INTEREST]) if walk.contract.compounds else 0
    return [
        *_line(walk, Due.PENALTY, late.penalty, principal, rate, is_even=is_plain),
        *_line(walk, Due.COMPOUND, late.compound, interest, rate, is_even=is_plain),
    ]


def _grace_line(walk: Walk, row: Instalment, principal: int, *, is_plain: bool) -> list[AccrualLine]:
    """Within grace the row's interest goes on and is rounded with what it was at the due date."""
    assert row.late is not None, "an overdue row has its meters"
    year = row.late.grace.year
    products = (row.exact + row.late.grace.value) * year * E8
    if not principal:
        return []
    if not is_plain or not year or products.denominator != 1 or isinstance(walk.rate, Fraction):
        return [AccrualLine(Due.INTEREST, 0, 0, principal, 0, 0, walk.cursor)]
    return [AccrualLine(Due.INTEREST, 0, products.numerator, principal, walk.rate, year, walk.cursor)]


def _line(
    walk: Walk, rank: Due, meter: Meter, balance: int, rate: int | Fraction, *, is_even: bool
) -> list[AccrualLine]:
    if not balance:
        return []
    if not is_even or not meter.year or isinstance(rate, Fraction) or isinstance(meter.products, Fraction):
        return [AccrualLine(rank, 0, 0, balance, 0, 0, walk.cursor)]
    return [AccrualLine(rank, 0, meter.products, balance, rate, meter.year, walk.cursor)]
