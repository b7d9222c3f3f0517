"""Laws of every loan, whatever its plan and whatever happens to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scf.domain import daycount
from scf.domain.events import Event, EventKind
from scf.domain.loan import fold, payoff_on
from scf.domain.meter import Meter
from scf.domain.waterfall import Due
from tests.random_loans import BASES, DRAWN, RANKS, came_in, contracts, figures, lives, yuan

days = st.integers(min_value=0, max_value=900)
many = settings(deadline=None)  # as many examples as the profile says (tests/conftest.py)


@many
@given(life=lives(), day=days)
def test_principal_paid_and_outstanding_are_what_was_drawn(life, day):
    contract, events = life

    found = fold(contract, events, DRAWN + timedelta(days=day))

    gone = sum(book[Due.PRINCIPAL].minor for book in (found.paid, found.waived, found.written_off))
    assert gone + found.principal.minor == found.drawn.minor == contract.principal.minor


@many
@given(life=lives(), day=days)
def test_nothing_is_ever_negative(life, day):
    contract, events = life

    found = fold(contract, events, DRAWN + timedelta(days=day))

    parts = (found.principal, found.overdue_principal, found.interest, found.penalty, found.compound, found.costs)
    assert min(part.minor for part in (*parts, found.surplus, *found.paid.values(), *found.earned.values())) >= 0
    assert all(min(row.principal.minor, row.interest.minor, row.balance_after.minor) >= 0 for row in found.rows)


@many
@given(life=lives(), day=days)
def test_every_payment_is_settled_or_surplus(life, day):
    contract, events = life
    on = DRAWN + timedelta(days=day)

    found = fold(contract, events, on)

    settled = sum(paid.minor for paid in found.paid.values())
    assert settled + found.recovered.minor + found.surplus.minor == came_in(events, on)
    unexplained = 0
    for event, allocation in found.allocations:
        parts = sum(part.minor for part in allocation.spent.values()) + allocation.surplus.minor
        unexplained += event.amount.minor - parts
    assert unexplained == found.recovered.minor
    for rank in Due:
        assert found.paid[rank].minor == sum(a.spent[rank].minor for _, a in found.allocations)


@many
@given(life=lives(), day=days)
def test_what_was_earned_is_unpaid_paid_waived_or_written_off(life, day):
    contract, events = life

    found = fold(contract, events, DRAWN + timedelta(days=day))

    unpaid = {
        Due.INTEREST: found.interest, Due.PENALTY: found.penalty, Due.COMPOUND: found.compound, Due.COSTS: found.costs
    }  # fmt: skip
    for rank in RANKS:
        books = (found.paid, found.waived, found.written_off)
        assert found.earned[rank].minor == unpaid[rank].minor + sum(book[rank].minor for book in books)


@many
@given(life=lives(), day=days, seed=st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(life, day, seed):
    contract, events = life
    on = DRAWN + timedelta(days=day)
    kinds_by_day = {(e.value_date, e.kind) for e in events if e.kind == EventKind.RATE_CHANGE}
    assume(len(kinds_by_day) == sum(e.kind == EventKind.RATE_CHANGE for e in events))  # two rates of a day: the later
    numbers = [event.sequence for event in events]
    seed.shuffle(numbers)
    shuffled = [replace(event, sequence=number) for event, number in zip(events, numbers, strict=True)]

    assert figures(fold(contract, events, on)) == figures(fold(contract, shuffled, on))


@many
@given(life=lives(), day=days, choice=st.integers(0, 100))
def test_a_reversal_restores_the_position_exactly(life, day, choice):
    contract, events = life
    on = DRAWN + timedelta(days=day)
    victims = [event for event in events if event.kind != EventKind.DRAWDOWN]
    assume(victims)
    victim = victims[choice % len(victims)]
    back = Event(EventKind.REVERSAL, victim.value_date, yuan(0), 99, reverses=victim.sequence)
    again = Event(EventKind.REVERSAL, victim.value_date, yuan(0), 100, reverses=99)

    without = [event for event in events if event is not victim]
    assert figures(fold(contract, [*events, back], on)) == figures(fold(contract, without, on))
    assert figures(fold(contract, [*events, back, again], on)) == figures(fold(contract, events, on))


@many
@given(life=lives(), day=days)
def test_the_payoff_quoted_closes_the_loan_then_and_for_ever(life, day):
    contract, events = life
    on = DRAWN + timedelta(days=day)
    known = [event for event in events if event.value_date <= on]
    quoted = payoff_on(contract, known, on)
    assume(quoted.minor)
    before = fold(contract, known, on)

    for later in (0, 1, 7, 400):
        found = fold(contract, [*known, Event(EventKind.REPAYMENT, on, quoted, 99)], on + timedelta(days=later))

        assert found.is_closed and not found.payoff.minor
        assert found.surplus == before.surplus


@many
@given(life=lives(), day=days)
def test_a_fold_knows_nothing_of_what_comes_later(life, day):
    contract, events = life
    on = DRAWN + timedelta(days=day)

    prefix = [event for event in events if event.value_date <= on]

    assert fold(contract, events, on) == fold(contract, prefix, on)


@many
@given(life=lives(), day=days, known=st.integers(0, 8))
def test_what_was_believed_then_can_be_asked_for_later(life, day, known):
    contract, events = life
    moments = [datetime(2027, 1, 1, tzinfo=UTC) + timedelta(days=event.sequence) for event in events]
    recorded = [replace(event, recorded_at=moment) for event, moment in zip(events, moments, strict=True)]
    on, at = DRAWN + timedelta(days=day), moments[min(known, len(moments) - 1)]

    believed = fold(contract, [event for event in recorded if event.recorded_at <= at], on)

    assert fold(contract, recorded, on, known_at=at) == believed


@many
@given(life=lives(), day=st.integers(0, 400))
def test_the_lines_say_what_is_earned_until_something_happens(life, day):
    """The closed form that close of business sums over a book is the fold itself, day by day."""
    contract, events = life
    on = DRAWN + timedelta(days=day)
    known = [event for event in events if event.value_date <= on]
    found = fold(contract, known, on)
    assume(found.lines and all(line.year for line in found.lines))
    last = min((found.next_mark or on + timedelta(days=41)) - timedelta(days=1), on + timedelta(days=40))
    whole = (last - on).days  # the lines say nothing of the next mark itself

    for step in {min(1, whole), whole // 2, whole}:
        later = fold(contract, known, on + timedelta(days=step)) if step > 0 else found
        for rank in RANKS:
            line_by_line = sum(line.earned(later.on) for line in found.lines if line.due == rank)
            assert line_by_line == later.earned[rank].minor, rank


@many
@given(life=lives(payments_only=True), day=days)
def test_stretches_add_up_to_what_was_earned(life, day):
    contract, events = life
    found = fold(contract, events, DRAWN + timedelta(days=day))

    for rank in (Due.INTEREST, Due.PENALTY, Due.COMPOUND):
        exact = sum(stretch.amount for stretch in found.stretches if stretch.due == rank)
        # each instalment is rounded for itself
        assert abs(exact - found.earned[rank].minor) <= len(contract.due_dates)


@many
@given(contract=contracts())
def test_the_plan_before_acceptance_is_the_plan_after_drawdown(contract):
    drawdown = Event(EventKind.DRAWDOWN, DRAWN, contract.principal, 0)
    before = fold(contract, [drawdown], DRAWN).rows

    paid = [Event(EventKind.REPAYMENT, row.due_date, row.due, row.number) for row in before if row.due]
    after = fold(contract, [drawdown, *paid], contract.maturity_date)

    assert [(r.due_date, r.principal, r.interest) for r in after.rows] == [
        (r.due_date, r.principal, r.interest) for r in before
    ]
    assert after.is_closed and not after.surplus


@many
@given(
    basis=st.sampled_from([*BASES, "30E/360 ISDA", "ACT/ACT AFB", "ACT/ACT ENDS"]),
    cuts=st.lists(st.integers(0, 500), min_size=2, max_size=8), balance=st.integers(1, 10**10),
)  # fmt: skip
def test_cutting_a_period_changes_no_unrounded_interest(basis, cuts, balance):
    ends = [DRAWN + timedelta(days=cut) for cut in sorted({0, *cuts})]
    whole, parts = (Meter(daycount.Clock(basis, DRAWN)) for _ in range(2))

    whole.add(balance, 4_350_000, ends[0], ends[-1])
    for start, end in zip(ends, ends[1:], strict=False):
        parts.add(balance, 4_350_000, start, end)

    assert whole.value == parts.value


@many
@given(contract=contracts(), day=st.integers(0, 3))
def test_a_return_within_cooling_off_leaves_no_income(contract, day):
    on = DRAWN + timedelta(days=day)
    events = [
        Event(EventKind.DRAWDOWN, DRAWN, contract.principal, 0),
        Event(EventKind.RETURN, on, contract.principal, 1),
    ]

    for later in (0, 30, 400):
        found = fold(contract, events, on + timedelta(days=later))

        assert found.is_closed and not any(money.minor for money in found.earned.values())
        assert not found.surplus


@many
@given(life=lives(), day=days, later=days)
def test_nothing_is_earned_behind_a_write_off(life, day, later):
    contract, events = life
    on = DRAWN + timedelta(days=day)
    known = [event for event in events if event.value_date <= on]
    written_off = [*known, Event(EventKind.WRITE_OFF, on, yuan(0), 99)]

    found = fold(contract, written_off, on)
    then = fold(contract, written_off, on + timedelta(days=later))

    assert not found.payoff.minor and then.earned == found.earned and then.payoff == found.payoff
    assert figures(fold(contract, [*written_off, Event(EventKind.REVERSAL, on, yuan(0), 100, reverses=99)], on)) == (
        figures(fold(contract, known, on))
    )


@many
@given(life=lives(), day=days, amount=st.integers(1, 10**6))
def test_more_returned_than_was_left_over_is_owed_before_all_else(life, day, amount):
    """A surplus goes back, and a fact that comes late shows that it was needed: it is owed, and paid first."""
    contract, events = life
    on = DRAWN + timedelta(days=day)
    known = [event for event in events if event.value_date <= on and event.kind != EventKind.WRITE_OFF]
    before = fold(contract, known, on)
    returned = [*known, Event(EventKind.REFUND, on, yuan(before.surplus.minor + amount), 98)]

    short = fold(contract, returned, on)
    quoted = payoff_on(contract, returned, on)
    paid = fold(contract, [*returned, Event(EventKind.REPAYMENT, on + timedelta(days=1), yuan(amount), 99)],
                on + timedelta(days=1))  # fmt: skip

    assert short.refused and short.surplus.minor == -amount and not short.is_closed
    assert quoted.minor == payoff_on(contract, known, on).minor + amount
    assert not paid.surplus.minor and paid.paid == fold(contract, known, on + timedelta(days=1)).paid


@many
@given(life=lives(payments_only=True), fee=st.integers(1, 10**6), given_up=st.integers(0, 10**6), day=days)
def test_what_the_payees_bank_sent_back_costs_nothing_and_every_unit_paid_meanwhile_is_the_borrowers(
    life, fee, given_up, day
):
    """However much of interest and arrangement fee was paid before the news came; what was given up stays given up."""
    contract, events = life
    due = {"due_date": contract.maturity_date, "is_arrangement": True}
    events = [*events, Event(EventKind.FEE, DRAWN, yuan(fee), 20, data=due)]
    if given_up:
        waiver = {"rank": Due.COSTS}
        events.append(Event(EventKind.WAIVER, DRAWN, yuan(min(given_up, fee)), 21, data=waiver))
    on = DRAWN + timedelta(days=day)
    events = [event for event in events if event.value_date <= on]
    assume(fold(contract, events, on).principal.minor == contract.principal.minor)

    came_back = Event(EventKind.RETURN, on, contract.principal, 22, data={"is_bounced": True})
    found = fold(contract, [*events, came_back], on)

    assert found.costs.minor == found.paid[Due.COSTS].minor == found.paid[Due.INTEREST].minor == 0
    assert found.earned[Due.COSTS] == found.waived[Due.COSTS] == yuan(min(given_up, fee))
    settled = sum(paid.minor for paid in found.paid.values())
    assert settled + found.surplus.minor == came_in(events, on) + contract.principal.minor
    for rank in Due:
        assert found.paid[rank].minor == sum(a.spent[rank].minor for _, a in found.allocations)
    assert all(row.costs.minor >= 0 and row.outstanding.minor >= 0 for row in found.rows)
