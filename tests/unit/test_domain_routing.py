"""Which lenders are asked, and why the others are not."""

from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scf.domain.licences import Licence, LicenceKind, licence_against
from scf.domain.money import Money
from scf.domain.pricing import Cell, Grade, price
from scf.domain.rates import Index
from scf.domain.routing import Appetite, Asked, Mode, Programme, Reason, Seat, programme_for, routes
from scf.domain.targets import answer_by

ANY = Appetite(
    bank_id=1, products=frozenset(), currency="CNY", amount_min=Money(100, "CNY"), amount_max=Money(1000, "CNY"),
    tenor_days_min=10, tenor_days_max=90,
)  # fmt: skip
ASKED = Asked("RECEIPT", Money(500, "CNY"), 60, supplier_id=5, buyer_id=7, industry="C", region="350100")


def reasons(appetite: Appetite, **changes) -> tuple[str, ...]:
    (route,) = routes(asked=replace(ASKED, **changes), appetites=[appetite])
    return route.codes


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
        (replace(ANY, warehouses=frozenset({3})), {"warehouses": frozenset({3})}, ()),
        (replace(ANY, warehouses=frozenset({3})), {"warehouses": frozenset({3, 4})}, ("WAREHOUSE",)),
        (replace(ANY, warehouses=frozenset({3})), {}, ()),
        (replace(ANY, industries=frozenset({"C", "F"})), {}, ()),
        (replace(ANY, industries=frozenset({"F"})), {}, ("INDUSTRY",)),
        (replace(ANY, industries=frozenset({"F"})), {"industry": ""}, ("INDUSTRY_UNKNOWN",)),
        (replace(ANY, regions=frozenset({"11", "35"})), {}, ()),
        (replace(ANY, regions=frozenset({"3502"})), {}, ("REGION",)),
        (replace(ANY, regions=frozenset({"35"})), {"region": ""}, ("REGION_UNKNOWN",)),
        (replace(ANY, grade_min=Grade.B), {}, ("GRADE_UNKNOWN",)),
        (replace(ANY, grade_min=Grade.B), {"grade": Grade.C}, ("GRADE_LOW",)),
        (replace(ANY, grade_min=Grade.B), {"grade": Grade.B}, ()),
    ],
)
def test_says_why_not(appetite, changes, why):
    assert reasons(appetite, **changes) == why


def test_a_lender_with_several_appetites_answers_by_the_best():
    narrow = replace(ANY, products=frozenset({"ORDER"}), tenor_days_max=30)

    found = routes(asked=ASKED, appetites=[narrow, replace(ANY, bank_id=2, products=frozenset({"ORDER"})), ANY])

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
    asked = Asked(product, Money(amount, "CNY"), tenor, buyer_id=buyer)

    found = routes(asked=asked, appetites=given_appetites)

    assert sorted(route.bank_id for route in found) == sorted({appetite.bank_id for appetite in given_appetites})
    for route in found:
        own = [routes(asked=asked, appetites=[a])[0].reasons for a in given_appetites if a.bank_id == route.bank_id]
        assert route.reasons in own and len(route.reasons) == min(map(len, own))


def lender(bank_id: int, **changes) -> Appetite:
    return replace(ANY, bank_id=bank_id, **changes)


def answers(mode: Mode, seats: list[Seat], appetites: list[Appetite], **more) -> list[tuple]:
    programme = Programme(1, mode, tuple(seats))
    found = routes(asked=ASKED, appetites=appetites, programme=programme, **more)
    return [(route.bank_id, route.turn, *route.codes) for route in found]


class TestModes:
    def test_ranked_lenders_take_turns_and_whoever_does_not_fit_has_none(self):
        seats = [Seat(1, rank=3), Seat(2, rank=1), Seat(3, rank=2)]

        found = answers(Mode.RANKED, seats, [lender(1), lender(2), lender(3, tenor_days_max=30), lender(4)])

        assert found == [(2, 1), (1, 2), (3, 0, "TENOR_LONG"), (4, 0, "NOT_IN_PROGRAMME")]

    def test_a_fixed_lender_is_the_only_one(self):
        assert answers(Mode.FIXED, [Seat(2)], [lender(1), lender(2)]) == [(2, 1), (1, 0, "FIXED_LENDER")]

    def test_whoever_holds_the_goods_is_asked_whatever_the_programme(self):
        found = answers(Mode.FIXED, [Seat(2)], [lender(1), lender(2)], only=1)

        assert found == [(1, 1), (2, 0, "SECURED_ELSEWHERE")]

    def test_a_seat_without_an_appetite_says_so(self):
        assert answers(Mode.BEST_PRICE, [Seat(1), Seat(2)], [lender(1)]) == [(1, 1), (2, 0, "NO_APPETITE")]

    def test_a_bar_is_a_reason_like_any_other(self):
        def bars(appetite, asked):
            return [Reason("LIMIT", {"level": "BUYER"})] if appetite.bank_id == 2 else []

        found = routes(asked=ASKED, appetites=[lender(1), lender(2)], bars=bars)

        assert [(r.bank_id, r.codes) for r in found] == [(1, ()), (2, ("LIMIT",))]

    def test_split_whoever_does_not_fit_leaves_its_share_to_the_others(self):
        seats = [Seat(1, weight=2), Seat(2, weight=2), Seat(3, weight=1)]
        appetites = [lender(1), lender(2, amount_max=Money(150, "CNY")), lender(3)]

        found = routes(asked=ASKED, appetites=appetites, programme=Programme(1, Mode.SPLIT, tuple(seats)))

        assert {r.bank_id: (r.codes, r.share.minor if r.share else 0) for r in found} == {
            1: ((), 333), 3: ((), 167), 2: (("AMOUNT_HIGH",), 200),
        }  # fmt: skip

    def test_the_first_programme_that_covers_the_case_places_it(self):
        programmes = [
            Programme(1, Mode.FIXED, (), buyers=frozenset({8})), Programme(2, Mode.FIXED, (), suppliers=frozenset({5})),
            Programme(3, Mode.FIXED, ()),
        ]  # fmt: skip

        assert programme_for(ASKED, programmes).programme_id == 2
        assert programme_for(replace(ASKED, supplier_id=6), programmes).programme_id == 3


