"""Random loans with random lives, for laws that hold for all of them."""

from datetime import date, timedelta

from hypothesis import strategies as st

from scf.domain.conventions import Conventions, Prepayment
from scf.domain.events import Event, EventKind
from scf.domain.money import Money
from scf.domain.terms import Contract, Plan, PlanKind, due_dates
from scf.domain.waterfall import Due

DRAWN = date(2026, 1, 31)
BASES = ["ACT/360", "ACT/365F", "ACT/364", "ACT/ACT ISDA", "30E/360", "30/360", "MONTHS"]
rates = st.decimals(min_value="0", max_value="0.36", places=4)


def yuan(minor: int) -> Money:
    return Money(minor, "CNY")


@st.composite
def plans(draw) -> Plan:
    """Bullets and instalments, weekly to quarterly, with grace and balloon."""
    kind = draw(st.sampled_from(list(PlanKind)))
    count = 1 if kind == PlanKind.BULLET else draw(st.integers(1, 8))
    unit, every = draw(st.sampled_from([("weeks", 1), ("days", 15), ("months", 1), ("quarters", 1)]))
    return Plan(
        kind=kind, due_dates=due_dates(DRAWN, count=count, every=every, unit=unit), months=1,
        principal_grace=draw(st.integers(0, count - 1)), interest_grace=draw(st.integers(0, 1)) if count > 1 else 0,
        principals=tuple(draw(st.lists(st.integers(0, 10**6), max_size=count))) if kind == PlanKind.CUSTOM else (),
    )  # fmt: skip


@st.composite
def contracts(draw) -> Contract:
    """Any loan that the product's conventions allow."""
    plan = draw(plans())
    conventions = Conventions(
        prepayment=draw(st.sampled_from([Prepayment.LOWER, Prepayment.SHORTEN, Prepayment.NEXT, Prepayment.ADVANCE])),
        oldest_first=draw(st.booleans()),
        rounding=draw(st.sampled_from(["HALF_UP", "HALF_EVEN"])),
    )
    return Contract(
        principal=yuan(draw(st.integers(100, 10**10))), annual_rate=draw(rates), basis=draw(st.sampled_from(BASES)),
        drawdown_date=DRAWN, maturity_date=plan.due_dates[-1], plan=plan, conventions=conventions,
        penalty_factor=draw(st.decimals("1.3", "1.5", places=1)), grace_days=draw(st.integers(0, 5)),
        compounds=draw(st.booleans()), cooling_off_days=3,
    )  # fmt: skip


@st.composite
def lives(draw, *, payments_only: bool = False, most: int = 8) -> tuple[Contract, list[Event]]:
    """A contract, its drawdown, and what may happen to it: early, late, too much, several on one day."""
    contract = draw(contracts())
    events = [Event(EventKind.DRAWDOWN, DRAWN, contract.principal, 0)]
    span = (contract.maturity_date - DRAWN).days + 120
    kinds = [EventKind.REPAYMENT] if payments_only else [
        EventKind.REPAYMENT, EventKind.REPAYMENT, EventKind.REPAYMENT, EventKind.FEE, EventKind.PENALTY,
        EventKind.RATE_CHANGE, EventKind.WAIVER, EventKind.EXTENSION, EventKind.MISUSE, EventKind.WRITE_OFF,
    ]  # fmt: skip
    for sequence in range(1, draw(st.integers(0, most)) + 1):
        kind = draw(st.sampled_from(kinds))
        day = DRAWN + timedelta(days=draw(st.integers(0, span)))
        share = draw(st.fractions(min_value=0, max_value="6/5"))
        amount, data = yuan(int(share * contract.principal.minor) + 1), {}
        if kind in (EventKind.FEE, EventKind.PENALTY):
            amount = yuan(draw(st.integers(1, 10**5)))
            data = {"due_date": day + timedelta(days=draw(st.integers(0, 20)))}
        elif kind == EventKind.WAIVER:
            amount = yuan(draw(st.integers(1, 10**5)))
            data = {"rank": draw(st.sampled_from([Due.INTEREST, Due.PENALTY, Due.COMPOUND, Due.COSTS]))}
        elif kind != EventKind.REPAYMENT:
            amount = yuan(0)
            data = {
                EventKind.RATE_CHANGE: {"annual_rate": draw(rates)},
                EventKind.EXTENSION: {
                    "maturity_date": contract.maturity_date + timedelta(days=draw(st.integers(1, 90)))
                },
                EventKind.MISUSE: {"is_over": draw(st.booleans())},
            }.get(kind, {})
        events.append(Event(kind, day, amount, sequence, data=data))
    return contract, events


def figures(position: object) -> dict[str, object]:
    """All that a position says but which event did what."""
    names = (
        "principal", "overdue_principal", "interest", "interest_due", "penalty", "compound", "costs", "paid", "waived",
        "written_off", "earned", "drawn", "surplus", "days_past_due", "overdue_since", "is_closed", "rows", "next_mark",
    )  # fmt: skip
    return {name: getattr(position, name) for name in names}


def came_in(events: list[Event], on: date) -> int:
    """Money that borrowers paid up to a day."""
    return sum(e.amount.minor for e in events if e.kind == EventKind.REPAYMENT and e.value_date <= on)


RANKS = tuple(rank for rank in Due if rank != Due.PRINCIPAL)
