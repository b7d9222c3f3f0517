"""Which lenders are asked, and why the others are not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scf.domain.money import Money
from scf.domain.routing import Appetite, routes

ANY = Appetite(
    bank_id=1, products=frozenset(), currency="CNY", amount_min=Money(100, "CNY"), amount_max=Money(1000, "CNY"),
    tenor_days_min=10, tenor_days_max=90,
)  # fmt: skip
ASKED = {"product": "RECEIPT", "amount": Money(500, "CNY"), "tenor_days": 60, "buyer_id": 7}


def reasons(appetite: Appetite, **changes) -> tuple[str, ...]:
    (route,) = routes(**{**ASKED, **changes}, appetites=[appetite])
    return route.reasons


@pytest.mark.parametrize(
    ("appetite", "changes", "why"),
    [
        (ANY, {}, ()),
        (replace(ANY, products=frozenset({"ORDER"})), {}, ("PRODUCT",)),
        (replace(ANY, products=frozenset({"ORDER", "RECEIPT"})), {}, ()),
        (ANY, {"amount": Money(500, "USD")}, ("CURRENCY",)),
        (ANY, {"amount": Money(99, "CNY")}, ("AMOUNT_LOW",)),
        (ANY, {"amount": Money(100, "CNY")}, ()),
        (ANY, {"amount": Money(1000, "CNY")}, ()),
        (ANY, {"amount": Money(1001, "CNY")}, ("AMOUNT_HIGH",)),
        (ANY, {"tenor_days": 9}, ("TENOR_SHORT",)),
        (ANY, {"tenor_days": 90}, ()),
        (ANY, {"tenor_days": 91}, ("TENOR_LONG",)),
        (replace(ANY, buyers=frozenset({8})), {}, ("BUYER",)),
        (replace(ANY, buyers=frozenset({7, 8})), {}, ()),
        (replace(ANY, buyers=frozenset({8})), {"buyer_id": None}, ()),
        (ANY, {"amount": Money(99, "CNY"), "tenor_days": 91}, ("AMOUNT_LOW", "TENOR_LONG")),
    ],
)
def test_says_why_not(appetite, changes, why):
    assert reasons(appetite, **changes) == why


def test_a_lender_with_several_appetites_answers_by_the_best():
    narrow = replace(ANY, products=frozenset({"ORDER"}), tenor_days_max=30)

    found = routes(**ASKED, appetites=[narrow, replace(ANY, bank_id=2, products=frozenset({"ORDER"})), ANY])

    assert [(route.bank_id, route.is_asked) for route in found] == [(1, True), (2, False)]


appetites = st.builds(
    Appetite, bank_id=st.integers(1, 4), products=st.frozensets(st.sampled_from(["ORDER", "RECEIPT", "WAREHOUSE"])),
    currency=st.just("CNY"), amount_min=st.integers(0, 500).map(lambda minor: Money(minor, "CNY")),
    amount_max=st.integers(500, 1000).map(lambda minor: Money(minor, "CNY")), tenor_days_min=st.integers(1, 50),
    tenor_days_max=st.integers(50, 180), buyers=st.frozensets(st.integers(1, 3)),
)  # fmt: skip


@given(given_appetites=st.lists(appetites), amount=st.integers(1, 1200), tenor=st.integers(1, 200),
       buyer=st.none() | st.integers(1, 3), product=st.sampled_from(["ORDER", "RECEIPT"]))  # fmt: skip
def test_every_lender_gets_one_answer_that_its_appetites_explain(given_appetites, amount, tenor, buyer, product):
    asked = {"product": product, "amount": Money(amount, "CNY"), "tenor_days": tenor, "buyer_id": buyer}

    found = routes(**asked, appetites=given_appetites)

    assert [route.bank_id for route in found] == sorted({appetite.bank_id for appetite in given_appetites})
    for route in found:
        own = [routes(**asked, appetites=[a])[0].reasons for a in given_appetites if a.bank_id == route.bank_id]
        assert route.reasons in own and len(route.reasons) == min(map(len, own))
