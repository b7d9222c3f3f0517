"""A lender's own rules decide with no person, keep what they rest on, and are stopped at once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from scf.domain import straight_through
from scf.domain.money import Money
from scf.domain.pricing import Grade
from scf.domain.straight_through import Facts, Rule
from scf.financing.models import Application, AutoDecision, AutoRule, BankCase
from scf.financing.services import automatic
from scf.kernel import clock
from scf.kernel.proposals import TakesTwo
from tests.factories import appetite
from tests.ruled_world import PRICE, cny, propose, ruled
from tests.trade_world import Person, TradeWorld, where


class TestRules:
    """The decision itself: what it says, and why not."""

    rule = Rule(cny("1000"), 90, frozenset({"ORDER"}), Grade.C)
    facts = Facts("ORDER", cny("1000"), 90, Grade.B, (), PRICE, Decimal("0.03"))

    def test_within_all_of_it_the_list_price_is_offered(self):
        assert straight_through.decide(self.rule, self.facts).annual_rate == Decimal("0.042")

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"amount": cny("1000.01")}, "AMOUNT"), ({"tenor_days": 91}, "TENOR"), ({"product": "RECEIPT"}, "PRODUCT"),
            ({"grade": None}, "GRADE"), ({"grade": Grade.D}, "GRADE"), ({"warnings": ("TOTALS_TIE",)}, "WARNING"),
            ({"barred": ("LIMIT_USED_UP",)}, "LIMIT"), ({"price": None}, "NO_PRICE"), ({"index": None}, "NO_PRICE"),
            ({"amount": Money.of("1", "USD")}, "CURRENCY"), ({"index": Decimal("0.5")}, "RATE"),
            ({"price": replace(PRICE, fee_bp=1000)}, "RATE"),  # 10 % for 90 days is 40 % a year
        ],
    )  # fmt: skip
    def test_outside_of_it_a_person_decides(self, change, why):
        found = straight_through.decide(self.rule, replace(self.facts, **change))
        assert (found.is_offer, found.reasons) == (False, (why,))

    def test_a_fee_of_the_list_is_offered_and_was_a_persons_as_long_as_offers_had_none(self):
        facts = replace(self.facts, price=replace(PRICE, fee_bp=10))
        assert straight_through.decide(self.rule, facts).annual_rate == Decimal("0.042")
        assert straight_through.decide(self.rule, facts, version="1").reasons == ("FEE",)

    def test_inputs_come_back_as_they_were_stored(self):
        stored = straight_through.as_json(self.rule, self.facts)
        assert straight_through.from_json(stored) == (self.rule, self.facts)


@pytest.fixture
def world(db, tmp_path, monkeypatch) -> Iterator[TradeWorld]:
    """One lender with a price list and a rule up to 5,000 that two of its people made."""
    yield from ruled(tmp_path, monkeypatch)


def case_of(world: TradeWorld, amount: str = "5000") -> BankCase:
    application = Person(world, world.applicant).apply("PO-1", product="ORDER", amount=amount)
    return application.bank_cases.get(bank=world.bank)


def test_a_small_clean_case_has_its_offer_with_no_person_and_is_paid(world):
    case = case_of(world)

    assert (case.state, case.by_rules, case.maker, case.checker) == ("OFFERED", True, None, None)
    assert case.annual_rate == Decimal("0.042") and where(case) == []
    assert Application.objects.get().state == "OFFERED"
    Person(world, world.signatory).sign(case.application, case)
    assert Application.objects.get().state == "DISBURSED"


def test_the_rules_offer_with_the_fee_of_the_list(world):
    appetite(world.bank, prices=[replace(PRICE, fee_bp=10).as_json()], valid_from=date(2031, 1, 1))
    case = case_of(world)
    assert (case.state, case.fee_bp, AutoDecision.objects.get().version) == ("OFFERED", 10, "2")
    assert automatic.is_reproduced(AutoDecision.objects.get())


def test_what_is_outside_goes_to_the_makers_with_the_reasons_kept(world):
    case = case_of(world, "5000.01")

    assert case.state == "OPEN" and where(case) == ["make"]
    assert AutoDecision.objects.get().reasons == ["AMOUNT"]
    page = Person(world, world.maker).client.get("/financing/rules/").content.decode()
    assert case.application.number in page


def test_a_decision_is_replayed_to_the_same_answer_and_a_changed_one_is_seen(world):
    case_of(world)
    decision = AutoDecision.objects.get()
    assert automatic.is_reproduced(decision)
    decision.inputs["facts"]["amount"][0] += 1
    assert not automatic.is_reproduced(decision)


def test_anybody_of_the_lender_stops_it_at_once(world):
    rule = AutoRule.objects.get()
    Person(world, world.maker).client.post(f"/financing/rules/{rule.pk}/decide/", {"action": "stop"})
    assert where(case_of(world)) == ["make"] and not AutoDecision.objects.exists()


def test_one_person_makes_no_rule(world):
    with pytest.raises(TakesTwo):
        automatic.confirm(rule_id=propose(world).pk, by=world.administrator, at=clock.now())


def test_an_offer_is_by_rules_or_by_two_people(world):
    case = case_of(world)
    for statement in ("by_rules = false", f"maker_id = {world.maker.user_id}"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE financing_bankcase SET {statement} WHERE id = %s", [case.pk])
