"""Units on trade papers convert exactly, or not at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scf.domain import units
from scf.domain.units import UnitsDiffer, code_of, convert, factor


@pytest.mark.parametrize(
    ("quantity", "unit", "into", "expected"),
    [
        ("1.5", "吨", "KGM", "1500"),
        ("90", "KGM", "吨", "0.09"),
        ("3", "打", "件", "36"),
        ("7", "双", "EA", "14"),
        ("10", "斤", "公斤", "5"),
        ("1", "bbl", "LTR", "158.9872"),  # 158.987294928: cut, not rounded
        ("4", "箱", "箱", "4"),
        ("4", "", "PCE", "4"),
        ("4", "NIU", "C62", "4"),
    ],
)
def test_converts(quantity, unit, into, expected):
    assert convert(Decimal(quantity), unit, into) == Decimal(expected)


@pytest.mark.parametrize(("unit", "into"), [("箱", "件"), ("KGM", "MTR"), ("托", "吨")])
def test_what_measures_something_else_does_not_convert(unit, into):
    assert factor(unit, into) is None
    with pytest.raises(UnitsDiffer):
        convert(Decimal(1), unit, into)


KNOWN = st.sampled_from(sorted(units._BY_CODE))


@given(KNOWN, KNOWN)
def test_there_and_back_is_the_same(unit, into):
    there, back = factor(unit, into), factor(into, unit)
    assert (there is None) == (back is None) == (units.dimension(unit) != units.dimension(into))
    if there is not None:
        assert abs(there * back - 1) < Decimal("1e-20")


def test_a_code_is_one_however_it_is_written():
    assert {code_of(text) for text in ("件", " ea ", "PCE", "个", "C62")} == {"C62"}
