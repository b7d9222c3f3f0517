"""What a payment pays for, in quantities of goods."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from scf.domain.claims import Claim, paid_for
from scf.domain.money import Money


def claim(quantity: str, price: str) -> Claim:
    return Claim(Decimal(quantity), Decimal(price))


def test_the_oldest_claim_is_paid_first_and_a_part_is_rounded_up():
    claims = [claim("10", "100"), claim("3", "33.33")]

    assert paid_for(claims, Money.of("1000", "CNY")) == [10, 0]
    assert paid_for(claims, Money.of("1010", "CNY")) == [10, Decimal("0.3001")]
    assert paid_for(claims, Money.of("5000", "CNY")) == [10, 3]


def test_of_goods_without_a_price_nothing_is_said_to_be_paid():
    assert paid_for([claim("10", "0"), claim("5", "1")], Money.of("5", "CNY")) == [0, 5]


@given(
    st.lists(st.tuples(st.decimals("0.0001", 10_000, places=4), st.decimals(0, 10_000, places=4)), max_size=6),
    st.integers(0, 10**12),
)
def test_never_more_than_there_is_and_the_money_is_used_up_before_a_claim_stays_open(rows, minor):
    claims = [Claim(*row) for row in rows]
    paid = Money(minor, "CNY")

    found = paid_for(claims, paid)

    assert all(0 <= quantity <= each.quantity for quantity, each in zip(found, claims, strict=True))
    worth = sum(quantity * each.unit_price for quantity, each in zip(found, claims, strict=True))
    sliver = max((each.unit_price for each in claims), default=Decimal(0)) / 10_000
    assert worth <= paid.amount + sliver
    is_all_paid = all(q == each.quantity for q, each in zip(found, claims, strict=True) if each.unit_price)
    assert is_all_paid or worth >= paid.amount
