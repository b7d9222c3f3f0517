"""What goods can carry, step by step."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scf.domain.market import Market, PriceRules, Quote, judge
from scf.domain.money import Money
from scf.domain.valuation import EVIDENCE_FACTORS, Goods, Terms, free_quantity, lendable, value

RECEIVED = Goods(
    gross_quantity=Decimal(90), deductions=(), pledged=Decimal(0), root_free=Decimal(100),
    unit_price=Decimal(1000), currency="CNY", evidence="CONFIRMED",
)  # fmt: skip
TODAY = date(2031, 3, 3)
RULES = PriceRules(Decimal("0"), stale_after_days=7, stale_haircut=Decimal("0.10"), stop_after_days=30)
TERMS = Terms(advance_rate=Decimal("0.85"))


def fresh(price: Decimal | str) -> Market:
    return judge(Quote(Decimal(price), TODAY), RULES, TODAY)


quantities = st.decimals(min_value=0, max_value=10**6, places=4)
prices = st.decimals(min_value=0, max_value=10**6, places=6)
fractions = st.decimals(min_value=0, max_value=1, places=4)


class TestFreeQuantity:
    def test_is_gross_less_deductions_and_pledges(self):
        goods = replace(RECEIVED, deductions=(("REJECTED", Decimal(5)), ("CREDITED", Decimal(3))), pledged=Decimal(20))

        assert free_quantity(goods) == 62

    def test_is_bounded_by_what_all_papers_on_the_goods_leave(self):
        assert free_quantity(replace(RECEIVED, root_free=Decimal(10))) == 10

    @pytest.mark.parametrize("change", [{"pledged": Decimal(91)}, {"deductions": (("REJECTED", Decimal(200)),)}])
    def test_is_never_below_zero(self, change):
        assert free_quantity(replace(RECEIVED, **change)) == 0


class TestValue:
    def test_shows_every_step_of_the_figure(self):
        found = value(replace(RECEIVED, evidence="UPLOADED"), Terms(Decimal("0.65"), Decimal("0.10")))

        assert [(step.code, step.left.minor) for step in found.steps] == [
            ("GROSS", 90_000_00), ("FREE", 90_000_00), ("HAIRCUT", 81_000_00), ("ADVANCE", 52_650_00),
            ("EVIDENCE", 47_385_00),
        ]  # fmt: skip
        assert found.lendable == found.steps[-1].left

    @pytest.mark.parametrize(("market", "minor"), [("900", 68_850_00), ("1000", 76_500_00), ("1100", 76_500_00)])
    def test_takes_the_lower_of_book_and_market(self, market, minor):
        assert value(replace(RECEIVED, market=fresh(market)), TERMS).lendable.minor == minor

    def test_is_cut_off_once_and_never_rounded_up(self):
        goods = replace(RECEIVED, gross_quantity=Decimal(1), unit_price=Decimal("0.0199"))

        assert value(goods, Terms(Decimal(1))).lendable.minor == 1

    def test_counts_in_the_minor_unit_of_the_currency(self):
        assert value(replace(RECEIVED, currency="JPY"), TERMS).lendable == Money(76_500, "JPY")

    def test_of_several_lines_is_their_sum(self):
        assert lendable([value(RECEIVED, TERMS)] * 2, "CNY") == Money.of("153000.00", "CNY")


class TestMarket:
    """A price by its age, with RULES: stale after 7 days, nothing after 30."""

    def steps(self, price: str, days: int, **more):
        market = judge(Quote(Decimal(price), TODAY - timedelta(days=days)), RULES, TODAY, **more)
        return value(replace(RECEIVED, market=market), Terms(Decimal("0.50"))).steps

    @pytest.mark.parametrize(("days", "code", "minor"), [
        (7, "ADVANCE", 36_000_00), (8, "ADVANCE", 32_400_00), (30, "ADVANCE", 32_400_00), (31, "PRICE_STOPPED", 0),
    ])  # fmt: skip
    def test_an_old_price_raises_the_haircut_and_then_stops_the_lending(self, days, code, minor):
        steps = self.steps("800", days)

        assert (steps[-1].code, steps[-1].left.minor) == (code, minor)
        assert ("STALE_HAIRCUT" in [s.code for s in steps]) == (7 < days <= 30)

    @pytest.mark.parametrize("price", ["0", "-36.98"])
    def test_goods_without_a_price_above_zero_carry_nothing(self, price):
        assert [(s.code, s.left.minor) for s in self.steps(price, 0)][-1] == ("PRICE_WORTHLESS", 0)

    def test_a_price_by_the_tonne_values_kilograms(self):
        steps = self.steps("500000", 0, per_unit=Decimal("0.001"))

        assert [(s.code, s.factor) for s in steps if s.code == "MARKET"] == [("MARKET", Decimal(500))]

    def test_a_missing_price_or_one_by_another_measure_lends_nothing_and_says_so(self):
        missing = value(replace(RECEIVED, market=judge(None, RULES, TODAY)), TERMS)

        assert missing.steps[-1].code == "PRICE_MISSING" and not missing.lendable
        assert self.steps("900", 0, per_unit=None)[-1].code == "PRICE_NOT_COMPARABLE"

    def test_the_larger_haircut_of_product_and_commodity_counts(self):
        rules = replace(RULES, haircut=Decimal("0.20"))
        goods = replace(RECEIVED, market=judge(Quote(Decimal(1000), TODAY), rules, TODAY))

        assert value(goods, Terms(Decimal(1), Decimal("0.05"))).lendable.minor == 72_000_00
        assert value(goods, Terms(Decimal(1), Decimal("0.30"))).lendable.minor == 63_000_00


@given(gross=quantities, pledged=quantities, root=quantities, price=prices, advance=fractions, haircut=fractions,
       evidence=st.sampled_from(sorted(EVIDENCE_FACTORS)))  # fmt: skip
def test_never_more_is_lent_than_the_advance_on_the_value(gross, pledged, root, price, advance, haircut, evidence):
    goods = replace(
        RECEIVED, gross_quantity=gross, pledged=pledged, root_free=root, unit_price=price, evidence=evidence
    )

    found = value(goods, Terms(advance, haircut))

    assert 0 <= found.lendable.minor <= advance * price * gross * 100
    assert found.free_quantity <= min(gross, root)
    lefts = [step.left.minor for step in found.steps]
    assert lefts == sorted(lefts, reverse=True)


@given(gross=quantities, less=quantities, price=prices)
def test_fewer_free_goods_never_carry_more(gross, less, price):
    before = value(replace(RECEIVED, gross_quantity=gross, root_free=gross, unit_price=price), TERMS)
    after = value(replace(RECEIVED, gross_quantity=gross, root_free=gross, unit_price=price, pledged=less), TERMS)

    assert after.lendable <= before.lendable


@given(price=prices, market=prices)
def test_a_market_price_never_raises_what_is_lent(price, market):
    goods = replace(RECEIVED, unit_price=price)

    assert value(replace(goods, market=fresh(market)), TERMS).lendable <= value(goods, TERMS).lendable