@given(amount=st.integers(1, 10_000), weights=st.lists(st.integers(1, 9), min_size=1, max_size=5),
       most=st.lists(st.integers(1, 10_000), min_size=5, max_size=5))  # fmt: skip
def test_shares_of_a_split_are_the_amount_or_nobody_is_asked(amount, weights, most):
    seats = tuple(Seat(bank, weight=weight) for bank, weight in enumerate(weights))
    appetites = [
        lender(bank, amount_min=Money(0, "CNY"), amount_max=Money(most[bank], "CNY")) for bank in range(len(weights))
    ]

    found = routes(
        asked=replace(ASKED, amount=Money(amount, "CNY")),
        appetites=appetites,
        programme=Programme(1, Mode.SPLIT, seats),
    )

    shares = [route.share.minor for route in found if route.is_asked]
    assert not shares or sum(shares) == amount
    assert all(route.share.minor <= most[route.bank_id] for route in found if route.is_asked)


class TestLicences:
    SMALL = Licence(LicenceKind.SMALL_LOAN, Money(1000, "CNY"), frozenset({"3501"}), Decimal("0.24"),
                    date(2031, 1, 1), date(2031, 12, 31))  # fmt: skip

    @pytest.mark.parametrize(
        ("changes", "owed", "on", "burden", "why"),
        [
            ({}, 500, date(2031, 3, 3), "0.24", []),
            ({}, 501, date(2031, 3, 3), None, ["LICENCE_ONE_BORROWER"]),
            ({"region": "350200"}, 0, date(2031, 3, 3), None, ["LICENCE_REGION"]),
            ({}, 0, date(2031, 12, 31), "0.2401", ["LICENCE_RATE"]),
            ({}, 0, date(2032, 1, 1), None, ["LICENCE_NOT_IN_FORCE"]),
            ({}, 0, date(2030, 12, 31), None, ["LICENCE_NOT_IN_FORCE"]),
        ],
    )
    def test_says_why_not(self, changes, owed, on, burden, why):
        found = licence_against(
            self.SMALL, replace(ASKED, **changes), owed=Money(owed, "CNY"), on=on,
            burden=Decimal(burden) if burden else None,
        )  # fmt: skip

        assert [reason.code for reason in found] == why


class TestPrices:
    def test_the_narrowest_band_and_the_own_grade_count(self):
        cells = [
            Cell(None, 180, Index.LPR1Y, 200),
            Cell(Grade.B, 90, Index.LPR1Y, 120),
            Cell(Grade.B, 180, Index.LPR1Y, 150),
        ]

        assert [price(cells, grade=grade, tenor_days=days).spread_bp for grade, days in (
            (Grade.B, 90), (Grade.B, 91), (Grade.C, 60), (None, 60))] == [120, 150, 200, 200]  # fmt: skip
        assert price(cells, grade=None, tenor_days=181) is None

    def test_a_fee_weighs_more_on_a_short_loan(self):
        cell = Cell(None, 180, Index.LPR1Y, 100, fee_bp=50)

        assert cell.burden(Decimal("0.03"), 180) == Decimal("0.05")
        assert cell.burden(Decimal("0.03"), 60) == Decimal("0.07")


class TestTargets:
    NIGHT: ClassVar = {"quiet_from": time(18), "quiet_to": time(9)}

    @pytest.mark.parametrize(
        ("since", "hours", "by"),
        [
            (datetime(2031, 3, 3, 10), 4, datetime(2031, 3, 3, 14)),
            (datetime(2031, 3, 3, 16), 4, datetime(2031, 3, 4, 11)),
            (datetime(2031, 3, 3, 20), 4, datetime(2031, 3, 4, 13)),
            (datetime(2031, 3, 3, 9), 9, datetime(2031, 3, 3, 18)),
            (datetime(2031, 3, 3, 9), 24, datetime(2031, 3, 5, 15)),
        ],
    )
    def test_hours_run_while_the_lender_is_awake(self, since, hours, by):
        assert answer_by(since, hours=hours, **self.NIGHT) == by

    def test_who_never_sleeps_answers_by_the_clock(self):
        assert answer_by(datetime(2031, 3, 3, 16), hours=4, quiet_from=None, quiet_to=None) == datetime(2031, 3, 3, 20)
