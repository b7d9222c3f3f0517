"""The plan made and made anew: level instalments, equal parts, fixed interest, and the days before the first period.

Computed for the rows that remain, from what is outstanding when something
changes it: a drawdown, a prepayment, another rate.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from .conventions import BrokenPeriod, Interest, Level, Smoothing, round_ratio
from .instalments import Instalment
from .meter import E8, Meter
from .planning import level_instalment, spread_last
from .terms import PlanKind
from .waterfall import Due

if TYPE_CHECKING:
    from .walk import Walk

REPAID_BY_PARTS = (PlanKind.EQUAL_PRINCIPAL, PlanKind.LEVEL)


def replan(walk: Walk, *, is_whole_period: bool, is_first: bool = False) -> None:
    """Compute the instalments that remain, from what is outstanding now.

    is_whole_period  the running period counts in full (a drawdown), not from today on (a prepayment)
    """
    plan = walk.contract.plan
    rows = _rows_with_principal(walk) if plan.kind in REPAID_BY_PARTS else []
    if plan.kind == PlanKind.EQUAL_PRINCIPAL and rows:
        walk.share = round_ratio(Fraction(walk.undue - plan.balloon, len(rows)), walk.conventions.rounding)
    if plan.kind == PlanKind.LEVEL and rows and not (is_first and plan.level is not None):
        walk.level = _level(walk, rows, is_whole_period=is_whole_period)
    if walk.conventions.interest != Interest.ACTUAL:
        _fix_interest(walk)


def _level(walk: Walk, rows: list[Instalment], *, is_whole_period: bool) -> int:
    factors = [_level_factor(walk, row) for row in rows]
    if not is_whole_period and walk.conventions.level == Level.ACTUAL and rows[0] is walk.running():
        clock = walk.meter.clock
        passed = clock.fraction(max(walk.cursor, clock.start))
        factors[0] -= Fraction(walk.rate) * passed / E8
    agreed = walk.conventions.level_on_agreed
    principal = walk.contract.principal.minor if agreed else walk.undue
    if walk.conventions.interest == Interest.FLAT:
        flat = principal + sum(round_ratio(principal * factor, walk.conventions.rounding) for factor in factors)
        unit = walk.conventions.instalment_unit
        return round_ratio(Fraction(flat, len(rows) * unit), walk.conventions.instalment_rounding) * unit
    level = level_instalment(principal, factors, walk.conventions, walk.contract.plan.balloon)
    if walk.conventions.smoothing == Smoothing.SPREAD:
        return spread_last(level, len(rows), lambda tried: _simulate(walk, tried)[-1])
    return level


def _level_factor(walk: Walk, row: Instalment) -> Fraction:
    kind = walk.conventions.level
    if kind == Level.ACTUAL:
        known = (walk.rate, row.start, row.due_date)
        if known not in walk.factors:
            share = walk.contract.clock(row.start, row.due_date).fraction(row.due_date)
            walk.factors[known] = Fraction(walk.rate) / E8 * share
        return walk.factors[known]
    rate = Fraction(walk.rate) / E8
    if kind == Level.THIRTY:
        return rate * 30 * walk.contract.plan.months / (walk.meter.clock.year or 360)
    return rate * walk.contract.nominal_fraction()


def _simulate(walk: Walk, level: int) -> list[int]:
    """Instalments (principal and interest) of the rows that remain, at `level`, all paid on time."""
    balance, found = walk.undue, []
    for row in walk.rows[walk.period :]:
        if not row.is_running:
            continue
        is_current = row is walk.running()
        interest = _interest_ahead(walk, row, balance, is_current=is_current)
        is_last = row is walk.rows[-1]
        principal = balance if is_last else 0
        if not is_last and row.number > walk.contract.plan.principal_grace:
            principal = max(0, min(balance, level - interest - (row.advance if is_current else 0)))
        balance -= principal
        found.append(principal + interest)
    return found


def _interest_ahead(walk: Walk, row: Instalment, balance: int, *, is_current: bool) -> int:
    clock = walk.contract.clock(row.start, row.due_date)
    share = clock.fraction(row.due_date)
    if not is_current:
        return round_ratio(Fraction(balance * walk.rate) * share / E8, walk.conventions.rounding)
    rest = Fraction(balance * walk.rate) * (share - clock.fraction(max(row.start, walk.cursor))) / E8
    so_far = walk.carried + walk.meter.value
    if walk.conventions.rounds_stretches:
        return walk.flushed + sum(round_ratio(part, walk.conventions.rounding) for part in (so_far, rest))
    return walk.flushed + round_ratio(so_far + rest, walk.conventions.rounding)


def _fix_interest(walk: Walk) -> None:
    """Interest that does not depend on payments: row by row, from the plan."""
    balance = walk.undue
    for row in walk.rows[walk.period :]:
        if not row.is_running:
            continue
        base = walk.contract.principal.minor if walk.conventions.interest == Interest.FLAT else balance
        clock = walk.contract.clock(row.start, row.due_date)
        factor = Fraction(walk.rate) * clock.fraction(row.due_date) / E8
        row.planned_interest = round_ratio(base * factor, walk.conventions.rounding)
        balance -= principal_due(walk, row, row.planned_interest, balance)


def principal_due(walk: Walk, row: Instalment, interest: int, balance: int | None = None) -> int:
    """Principal that falls due with `row` beside what was paid towards it in advance."""
    plan = walk.contract.plan
    left = walk.undue if balance is None else balance
    if row is walk.rows[-1]:
        return left
    if row.number <= plan.principal_grace or plan.kind in (PlanKind.BULLET, PlanKind.INTEREST_ONLY):
        return 0
    wanted = walk.share
    if plan.kind == PlanKind.CUSTOM:
        wanted = plan.principals[row.number - 1] if row.number <= len(plan.principals) else 0
    elif plan.kind == PlanKind.LEVEL:
        if walk.conventions.smoothing == Smoothing.EACH_ROW and balance is None:
            rest = [r for r in _rows_with_principal(walk) if r.number >= row.number]
            factors = [_level_factor(walk, r) for r in rest]
            walk.level = level_instalment(left, factors, walk.conventions, plan.balloon)
        wanted = (walk.level or 0) - interest
    now = max(0, min(left, wanted - row.advance))
    if walk.absorb and balance is None:
        cut = min(walk.absorb, now)
        walk.absorb, now = walk.absorb - cut, now - cut
    return now


def _rows_with_principal(walk: Walk) -> list[Instalment]:
    grace = walk.contract.plan.principal_grace
    return [row for row in walk.rows[walk.period :] if row.is_running and row.number > grace]


def take_broken_period(walk: Walk, first_start: date) -> None:
    """Days before the first full period: their interest is spread, or taken at once."""
    if walk.conventions.broken_period == BrokenPeriod.ACCRUE:
        return
    meter = Meter(walk.contract.clock(walk.contract.drawdown_date, None))
    meter.add(walk.undue, walk.rate, walk.contract.drawdown_date, first_start)
    interest = walk.broken_interest = round_ratio(meter.value, walk.conventions.rounding)
    walk.cursor = first_start
    if walk.conventions.broken_period == BrokenPeriod.UPFRONT:
        walk.paid[Due.INTEREST] += interest
        return
    share = round_ratio(Fraction(interest, len(walk.rows)), walk.conventions.rounding)
    for row in walk.rows:
        row.spread = share
    walk.rows[-1].spread = interest - share * (len(walk.rows) - 1)
