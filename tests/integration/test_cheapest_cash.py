"""What would make it pass, with one click; and the cheapest way to an amount, taken over into a draft."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from scf.collateral.models import Cap
from scf.financing.models import Application, Product
from scf.kernel import clock
from tests.factories import member, organisation
from tests.integration.servicing_world import browser
from tests.trade_world import TradeWorld

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(tmp_path):
    with TradeWorld(tmp_path).running() as world:
        world.order(quantity=90)
        world.receipt("GR-1", quantity=40)
        world.receipt("GR-2", quantity=50)
        yield world


def hidden(page: str, code: str) -> dict[str, list[str]]:
    """What the button of a remedy sends."""
    form = page.split(f'name="remedy" value="{code}"')[1].split("</form>")[0]
    fields: dict[str, list[str]] = {"remedy": [code]}
    for part in form.split('<input type="hidden" name="')[1:]:
        name, rest = part.split('" value="', 1)
        fields.setdefault(name, []).append(rest.split('"')[0])
    return fields


class TestWhatWouldMakeItPass:
    def test_less_or_further_goods_are_offered_and_one_click_makes_the_check_pass(self, world):
        draft = world.draft("GR-1", amount="40000.00")
        client = browser(world.applicant)
        address = reverse("financing:apply-review", args=[draft.number])
        page = client.get(address).content.decode()

        assert "Set to CNY 30,600.00" in page and "GR-2" in page and "confirmed by the buyer" not in page
        assert client.post(address, hidden(page, "ADD_LINES")).status_code == 302
        assert draft.lines.count() == 2
        assert "What would make it pass" not in client.get(address).content.decode()
        Application.objects.filter(pk=draft.pk).update(tenor_days=999)
        page = client.get(address).content.decode()
        client.post(address, hidden(page, "TENOR"))
        assert Application.objects.get(pk=draft.pk).tenor_days == 180

    def test_the_amount_is_set_to_what_the_goods_carry(self, world):
        draft = world.draft("GR-1", amount="40000.00")
        client = browser(world.applicant)
        address = reverse("financing:apply-review", args=[draft.number])

        client.post(address, hidden(client.get(address).content.decode(), "AMOUNT"))

        assert Application.objects.get(pk=draft.pk).amount_minor == 30_600_00


class TestCheapestCash:
    def find(self, world, amount: str, **more):
        client = browser(world.applicant)
        asked = {"amount": amount, "currency": "CNY", "wanted_on": clock.today().isoformat(), **more}
        return client, asked, client.get(reverse("financing:apply-cheapest"), asked)

    def test_the_proposal_is_taken_over_into_a_draft_that_passes(self, world):
        client, asked, answer = self.find(world, "35000")
        assert answer.status_code == 200 and "GR-2" in answer.content.decode()

        answer = client.post(reverse("financing:apply-cheapest"), asked)

        draft = Application.objects.get()
        assert answer.url == reverse("financing:apply-review", args=[draft.number])
        assert (draft.amount_minor, draft.product.code, draft.lines.count()) == (35_000_00, "RECEIPT", 1)
        assert "What would make it pass" not in client.get(answer.url).content.decode()

    def test_limits_and_rates_decide(self, world):
        world.stored()
        Product.objects.filter(code="WAREHOUSE").update(indicative_rate=Decimal("0.001"))
        assert "WR-1" in self.find(world, "35000")[2].content.decode()
        Cap.objects.create(
            level="WAREHOUSE", organisation=world.keeper, limit_minor=100, valid_from=clock.today() - timedelta(days=1)
        )
        page = self.find(world, "35000")[2].content.decode()
        assert "WR-1" not in page and "GR-2" in page

    def test_what_cannot_be_had_is_said_with_what_can(self, world):
        page = self.find(world, "9000000")[2].content.decode()
        assert "carry at most CNY 68,850.00" in page
        assert "This day is over" in self.find(world, "1", wanted_on="2020-01-01")[2].content.decode()
        nobody = browser(member(organisation(), "APPLICANT"))
        answer = nobody.post(
            reverse("financing:apply-cheapest"), {"amount": "1", "currency": "CNY", "wanted_on": str(clock.today())}
        )
        assert answer.status_code == 422 and not Application.objects.exists()
