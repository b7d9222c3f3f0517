"""A borrower signs ahead; a lender's rules offer; nobody is needed from submission to payment."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from scf.banks.models import Payment
from scf.financing.models import Application, BankCase, SignedAhead
from scf.financing.services import ahead, applying
from scf.kernel import clock
from tests.factories import PASSWORD
from tests.ruled_world import ruled
from tests.trade_world import Person, TradeWorld, later, where


@pytest.fixture
def world(db, tmp_path, monkeypatch) -> Iterator[TradeWorld]:
    """A lender whose rules decide up to 5,000."""
    yield from ruled(tmp_path, monkeypatch)


def signed(world: TradeWorld, cost: str = "4.5", *, amount: str = "5000") -> Application:
    """A draft, signed ahead on its last page and submitted."""
    draft = world.draft("PO-1", product="ORDER", amount=amount, by=world.signatory)
    answer = Person(world, world.signatory).client.post(
        f"/financing/cases/{draft.number}/sign-ahead/",
        {"action": "sign", "cost_max": cost, "valid_to": later(3).date(), "proof": PASSWORD},
    )
    assert answer.status_code == 302
    return draft


def submitted(world: TradeWorld, draft: Application) -> Application:
    applying.submit(application_id=draft.pk, by=world.signatory, at=clock.now())
    world.pump()
    return Application.objects.get(pk=draft.pk)


def test_the_first_offer_within_it_is_taken_and_the_contract_is_kept(world):
    draft = signed(world)
    page = Person(world, world.signatory).client.get(f"/financing/apply/{draft.number}/review/").content.decode()
    assert "4.5" in page

    found = submitted(world, draft)

    assert found.accepted_case is not None and found.accepted_case.by_rules
    assert found.accepted_case.contract_file is not None and found.accepted_case.maker is None
    assert found.state == "PLEDGED" and where(found) == ["await_effective"]
    world.perfect(found)
    assert Payment.objects.get().reference == found.number


@pytest.mark.parametrize(
    "spoil",
    [
        {"annual_cost_max": Decimal("0.042")},  # the list price is 4.2 %, its cost by IRR a little more
        {"amount_minor": 4999_00}, {"tenor_days": 59}, {"valid_to": "2031-03-01", "signed_at": "2031-02-01T00:00Z"},
    ],
)  # fmt: skip
def test_what_does_not_keep_within_it_is_the_persons(world, spoil):
    draft = signed(world)
    SignedAhead.objects.update(**spoil)

    found = submitted(world, draft)

    assert (found.state, where(found)) == ("OFFERED", ["choose"])


def test_an_offer_with_conditions_is_not_signed_unread_but_a_later_one_without_is(world):
    draft = signed(world, amount="5001")  # above the rule: officers decide
    found = submitted(world, draft)
    first, second = found.bank_cases.get(bank=world.bank), found.bank_cases.get(bank=world.other_bank)
    Person(world, world.maker).offer(first, amount="5001", rate="4.1", conditions="Locked account.")
    Person(world, world.checker).take(first, "check", action="CONFIRM")
    assert where(found) == ["choose"]

    Person(world, world.other_maker).offer(second, amount="5001", rate="4.2")
    Person(world, world.other_checker).take(second, "check", action="CONFIRM")

    assert Application.objects.get(pk=found.pk).accepted_case == second
    assert BankCase.objects.get(pk=first.pk).state == "LAPSED"


def test_taken_back_or_signed_by_somebody_who_left_it_counts_no_more(world):
    draft = signed(world)
    person = Person(world, world.signatory).client
    person.post(f"/financing/cases/{draft.number}/sign-ahead/", {"action": "revoke"})
    assert ahead.of(draft) is None
    draft = signed(world)
    assert ahead.of(draft) is not None
    applying.submit(application_id=draft.pk, by=world.signatory, at=clock.now())
    world.signatory.is_active = False
    world.signatory.save()
    world.pump()

    assert Application.objects.get(pk=draft.pk).state == "OFFERED"


def test_only_a_signatory_with_the_right_proof_signs_ahead(world):
    draft = world.draft("PO-1", product="ORDER", amount="5000")
    terms = {"action": "sign", "cost_max": "5", "valid_to": later(3).date(), "proof": PASSWORD}
    address = f"/financing/cases/{draft.number}/sign-ahead/"
    assert Person(world, world.applicant).client.post(address, terms).status_code == 403
    assert Person(world, world.stranger).client.post(address, terms).status_code == 404
    Person(world, world.signatory).client.post(address, {**terms, "proof": "wrong"})
    Person(world, world.signatory).client.post(address, {**terms, "cost_max": "37"})
    assert not SignedAhead.objects.exists()


@pytest.mark.parametrize(
    ("attack", "why"),
    [
        ("UPDATE financing_signedahead SET annual_cost_max = 0.37", "signed_ahead_within_reason"),
        ("INSERT INTO financing_signedahead (application_id, amount_minor, tenor_days, annual_cost_max, valid_to, "
         "signed_by_id, signed_at) SELECT application_id, 1, 1, 0.3, valid_to, signed_by_id, signed_at "
         "FROM financing_signedahead", "signed_ahead_once"),
    ],
)  # fmt: skip
def test_the_database_keeps_to_it(world, attack, why):
    signed(world)
    with pytest.raises(IntegrityError, match=why), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)
