"""What a buyer says it has paid to the supplier itself carries no loan."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from scf.collateral.models import Exposure, MarginCall
from scf.collateral.selectors import life
from scf.collateral.services import covering, pledging
from scf.domain.money import Money
from scf.domain.valuation import Terms
from scf.kernel import clock
from scf.orders.models import TradeDocument
from scf.orders.services import confirm_document, say_paid
from scf.orders.services.confirmations import NotYoursToConfirm
from scf.parties.models import Role
from tests.factories import PASSWORD, member
from tests.trade_world import TradeWorld, client_of


@pytest.fixture
def world(db, tmp_path) -> Iterator[TradeWorld]:
    """An order of 100, 90 of which were received, and a signer of the buyer."""
    made = TradeWorld(tmp_path)
    with made.running():
        made.order()
        made.receipt()
        made.signer = member(made.buyer, Role.SIGNER)
        yield made


def receipt() -> TradeDocument:
    return TradeDocument.objects.get(number="GR-1")


def test_what_the_buyer_paid_to_the_supplier_itself_carries_no_loan(world):
    client = client_of(world.signer)
    address = f"/documents/{receipt().pk}/speak/"
    free = world.lendable("GR-1")
    page = client.get(address, headers={"accept-language": "en"}).content.decode()
    assert "Say what was paid" in page
    assert client.post(address, {"word": "paid", "paid": "-1", "proof": PASSWORD}).status_code == 422
    assert client.post(address, {"word": "paid", "paid": "30,000", "proof": "wrong"}).status_code == 422
    assert world.lendable("GR-1") == free

    assert client.post(address, {"word": "paid", "paid": "30,000", "proof": PASSWORD}).status_code == 302
    (found,) = [o for o in world.offerables() if o.line.document_number == "GR-1"]
    assert ("PAID", 30) in found.line.deductions and found.value.free_quantity == 60
    (goods,) = life.lives_on(receipt())
    assert (goods.paid, goods.free) == (30, 70)  # 10 are still to come on the order
    confirm_document(document_id=receipt().pk, by=world.signer, at=clock.now())  # another question, another word

    client.post(address, {"word": "paid", "paid": "0", "proof": PASSWORD})
    assert ("PAID", 30) not in world.offerables()[0].line.deductions


def test_a_payment_past_the_lender_is_seen_in_the_cover_of_a_running_loan(world):
    with pytest.raises(NotYoursToConfirm):
        say_paid(document_id=receipt().pk, paid=Money.of("1", "CNY"), by=world.applicant, at=clock.now())
    (found,) = [o for o in world.offerables() if o.line.document_number == "GR-1"]
    taking = pledging.Taking(found.line, found.line.eligible_quantity, 100_00, Terms(Decimal("0.85")))
    common = {"reference": "FA-1", "by": None, "at": clock.now()}
    pledging.reserve(thread="t:FA-1", supplier=world.supplier, takings=[taking], **common)
    pledging.pledge(bank=world.bank, **common)
    owed, nothing = Money.of("60000", "CNY"), Money(0, "CNY")
    covering.tell_owed(reference="FA-1", loan="LN-1", owed=owed, paid=nothing, at=clock.now())
    before = Exposure.objects.get().carries_minor

    say_paid(document_id=receipt().pk, paid=Money.of("45000", "CNY"), by=world.signer, at=clock.now())
    world.pump()

    assert Exposure.objects.get().carries_minor * 2 == before and MarginCall.objects.get().cause == "PAPERS"
