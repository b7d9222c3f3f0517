"""What limits leave of a choice, line by line; and the laws of the whole chain of figures."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

from hypothesis import given
from hypothesis import strategies as st

from scf.domain.caps import Cap, Capped, Level, apply
from scf.domain.market import PriceRules, Quote, judge
from scf.domain.money import Money
from scf.domain.valuation import Goods, Terms, Value, value

TODAY = date(2031, 3, 3)
RULES = PriceRules(Decimal("0.1"), stale_after_days=7, stale_haircut=Decimal("0.1"), stop_after_days=30)


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


def line(minor: int) -> Value:
    return Value(Decimal(1), (), cny(minor))


def cap(level: Level, limit: int, used: int = 0, key: int = 1) -> Cap:
    return Cap(level, key, cny(limit), cny(used))


class TestApply:
    def test_lines_spend_a_limit_in_turn_and_name_it(self):
        limit = cap(Level.BUYER, 100_00, used=10_00)
        found = apply([(line(60_00), [(Level.BUYER, 1)])] * 3, [limit])

        assert [c.value.lendable.minor for c in found] == [60_00, 30_00, 0]
        assert [c.binding for c in found] == [None, limit, limit]
        assert [(s.code, s.left.minor) for s in found[1].value.steps] == [("CAP_BUYER", 30_00)]

    def test_each_limit_that_cuts_is_a_step_and_the_last_one_binds(self):
        caps = [cap(Level.BANK, 20_00), cap(Level.SUPPLIER, 50_00), cap(Level.BUYER, 90_00)]
        keys = [(level, 1) for level in Level]
        (found,) = apply([(line(70_00), keys)], caps)

        assert [(s.code, s.left.minor) for s in found.value.steps] == [("CAP_SUPPLIER", 50_00), ("CAP_BANK", 20_00)]
        assert found.binding == caps[0]

    def test_limits_of_others_and_of_other_currencies_are_not_met(self):
        others = [cap(Level.BUYER, 0, key=2), Cap(Level.BUYER, 1, Money(0, "USD"), Money(0, "USD"))]
        (found,) = apply([(line(70_00), [(Level.BUYER, 1)])], others)

        assert found == Capped(line(70_00), None)

    def test_a_limit_lowered_below_its_use_leaves_nothing_and_not_less(self):
        (found,) = apply([(line(70_00), [(Level.BUYER, 1)])], [cap(Level.BUYER, 50_00, used=80_00)])

        assert found.value.lendable.minor == 0


amounts = st.integers(0, 10**9)
levels = st.sampled_from(list(Level))
caps_drawn = st.lists(st.builds(cap, levels, amounts, amounts, st.integers(1, 3)), max_size=6)
quantities = st.decimals(min_value=0, max_value=10**5, places=4)
prices = st.decimals(min_value=-100, max_value=10**5, places=4)
fractions = st.decimals(min_value=0, max_value=1, places=4)
quotes = st.none() | st.builds(Quote, prices, st.integers(0, 40).map(lambda days: TODAY - timedelta(days=days)))


@st.composite
def chains(draw):
    """A line of goods with its terms, its market and its keys."""
    goods = Goods(
        gross_quantity=draw(quantities), deductions=(("REJECTED", draw(quantities)),), pledged=draw(quantities),
        root_free=draw(quantities), unit_price=draw(prices), currency="CNY",
        evidence=draw(st.sampled_from(["UPLOADED", "CONFIRMED"])), market=judge(draw(quotes), RULES, TODAY),
    )  # fmt: skip
    return goods, Terms(draw(fractions), draw(fractions)), [(level, draw(st.integers(1, 3))) for level in Level]


def lendable(lines, caps) -> list[Capped]:
    return apply([(value(goods, terms), keys) for goods, terms, keys in lines], caps)


@given(lines=st.lists(chains(), max_size=5), caps=caps_drawn)
def test_the_sum_stays_within_every_limit_and_nothing_is_negative(lines, caps):
    found = lendable(lines, caps)

    assert all(capped.value.lendable.minor >= 0 for capped in found)
    for each in caps:
        under = [c for c, (_g, _t, keys) in zip(found, lines, strict=True) if (each.level, each.key) in keys]
        assert sum(c.value.lendable.minor for c in under) <= each.room.minor


@given(lines=st.lists(chains(), min_size=1, max_size=4), caps=caps_drawn)
def test_each_step_explains_the_next_and_the_last_is_the_answer(lines, caps):
    for (goods, _terms, _keys), capped in zip(lines, lendable(lines, caps), strict=True):
        exact = Decimal(0)
        for step in capped.value.steps:
            if step.code in ("GROSS", "FREE", "MARKET"):
                quantity = {"GROSS": goods.gross_quantity}.get(step.code, capped.value.free_quantity)
                price = step.factor if step.code == "MARKET" else goods.unit_price
                exact = max(price, Decimal(0)) * quantity * 100
            elif step.code.startswith("CAP_"):
                exact = step.factor * 100
            else:
                exact *= step.factor
            assert step.left.minor == int(exact.quantize(Decimal(1), ROUND_DOWN))
        assert capped.value.lendable == capped.value.steps[-1].left
        after_gross = [step.left.minor for step in capped.value.steps[1:]]
        assert after_gross == sorted(after_gross, reverse=True)


@given(chain=chains(), more=st.decimals(min_value=0, max_value=1000, places=4), caps=caps_drawn, room=amounts)
def test_more_goods_a_higher_price_a_smaller_cut_or_a_higher_limit_never_carry_less(chain, more, caps, room):
    goods, terms, keys = chain
    now = lendable([chain], caps)[0].value.lendable
    market = goods.market
    better = [
        (replace(goods, gross_quantity=goods.gross_quantity + more), terms, keys),
        (replace(goods, unit_price=goods.unit_price + more), terms, keys),
        (replace(goods, market=replace(market, price=market.price + more)), terms, keys),
        (replace(goods, market=replace(market, haircut=market.haircut / 2)), terms, keys),
        (goods, replace(terms, haircut=terms.haircut / 2), keys),
        (replace(goods, evidence="CONFIRMED"), terms, keys),
    ]

    assert all(lendable([each], caps)[0].value.lendable >= now for each in better)
    raised = [replace(each, limit=each.limit + cny(room)) for each in caps]
    assert lendable([chain], raised)[0].value.lendable >= now
    older = replace(chain[0], market=judge(Quote(market.price, TODAY - timedelta(days=20)), RULES, TODAY))
    newer = replace(chain[0], market=judge(Quote(market.price, TODAY), RULES, TODAY))
    assert value(older, terms).lendable <= value(newer, terms).lendable
