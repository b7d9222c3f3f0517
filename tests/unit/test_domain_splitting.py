"""One request parted among lenders: nothing is counted twice and nothing is lost."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from scf.domain.money import Money
from scf.domain.splitting import Carrying, allot, parts

weights = st.lists(st.integers(1, 10_000_000), min_size=1, max_size=5)
whole = st.integers(1, 10_000).map(Decimal)
fine = st.decimals(Decimal("0.0001"), 10_000, places=4)


@given(quantity=whole | fine, shares=weights)
def test_the_parts_of_a_quantity_sum_to_it_and_whole_units_stay_whole(quantity, shares):
    found = allot(quantity, shares)

    assert sum(found) == quantity and all(part >= 0 for part in found)
    if quantity == quantity.to_integral_value():
        assert all(part == part.to_integral_value() for part in found)


@given(
    lines=st.lists(st.tuples(whole | fine, st.integers(1, 10_000_000)), min_size=1, max_size=4),
    shares=weights,
)
def test_no_part_lends_more_than_its_goods_carry_or_more_than_its_share(lines, shares):
    goods = [Carrying(key, quantity, Money(minor, "CNY")) for key, (quantity, minor) in enumerate(lines)]

    found = parts([Money(share, "CNY") for share in shares], goods)

    assert len(found) == len(shares)
    for part, share in zip(found, shares, strict=True):
        assert part.amount.minor <= share and part.amount.minor <= sum(line.lendable.minor for line in part.goods)
    for line in goods:
        own = [each for part in found for each in part.goods if each.key == line.key]
        assert sum(each.quantity for each in own) == line.quantity
        assert sum(each.lendable.minor for each in own) <= line.lendable.minor
