"""Cheapest cash against every possible set of lines."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import chain, combinations

from hypothesis import given
from hypothesis import strategies as st

from scf.domain.caps import Cap, Level
from scf.domain.cheapest import Candidate, Offer, carried, cost, propose, tenor_of
from scf.domain.money import Money
from scf.domain.valuation import Value

TODAY = date(2031, 3, 3)


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


def offer(product: str = "RECEIPT", rate: str = "0.06", **given) -> Offer:
    return Offer(product, Decimal(rate), given.pop("tenor_days_max", 90), given.pop("amount_min", cny(1)), **given)


def line(
    key: int,
    minor: int,
    days: int | None = 30,
    *,
    product: str = "RECEIPT",
    buyer: int = 1,
    store: int = 1,
    kind: int = 1,
):
    due = None if days is None else TODAY + timedelta(days=days)
    keys = ((Level.BUYER, buyer), (Level.WAREHOUSE, store), (Level.COMMODITY, kind))
    return Candidate(key, product, buyer, Value(Decimal(1), (), cny(minor)), keys, due)


def test_the_goods_paid_for_soonest_are_cheapest_and_no_more_are_taken_than_needed():
    lines = [line(1, 9000, 80), line(2, 3000, 20), line(3, 3000, 30), line(4, 500, 10)]

    found = propose(amount=cny(5000), on=TODAY, candidates=lines, offers=[offer()])

    assert (found.keys, found.tenor_days, found.cost) == ((2, 3), 30, cny(25))


def test_another_product_wins_by_its_whole_cost_and_limits_are_obeyed():
    lines = [line(1, 9000, 60), line(2, 9000, 60, product="WAREHOUSE", store=2)]
    offers = [offer(), offer("WAREHOUSE", "0.03", fee_fixed_minor=40)]

    def chosen(amount: int, *caps: Cap) -> str:
        return propose(amount=cny(amount), on=TODAY, candidates=lines, offers=offers, caps=caps).product

    assert chosen(5000) == "RECEIPT" and chosen(9000) == "WAREHOUSE"
    assert chosen(9000, Cap(Level.WAREHOUSE, 2, cny(100), cny(0))) == "RECEIPT"
    assert propose(amount=cny(9001), on=TODAY, candidates=lines, offers=offers) is None


candidates = st.lists(
    st.tuples(
        st.integers(1, 900), st.none() | st.integers(-5, 120), st.sampled_from(["A", "B"]), st.integers(1, 2),
        st.integers(1, 2), st.integers(1, 2),
    ),
    max_size=7,
)  # fmt: skip
offers_drawn = st.tuples(st.integers(1, 90), st.integers(0, 30), st.integers(1, 300), st.integers(20, 120))
caps_drawn = st.lists(
    st.tuples(
        st.sampled_from([Level.BUYER, Level.WAREHOUSE, Level.COMMODITY]), st.integers(1, 2), st.integers(0, 1500)
    ),
    max_size=4,
)


@given(rows=candidates, terms=st.tuples(offers_drawn, offers_drawn), limits=caps_drawn, amount=st.integers(1, 2500))
def test_no_set_of_lines_is_cheaper(rows, terms, limits, amount):
    lines = [
        line(at, minor, days, product=product, buyer=buyer, store=store, kind=kind)
        for at, (minor, days, product, buyer, store, kind) in enumerate(rows)
    ]
    offers = {
        name: offer(name, f"0.{rate:03}", fee_fixed_minor=fee, amount_min=cny(least), tenor_days_max=longest)
        for name, (rate, fee, least, longest) in zip("AB", terms, strict=True)
    }
    caps = [Cap(level, key, cny(limit), cny(0)) for level, key, limit in limits]

    found = propose(amount=cny(amount), on=TODAY, candidates=lines, offers=offers.values(), caps=caps)

    prices = []
    for some in chain.from_iterable(combinations(lines, count) for count in range(1, len(lines) + 1)):
        if len({(each.product, each.buyer) for each in some}) > 1 or carried(some, caps, "CNY") < cny(amount):
            continue
        terms_of = offers[some[0].product]
        days = [tenor_of(each, TODAY, terms_of) for each in some]
        if min(days) > 0 and max(days) <= terms_of.tenor_days_max and cny(amount) >= terms_of.amount_min:
            prices.append(cost(cny(amount), terms_of, max(days)))
    assert (found.cost if found else None) == min(prices, default=None)
    if found:
        kept = [each for each in lines if each.key in found.keys]
        assert carried(kept, caps, "CNY") >= cny(amount)
        assert found.least == found.cost  # exact, as few lines as these are


def test_a_line_that_crowds_out_two_others_is_left_out_and_the_bound_is_said():
    crossing = [Cap(Level.WAREHOUSE, 1, cny(100), cny(0)), Cap(Level.COMMODITY, 1, cny(100), cny(0))]
    few = [line(1, 100), line(2, 99, kind=2), line(3, 99, store=2)]

    assert carried(few, crossing, "CNY") == cny(100)
    assert propose(amount=cny(190), on=TODAY, candidates=few, offers=[offer()], caps=crossing).keys == (2, 3)
    many = few + [line(10 + at, 1, kind=3, store=3) for at in range(20)]
    found = propose(amount=cny(210), on=TODAY, candidates=many, offers=[offer()], caps=crossing)
    assert {2, 3} <= set(found.keys) and 1 not in found.keys and found.least <= found.cost


def test_many_lines_are_quick_and_largest_first():
    lines = [line(at, 10 + at, 30) for at in range(500)]

    found = propose(amount=cny(5000), on=TODAY, candidates=lines, offers=[offer()])

    assert found.keys == tuple(range(490, 500)) or sum(10 + key for key in found.keys) >= 5000
    assert len(found.keys) == 10
