"""Where a loan stands, against values published elsewhere and worked by hand."""

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from scf.domain.arrears import bucket
from scf.domain.events import Event, EventKind
from scf.domain.loan import Position, fold
from scf.domain.money import Money, zero
from scf.domain.schedule import Contract, cost, plan
from scf.domain.waterfall import Allocation, Due

CASES = json.loads((Path(__file__).parents[1] / "data" / "loans.json").read_text())


def yuan(text: str) -> Money:
    return Money.of(text, "CNY")


def contract(**fields) -> Contract:
    given = {
        "principal": yuan("1000000.00"), "annual_rate": Decimal("0.0435"), "basis": "ACT/360",
        "drawdown_date": date(2026, 9, 1), "maturity_date": date(2026, 11, 30), "penalty_factor": Decimal("1.5"),
        "grace_days": 3, "compounds": False,
    }  # fmt: skip
    return Contract(**{**given, **fields})


def paid(*payments: tuple[str, str]) -> list[Event]:
    return [
        Event(EventKind.REPAYMENT, date.fromisoformat(day), yuan(amount), n)
        for n, (day, amount) in enumerate(payments, start=1)
    ]


def position(terms: Contract, payments: list[Event], on: date) -> Position:
    return fold(terms, [Event(EventKind.DRAWDOWN, terms.drawdown_date, terms.principal, 0), *payments], on)


def allocations(terms: Contract, payments: list[Event]) -> list[tuple[Event, Allocation]]:
    return list(position(terms, payments, max(event.value_date for event in payments)).allocations)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_published_cases(case):
    terms = contract(
        principal=yuan(case["principal"]), annual_rate=Decimal(case["annual_rate"]), basis=case["basis"],
        drawdown_date=date.fromisoformat(case["drawdown"]), maturity_date=date.fromisoformat(case["maturity"]),
    )  # fmt: skip

    found = position(terms, paid(*map(tuple, case["payments"])), date.fromisoformat(case["on"]))

    assert (found.interest, found.principal) == (yuan(case["interest"]), yuan(case["principal_left"]))


class TestPlan:
    def test_is_one_bullet(self):
        (row,) = plan(contract())

        assert (row.due_date, row.principal, row.interest) == (date(2026, 11, 30), yuan("1000000.00"), yuan("10875.00"))
        assert row.balance_after == zero("CNY")

    def test_costs_more_a_year_than_its_rate_because_the_year_has_365_days(self):
        found = cost(contract())

        assert found.interest == yuan("10875.00")
        assert found.annualised == Decimal("0.044842")


class TestGrace:
    TERMS = contract(drawdown_date=date(1998, 3, 16), maturity_date=date(1998, 6, 16), grace_days=4)

    def test_paid_within_it_bears_the_contract_rate(self):
        found = position(self.TERMS, [], date(1998, 6, 18))

        assert found.penalty == zero("CNY")
        assert found.interest == yuan("11358.33")  # 94 days

    def test_its_last_day_is_still_within(self):
        assert position(self.TERMS, [], date(1998, 6, 20)).penalty == zero("CNY")

    def test_after_it_the_penalty_counts_from_the_due_date(self):
        found = position(self.TERMS, [], date(1998, 6, 21))

        assert found.interest == yuan("11116.67")  # 92 days, to the due date only
        assert found.penalty == yuan("906.25")  # 5 days at 6.525 %
        assert found.days_past_due == 5

    def test_what_was_paid_within_it_bears_no_penalty(self):
        half = paid(("1998-06-18", "511358.33"))

        found = position(self.TERMS, half, date(1998, 6, 26))

        # what was paid for the days of grace on the half that stayed is set against its penalty
        assert found.principal == yuan("500000.00")
        assert found.payoff == yuan("500785.42")
        assert (found.interest, found.penalty) == (zero("CNY"), yuan("785.42"))

    def test_without_grace_the_penalty_runs_at_once(self):
        assert position(contract(grace_days=0), [], date(2026, 12, 1)).penalty == yuan("181.25")


class TestAllocations:
    def test_penalty_first_then_interest_then_principal(self):
        ((_, found),) = allocations(contract(), paid(("2026-12-10", "12000.00")))

        assert found.spent[Due.PENALTY] == yuan("1812.50")
        assert found.spent[Due.INTEREST] == yuan("10187.50")
        assert found.spent[Due.PRINCIPAL] == zero("CNY")

    def test_payments_of_a_day_go_in_their_order(self):
        first, second = (
            a for _, a in allocations(contract(), paid(("2026-10-01", "2000.00"), ("2026-10-01", "2000.00")))
        )

        assert (first.spent[Due.INTEREST], second.spent[Due.INTEREST]) == (yuan("2000.00"), yuan("1625.00"))

    def test_payments_after_the_day_are_not_seen(self):
        assert position(contract(), paid(("2026-10-02", "5.00")), date(2026, 10, 1)).paid[Due.INTEREST] == zero("CNY")


@pytest.mark.parametrize(
    ("days", "name"), [(-1, "CURRENT"), (0, "CURRENT"), (1, "1-30"), (30, "1-30"), (31, "31-60"), (61, "61-90"),
                       (91, "91-270"), (270, "91-270"), (271, "271-360"), (360, "271-360"), (361, "360+")]
)  # fmt: skip
def test_buckets(days, name):
    assert bucket(days) == name


def test_nothing_is_past_due_once_the_principal_is_back():
    closed = paid(("2026-11-30", "1010875.00"))

    assert position(contract(), closed, date(2026, 11, 30) + timedelta(days=99)).days_past_due == 0
