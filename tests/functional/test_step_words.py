"""What a step says when it is done, and what a supplier reads before signing."""

import pytest
from django.contrib.messages import get_messages

from scf.documents.services import read_file
from scf.financing.models import BankCase, Decision
from tests.functional.test_placing import ENGLISH, approved
from tests.trade_world import Person, TradeWorld, seen_of, step


@pytest.fixture
def case(world) -> BankCase:
    return approved(world).bank_cases.get(bank=world.bank)


def told(world: TradeWorld, who, case: BankCase, node: str, **data: str) -> str:
    """The message after a step of the lender's."""
    person = Person(world, who)
    person.claim(case, node)
    path = f"/financing/work/{step(case, node).pk}/"
    answer = person.client.post(path, {"seen": seen_of(case), **data}, headers=ENGLISH)
    world.pump()
    return " ".join(map(str, get_messages(answer.wsgi_request)))


def test_a_lenders_officers_read_who_has_the_case_now(world, case):
    terms = {"action": "OFFER", "amount": "10000", "annual_rate": "4.5", "tenor_days": "60", "expires_on": "2031-03-09"}
    assert "a checker decides now" in told(world, world.maker, case, "make", **terms)
    assert "works it over" in told(world, world.checker, case, "check", action="BACK", note="less")
    assert "stands still" in told(world, world.maker, case, "make", action="ASK", note="when?")
    other = case.application.bank_cases.get(bank=world.other_bank)
    told(world, world.other_maker, other, "make", **terms)
    assert "read and sign" in told(world, world.other_checker, other, "check", action="CONFIRM")


def test_a_kept_page_asks_for_nothing_from_elsewhere(world, case):
    Person(world, world.maker).offer(case)
    seen = Decision.objects.get().seen
    assert seen is not None
    page = read_file(seen).decode()
    assert "<svg" not in page and case.application.number in page


class TestBeforeSigning:
    def page(self, world, case, **data: str) -> str:
        client, path = Person(world, world.signatory).client, f"/financing/work/{step(case.application, 'choose').pk}/"
        answer = client.post(path, data, headers=ENGLISH) if data else client.get(path, headers=ENGLISH)
        return answer.content.decode()

    @pytest.fixture(autouse=True)
    def offered(self, world, case):
        Person(world, world.maker).offer(case)
        Person(world, world.checker).take(case, "check", action="CONFIRM")

    def test_it_says_who_is_still_at_work_and_what_the_payment_will_wait_for(self, world, case):
        page = self.page(world, case)
        assert "1 lender still works" in page
        assert "registered signer confirms" in page and "GR-1" in page

    def test_a_wrong_password_leaves_the_box_open_and_ticked(self, world, case):
        page = self.page(world, case, bank_case=str(case.pk), has_read="on", proof="wrong")
        assert "<details open>" in page and "required checked" in page
        assert "<details open>" not in self.page(world, case)
        unread = self.page(world, case, bank_case=str(case.pk), proof="wrong")
        assert "<details open>" in unread and "required checked" not in unread
