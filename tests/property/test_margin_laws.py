"""Laws of cover: what is called cures exactly, and what is let go leaves the loan covered."""

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scf.domain import margin
from scf.domain.margin import CureKind, Piece, Standing, Thresholds, ThresholdsOutOfOrder
from scf.domain.money import Money, total

quantities = st.decimals(Decimal("0.0001"), Decimal(10**6), places=4)
amounts = st.integers(0, 10**11)
covers = st.decimals(Decimal("0.05"), Decimal(3), places=4)


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


@st.composite
def pieces(draw, least: int = 0) -> list[Piece]:
    found = draw(st.lists(st.tuples(quantities, amounts), min_size=least, max_size=6))
    return [Piece(key, quantity, cny(minor)) for key, (quantity, minor) in enumerate(found)]


thresholds = st.lists(covers, min_size=3, max_size=3).map(lambda found: Thresholds(*sorted(found)))
owing = st.integers(1, 10**11).map(cny)


def carried(found: list[Piece]) -> Money:
    return total([piece.carries for piece in found], "CNY")


@given(pieces(), owing, thresholds)
def test_the_cash_that_is_called_cures_and_one_fen_less_does_not(held, owed, at):
    cash = margin.cash_to_cure(carried(held), owed, at)
    missing = carried(held).minor < owed.minor * at.cure

    assert bool(cash.minor) == missing
    assert carried(held).minor >= (owed - cash).minor * at.cure
    if missing:
        assert carried(held).minor < (owed - cash + cny(1)).minor * at.cure


@given(pieces(), pieces(), owing, thresholds)
def test_every_cure_cures_and_the_cheapest_comes_first(held, free, owed, at):
    found = margin.cures(held, free, owed, at)

    for cure in found:
        comes = [Piece(("new", p.key), q, margin.carried_by(p, q)) for p in free if (q := cure.adds.get(p.key))]
        assert margin.is_covered_after(held, cure.gives_back, comes, owed - cure.cash, at.cure)
        assert all(0 < cure.adds[key] <= free[key].quantity for key in cure.adds)
    assert [cure.cash for cure in found] == sorted(cure.cash for cure in found)
    assert bool(found) == (carried(held).minor < owed.minor * at.cure)
    if found:
        can_goods = carried(free) >= margin.goods_to_cure(carried(held), owed, at)
        assert can_goods == any(cure.kind != CureKind.CASH for cure in found)


@given(pieces(), owing, thresholds, st.booleans(), st.data())
def test_what_may_leave_leaves_the_loan_covered(held, owed, at, is_chosen, data):
    chosen = data.draw(st.sets(st.sampled_from(range(len(held))))) if is_chosen and held else None
    before = carried(held).minor >= owed.minor * at.cure

    leaves = margin.releasable(held, owed, at, chosen=chosen)

    assert all(0 < leaves[key] <= held[key].quantity for key in leaves)
    assert chosen is None or set(leaves) <= chosen
    if before:
        assert margin.is_covered_after(held, leaves, [], owed, at.cure)
    else:  # then only what carries nothing may go
        assert all(held[key].carries.minor == 0 for key in leaves)


@given(pieces(least=1), thresholds)
def test_with_nothing_owed_everything_may_leave(held, at):
    assert margin.releasable(held, cny(0), at) == {piece.key: piece.quantity for piece in held}


@given(pieces(), owing, thresholds, st.integers(0, 10**9))
def test_standing_never_improves_as_goods_lose_value(held, owed, at, lost):
    order = [Standing.SOUND, Standing.CALL, Standing.SALE]
    now = carried(held)
    later = cny(max(0, now.minor - lost))

    assert order.index(margin.judge(later, owed, at)) >= order.index(margin.judge(now, owed, at))


@given(pieces(least=1), st.data())
def test_the_least_quantity_that_carries_an_amount(held, data):
    piece = held[0]
    wanted = cny(data.draw(st.integers(1, 10**11)))
    assume(piece.carries >= wanted)

    found = margin.quantity_that_carries(piece, wanted)

    assert margin.carried_by(piece, found) >= wanted
    if found > Decimal("0.0002"):
        assert margin.carried_by(piece, found - Decimal("0.0002")) < wanted


def test_a_hundred_carries_for_a_hundred_and_ten_owed():
    at = Thresholds(Decimal("0.8"), Decimal("0.95"), Decimal(1))
    held, free = [Piece("a", Decimal(10), cny(100_00))], [Piece("b", Decimal(4), cny(40_00))]

    cash, goods = sorted(margin.cures(held, free, cny(110_00), at), key=lambda cure: cure.kind)

    assert margin.cover(cny(100_00), cny(110_00)) == Decimal("0.9090")
    assert margin.judge(cny(100_00), cny(110_00), at) == Standing.CALL
    assert cash.cash == cny(10_00)
    assert goods.adds == {"b": Decimal(1)} and goods.ties == cny(10_00)


def test_thresholds_out_of_order_are_refused():
    with pytest.raises(ThresholdsOutOfOrder):
        Thresholds(Decimal(1), Decimal("0.95"), Decimal(1))
