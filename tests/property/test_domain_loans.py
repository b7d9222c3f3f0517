"""Laws of money, waterfall, position and yearly cost."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from scf.domain import interest, irr
from scf.domain.events import Event, EventKind
from scf.domain.loan import Position, fold
from scf.domain.money import Money, zero
from scf.domain.schedule import Contract, cost
from scf.domain.waterfall import Allocation, Due, allocate

DRAWN = date(2026, 9, 1)
minors = st.integers(min_value=0, max_value=10**12)
cny = minors.map(lambda minor: Money(minor, "CNY"))
weights = st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=12).filter(any)
rates = st.decimals(min_value="0.0001", max_value="0.36", places=4)


@st.composite
def contracts(draw) -> Contract:
    """Any bullet loan of the product."""
    return Contract(
        principal=Money(draw(st.integers(min_value=100, max_value=10**11)), "CNY"),
        annual_rate=draw(rates),
        basis=draw(st.sampled_from(["ACT/360", "ACT/365F", "30/360"])),
        drawdown_date=DRAWN,
        maturity_date=DRAWN + timedelta(days=draw(st.integers(min_value=1, max_value=365))),
        penalty_factor=draw(st.decimals(min_value="1.3", max_value="1.5", places=1)),
        grace_days=draw(st.integers(min_value=0, max_value=10)),
    )


def position(terms: Contract, payments: list[Event], on: date) -> Position:
    return fold(terms, [Event(EventKind.DRAWDOWN, terms.drawdown_date, terms.principal, 0), *payments], on)


def allocations(terms: Contract, payments: list[Event]) -> list[tuple[Event, Allocation]]:
    return list(position(terms, payments, DRAWN + timedelta(days=600)).allocations)


@st.composite
def paid_loans(draw) -> tuple[Contract, list[Event]]:
    """A loan with repayments on any days, early, late, too much."""
    contract = draw(contracts())
    days = draw(st.lists(st.integers(min_value=0, max_value=500), max_size=6))
    shares = st.fractions(min_value=0, max_value=1).map(lambda share: int(share * contract.principal.minor) + 1)
    repayments = [
        Event(EventKind.REPAYMENT, DRAWN + timedelta(days=day), Money(draw(shares), "CNY"), sequence)
        for sequence, day in enumerate(days, start=1)
    ]
    return contract, repayments


@given(whole=cny, parts=weights)
def test_split_loses_no_fen_and_is_fair_to_within_one(whole, parts):
    split = whole.split(parts)

    assert sum(part.minor for part in split) == whole.minor
    for part, weight in zip(split, parts, strict=True):
        assert abs(part.minor * sum(parts) - whole.minor * weight) < sum(parts)


@given(a=cny, b=cny)
def test_money_adds_and_orders_like_whole_numbers(a, b):
    assert (a + b) - b == a
    assert (a < b) == (a.minor < b.minor)
    assert Money.of(a.amount, "CNY") == a


@given(payment=cny, owed=st.dictionaries(st.sampled_from(Due), cny))
def test_a_waterfall_conserves_the_payment_and_skips_no_rank(payment, owed):
    result = allocate(payment=payment, owed=owed)

    assert sum(spent.minor for spent in result.spent.values()) + result.surplus.minor == payment.minor
    order = list(Due)
    for due, spent in result.spent.items():
        assert zero("CNY") <= spent <= owed.get(due, zero("CNY"))
        is_short = spent < owed.get(due, zero("CNY"))
        assert not is_short or not any(result.spent[later] for later in order[order.index(due) + 1 :])
        assert not is_short or not result.surplus


@given(contract=contracts(), days=st.lists(st.integers(min_value=0, max_value=365), min_size=2, max_size=6))
def test_interest_is_additive_over_days(contract, days):
    ends = [contract.drawdown_date + timedelta(days=day) for day in sorted(days)]
    exact = {"balance": contract.principal, "annual_rate": contract.annual_rate, "basis": "ACT/360"}

    parts = sum(interest.exact(start=start, end=end, **exact) for start, end in pairwise(ends))

    assert parts == interest.exact(start=ends[0], end=ends[-1], **exact)


@given(paid_loans())
def test_every_payment_is_settled_to_the_fen(loan):
    contract, repayments = loan

    found = position(contract, repayments, DRAWN + timedelta(days=600))

    came = sum(repayment.amount.minor for repayment in repayments)
    assert sum(money.minor for money in found.paid.values()) + found.surplus.minor == came
    assert found.principal.minor == contract.principal.minor - found.paid[Due.PRINCIPAL].minor >= 0
    assert found.interest.minor >= 0 and found.penalty.minor >= 0


@given(loan=paid_loans(), day=st.integers(min_value=0, max_value=600))
def test_paying_the_payoff_on_a_day_closes_the_loan_exactly(loan, day):
    contract, repayments = loan
    on = DRAWN + timedelta(days=day)
    earlier = [repayment for repayment in repayments if repayment.value_date <= on]
    before = position(contract, earlier, on)
    last = Event(EventKind.REPAYMENT, on, before.payoff, 99)

    for later in (0, 1, 30, 400):
        found = position(contract, [*earlier, last], on + timedelta(days=later))

        assert found.payoff == zero("CNY")
        assert found.surplus == before.surplus


@given(loan=paid_loans(), day=st.integers(min_value=0, max_value=600))
def test_a_payment_lowers_what_is_owed_and_never_more_than_by_itself_that_day(loan, day):
    contract, repayments = loan
    on = DRAWN + timedelta(days=day)
    earlier = [repayment for repayment in repayments if repayment.value_date <= on]
    before = position(contract, earlier, on)
    extra = Money(12_345, "CNY")

    after = position(contract, [*earlier, Event(EventKind.REPAYMENT, on, extra, 99)], on)

    assert (before.payoff - after.payoff) + (after.surplus - before.surplus) == extra


@given(paid_loans())
def test_the_order_in_which_payments_became_known_does_not_matter(loan):
    """Back-dated payments: the fold knows value dates only, so booking the difference keeps the books equal to it."""
    contract, repayments = loan
    end = DRAWN + timedelta(days=600)

    booked = zero("CNY")
    for count in range(len(repayments) + 1):
        known = repayments[:count]
        settled = sum(s.minor for _, a in allocations(contract, known) for s in a.spent.values())
        booked = booked + Money(settled - booked.minor, "CNY")

    assert booked.minor == sum(money.minor for money in position(contract, repayments, end).paid.values())
    assert position(contract, repayments, end) == position(contract, repayments[::-1], end)


@settings(deadline=None)
@given(contract=contracts())
def test_the_yearly_cost_makes_the_flows_worth_nothing(contract):
    found = cost(contract)
    years = Decimal((contract.maturity_date - contract.drawdown_date).days) / 365
    back = contract.principal.minor + found.interest.minor

    worth = contract.principal.minor - back / (1 + found.annualised) ** years

    # six decimals of the rate: the worth can be off by what half of the last one makes in that time
    slack = back * years * Decimal("0.000001") + 1
    assert abs(worth) <= slack


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(30, 700), st.integers(1, 10**9)), min_size=1, max_size=6))
def test_xirr_zeroes_any_repayments(payments):
    lent = max(1, sum(minor for _, minor in payments) * 9 // 10)
    flows = [(DRAWN, lent), *((DRAWN + timedelta(days=day), -minor) for day, minor in payments)]

    rate = irr.xirr(flows)

    def worth(at: Decimal) -> Decimal:
        return sum((minor / (1 + at) ** (Decimal((day - DRAWN).days) / 365) for day, minor in flows), Decimal(0))

    step = Decimal("0.000001")
    assert worth(rate - step) <= 0 <= worth(rate + step) or abs(worth(rate)) < 1
