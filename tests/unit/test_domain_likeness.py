"""Normal forms of numbers and names, and the grade of what two papers share."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from scf.domain.likeness import Facts, Grade, compare, facts_text, is_comparable, party_key, skeleton

PAPER = Facts(1, "GOODS_RECEIPT", "91A", "91B", skeleton("GR-20310225-0815"), date(2031, 2, 25), "CNY", 9_000_000)
NUMBERS = st.text(st.sampled_from("AGOR019-_/. 入"), min_size=1, max_size=20)


def ratio(one: str, other: str) -> int:
    return int(fuzz.ratio(one, other))


def grade_of(**changes):
    return compare(PAPER, replace(PAPER, **{"owner": 2, "supplier": "91C", **changes}), ratio).grade


@pytest.mark.parametrize(
    "disguised",
    ["gr 20310225 815", "GR20310225-0815", "GR-2O310225-0815", "ＧＲ－２０３１０２２５－０８１５", "GR/20310225/815(2)",
     "GR-20310225-0815 副本", "gr-20310225-0815-copy", "GR-203I0225-0815"],
)  # fmt: skip
def test_a_disguised_number_has_the_same_skeleton(disguised):
    assert skeleton(disguised) == PAPER.number


@pytest.mark.parametrize(("one", "other"), [("1-11", "11-1"), ("PO-1", "SO-1"), ("GR-10", "GR-1"), ("A1", "1A")])
def test_different_numbers_keep_different_skeletons(one, other):
    assert skeleton(one) != skeleton(other)


@given(NUMBERS)
def test_a_skeleton_is_its_own_skeleton(number):
    assert skeleton(skeleton(number)) == skeleton(number)


def test_a_name_is_compared_without_its_company_words_and_a_code_goes_before_it():
    assert party_key(uscc="", name="虚构 商城（集团）有限公司") == party_key(uscc="", name="虚构商城股份有限公司")
    assert party_key(uscc="91b", name="whatever") == "91B"
    assert party_key(uscc="", name=" -- ") == ""


class TestGrades:
    def test_all_but_one_nearly_is_strong(self):
        assert grade_of(issue_date=PAPER.issue_date + timedelta(days=2)) is Grade.STRONG
        assert grade_of(amount_minor=9_050_000) is Grade.STRONG

    def test_without_the_amount_or_the_date_is_weak(self):
        assert grade_of(amount_minor=20_000_000) is Grade.WEAK
        assert grade_of(issue_date=None) is Grade.WEAK

    def test_one_changed_digit_between_owners_is_weak_and_in_one_owners_series_nothing(self):
        near = skeleton("GR-20310225-0816")
        assert grade_of(number=near) is Grade.WEAK
        assert grade_of(number=near, owner=1) is None
        assert grade_of(number=near, issue_date=PAPER.issue_date + timedelta(days=1)) is None

    def test_a_buyers_number_in_two_suppliers_hands_is_never_nothing(self):
        other_day = {"amount_minor": 1, "issue_date": date(2030, 1, 1)}
        assert grade_of(**other_day) is Grade.WEAK
        assert grade_of(**other_day, kind="INVOICE") is None  # the supplier numbers its invoices itself
        assert grade_of(**other_day, owner=1) is None

    def test_ordinary_papers_of_one_buyer_are_nothing(self):
        assert grade_of(number=skeleton("RK77120031"), issue_date=date(2031, 3, 1)) is None
        assert grade_of(number=skeleton("RK77120031")) is None

    def test_another_currency_is_another_amount(self):
        assert grade_of(currency="USD") is Grade.WEAK and grade_of(currency="USD", issue_date=None) is not Grade.STRONG


@given(
    st.builds(
        Facts,
        st.integers(1, 2),
        st.sampled_from(["INVOICE", "GOODS_RECEIPT"]),
        st.sampled_from(["", "A"]),
        st.sampled_from(["", "B", "~c", "~cd"]),
        st.sampled_from(["", "1", "GR-1001", "GR-1002"]),
        st.none() | st.dates(),
        st.sampled_from(["CNY", "USD"]),
        st.none() | st.integers(-5, 5),
    ),
    st.builds(
        Facts,
        st.integers(1, 2),
        st.just("GOODS_RECEIPT"),
        st.just("A"),
        st.just("B"),
        st.sampled_from(["GR-1001", "GR-1"]),
        st.dates(),
        st.just("CNY"),
        st.integers(-5, 5),
    ),
)
def test_comparing_is_symmetric_and_never_above_a_hundred(one, other):
    found = compare(one, other, ratio)
    assert (found.points, found.grade) == (lambda back: (back.points, back.grade))(compare(other, one, ratio))
    assert 0 <= found.points <= 100


def test_too_little_makes_no_hash_and_an_order_is_no_copy_of_its_receipt():
    assert facts_text(replace(PAPER, amount_minor=None), with_supplier=True) == ""
    assert facts_text(PAPER, with_supplier=True) != facts_text(PAPER, with_supplier=False) != ""
    assert not is_comparable(PAPER, replace(PAPER, kind="PURCHASE_ORDER"))
    assert is_comparable(PAPER, replace(PAPER, kind="PURCHASE_ORDER", owner=2))
