"""Where a loan stands, by its events: pure Python, no database."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from .report import Part, Result, seconds
from .stage import Stage

EVENTS = (125, 250, 500, 1000)
START = date(2031, 1, 6)
MILLISECONDS_MAX = 20.0


def run(_stage: Stage, _loans: int) -> Part:
    """One loan with more and more payments."""
    bullet = {count: _fold(count, instalments=1) for count in EVENTS}
    level = {count: _fold(count, instalments=36) for count in EVENTS}
    first, last = EVENTS[0], EVENTS[-1]
    results = [
        _against_limit("a bullet loan", count, bullet[count], 1.0 if count == last else None) for count in EVENTS
    ]
    results.append(_growth("a bullet loan", bullet[first] / first, bullet[last] / last, 1.3))
    results += [_against_limit("a loan of 36 level instalments", count, level[count], None) for count in EVENTS]
    results.append(_growth("a loan of 36 level instalments", level[first] / first, level[last] / last, None))
    return Part(
        "folding", "Where a loan stands", results,
        [
            "A payment every day. The rows' baseline is the limit itself, 20 ms.",
            "On the level loan some instalments are nearly always late, each with penalty and compound interest of its "
            "own, and what is paid early levels all the others anew: that is the work, not the reading of events.",
        ],
    )  # fmt: skip


def _against_limit(what: str, count: int, taken: float, limit: float | None) -> Result:
    shown = f"{MILLISECONDS_MAX:.0f} ms"
    ratio = taken * 1000 / MILLISECONDS_MAX
    return Result(f"fold of {what} with {count:,} events", f"{taken * 1000:.1f} ms", shown, ratio, limit)


def _growth(what: str, small: float, large: float, limit: float | None) -> Result:
    title = f"{what}: time an event at {EVENTS[-1]:,} events, against {EVENTS[0]:,}"
    return Result(title, f"{large * 1e6:.1f} µs", f"{small * 1e6:.1f} µs", large / small, limit)


def _fold(count: int, *, instalments: int) -> float:
    from scf.domain.events import Event, EventKind
    from scf.domain.loan import fold
    from scf.domain.money import Money
    from scf.domain.terms import Contract, Plan, PlanKind, due_dates

    days = due_dates(START, count=36)
    plan = Plan(PlanKind.LEVEL, days, months=1) if instalments > 1 else Plan()
    contract = Contract(
        Money(100_000_000_00, "CNY"), Decimal("0.0435"), "ACT/360", START, days[-1], grace_days=3, plan=plan
    )
    events: Sequence[Event] = [
        Event(EventKind.DRAWDOWN, START, contract.principal, 1),
        *(
            Event(EventKind.REPAYMENT, START + timedelta(days=n), Money(90_000_00 + n, "CNY"), n + 1)
            for n in range(1, count)
        ),
    ]
    on = START + timedelta(days=count + 5)
    return seconds(lambda: fold(contract, events, on), times=9)
