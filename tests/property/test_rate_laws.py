"""Laws of loans whose rate changes: the same rate is no change, and the order of arrival plays no part."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scf.domain.calendars import WEEKENDS_ONLY
from scf.domain.events import Event, EventKind
from scf.domain.loan import fold
from scf.domain.rates import Agreed, Agreement, Fixing, Index, Reset, Table, Value, fixings, publication_day, steps
from tests.random_loans import DRAWN, figures, lives, rates, yuan

many = settings(deadline=None)  # as many examples as the profile says (tests/conftest.py)
days = st.integers(0, 900)
KINDS = [reset for reset in Reset if reset != Reset.NONE]


def change(day: date, rate: Decimal, number: int) -> Event:
    return Event(EventKind.RATE_CHANGE, day, yuan(0), number, data={"annual_rate": str(rate)})


@many
@given(life=lives(), cut=days, day=days)
def test_a_reset_to_the_same_rate_changes_nothing(life, cut, day):
    contract, events = life
    at, on = DRAWN + timedelta(days=cut), DRAWN + timedelta(days=day)
    before = [e for e in events if e.kind == EventKind.RATE_CHANGE and e.value_date <= at]
    held = max(before, key=lambda e: (e.value_date, e.sequence)).data["annual_rate"] if before else contract.annual_rate

    found = fold(contract, [*events, change(at, Decimal(str(held)), 99)], on)

    assert figures(found) == figures(fold(contract, events, on))


@many
@given(life=lives(payments_only=True), new=st.lists(st.tuples(days, rates), max_size=6, unique_by=lambda c: c[0]),
       day=days, seed=st.randoms(use_true_random=False))  # fmt: skip
def test_rate_changes_in_any_order_of_arrival_give_the_same_position(life, new, day, seed):
    contract, events = life
    on = DRAWN + timedelta(days=day)
    arrived = [change(DRAWN + timedelta(days=at), rate, 50 + number) for number, (at, rate) in enumerate(new)]
    numbers = [event.sequence for event in arrived]
    seed.shuffle(numbers)
    shuffled = [replace(event, sequence=number) for event, number in zip(arrived, numbers, strict=True)]

    assert figures(fold(contract, events + arrived, on)) == figures(fold(contract, events + shuffled, on))


@st.composite
def tables(draw) -> Table:
    """Two and a half years of publications, some of them missing."""
    months = [date(2025 + n // 12, n % 12 + 1, 1) for n in range(11, 42)]
    kept = [month for month in months if draw(st.integers(0, 5))]
    values = [Value(publication_day(month, WEEKENDS_ONLY), draw(st.sampled_from(LEVELS))) for month in kept]
    return Table(Index.LPR1Y, tuple(values), WEEKENDS_ONLY)


LEVELS = [Decimal(n) / 1000 for n in (28, 29, 30, 31, 35)]


def take(events: list[Agreed], wanted: list[Fixing], number: int, first: Decimal) -> list[Agreed]:
    """Do what the steps ask for."""
    for step in steps(first, events, wanted):
        events = [event for event in events if event.key != step.takes_back]
        if step.change:
            number += 1
            events.append(Agreed(step.fixing.day, step.fixing.rate, number, step.fixing.day))
    return sorted(events, key=lambda event: event.day)


def held(events: list[Agreed], first: Decimal, day: date) -> Decimal:
    return next((event.rate for event in reversed(events) if event.day <= day), first)


@many
@given(table=tables(), reset=st.sampled_from(KINDS), spread=st.integers(-100, 300), drawn=st.integers(0, 500),
       looks=st.lists(st.integers(0, 400), max_size=5), hidden=st.sets(st.integers(0, 30)))  # fmt: skip
def test_however_often_and_late_one_looks_every_known_fixing_holds_in_the_end(
    table, reset, spread, drawn, looks, hidden
):
    agreement, drawdown = Agreement(Index.LPR1Y, spread, reset), date(2026, 1, 1) + timedelta(days=drawn)
    end, first = drawdown + timedelta(days=400), Decimal("0.05")
    late = replace(table, values=tuple(v for n, v in enumerate(table.values) if n not in hidden))
    events: list[Agreed] = []
    for number, look in enumerate(sorted(looks)):  # values come in late: first only some of them are known
        events = take(events, fixings(agreement, drawdown, late, drawdown + timedelta(days=look)), number * 1000, first)

    wanted = fixings(agreement, drawdown, table, end)
    events = take(events, wanted, 10**6, first)

    assert take(events, wanted, 10**7, first) == events
    for fixing in wanted:
        assume(fixing.day >= drawdown)
        if fixing.rate is not None:
            assert held(events, first, fixing.day) == fixing.rate
