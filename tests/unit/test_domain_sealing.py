"""Quotes as bytes, and the order of opened ones."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scf.domain.money import Money
from scf.domain.sealing import BLOCK_BYTES, DECLINE, OFFER, Opened, Quote, QuoteBroken, decode, encode, ranked

QUOTE = Quote(
    7, OFFER, Money(1_234_567, "CNY"), Decimal("0.043217"), {"index": "LPR1Y", "spread_bp": 12, "reset": "YEARLY"}, 60,
    "回款须进入本行账户。", date(2031, 3, 10), note="x",
)  # fmt: skip


class TestBytes:
    def test_what_goes_in_comes_out(self):
        assert decode(encode(QUOTE), bank_case=7) == QUOTE

    def test_a_quote_counts_for_its_own_case_only(self):
        with pytest.raises(QuoteBroken):
            decode(encode(QUOTE), bank_case=8)

    @pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff", b'{"bank_case": 7}'])
    def test_what_is_no_quote_is_refused(self, content):
        with pytest.raises(QuoteBroken):
            decode(content, bank_case=7)

    def test_an_offer_and_a_decline_are_as_long(self):
        assert len(encode(QUOTE)) == len(encode(Quote(7, DECLINE, decline_reason="PRICE"))) == BLOCK_BYTES


costs = st.decimals(0, 1, places=3)
offers = st.lists(
    st.builds(Opened, key=st.integers(), name=st.text(max_size=5), annual_cost=costs,
              amount=st.integers(1, 9).map(lambda minor: Money(minor, "CNY"))),
    unique_by=lambda offer: offer.name, max_size=6,
)  # fmt: skip


class TestOrder:
    def test_cost_then_amount_decide(self):
        def offer(name, cost, amount):
            return Opened(name, name, Decimal(cost), Money(amount, "CNY"))

        found = ranked([offer("a", "0.05", 9), offer("b", "0.04", 1), offer("c", "0.04", 2)], lot="x")

        assert [each.key for each in found] == ["c", "b", "a"]

    @given(given_offers=offers, lot=st.text(max_size=8), seed=st.randoms())
    def test_the_order_of_arrival_does_not_count(self, given_offers, lot, seed):
        shuffled = list(given_offers)
        seed.shuffle(shuffled)

        assert ranked(given_offers, lot=lot) == ranked(shuffled, lot=lot)

    def test_a_tie_falls_by_the_lot_and_not_always_to_the_same(self):
        tied = [Opened(name, name, Decimal("0.04"), Money(1, "CNY")) for name in ("one", "two")]

        assert len({ranked(tied, lot=f"key {number}")[0].key for number in range(20)}) == 2
