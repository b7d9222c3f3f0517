"""Goods that join a running loan: no way around the registers and the buyer's word, and nobody stuck for ever."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from scf.collateral.gateways.base import RegisterRefused
from scf.collateral.gateways.lines import LocalRegister
from scf.collateral.models import Exposure, PledgeLine, RegisterRequest
from scf.collateral.selectors import caps as limits
from scf.collateral.services import changing, covering, register_lines, registers
from scf.collateral.services import pledging as registry
from scf.domain.money import Money
from scf.kernel import clock
from scf.notifications.models import Notification
from scf.orders.models import TradeDocument
from scf.orders.services.confirmations import confirm_document, dispute_document, void_document
from tests.factories import NOON, member
from tests.integration.test_cover import NOTHING, carries, cny, loan_on, taking
from tests.trade_world import TradeWorld, client_of

LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def world(db, tmp_path) -> Iterator[TradeWorld]:
    """100 pieces received, which carry 76,500, a loan of 70,000 on them; then a minute passes."""
    made = TradeWorld(tmp_path)
    with made.running():
        made.order()
        made.receipt(quantity=100)
        loan_on(made, "FA-1", taking(made, "GR-1"), owed="70000")
        with clock.pinned(LATER):
            yield made


def add(world: TradeWorld, document: str) -> None:
    changing.top_up(reference="FA-1", takings=[taking(world, document)], by=world.signatory, at=clock.now())


def confirm(world: TradeWorld, number: str) -> None:
    document = TradeDocument.objects.get(number=number)
    confirm_document(document_id=document.pk, by=member(world.buyer, "SIGNER"), at=clock.now())


class TestNoWayAround:
    def test_an_order_that_proved_nothing_is_not_cured_by_a_receipt_on_it(self, world):
        world.order("PO-2")
        add(world, "PO-2")
        world.pump()
        assert carries("FA-1") == cny("76500")

        world.receipt("GR-2", of="PO-2", quantity=100)
        world.pump()

        assert PledgeLine.objects.filter(counts=True, line_holding__line__document__number="GR-2").exists()
        assert carries("FA-1") == cny("76500")  # nobody has confirmed the receipt
        confirm(world, "GR-2")
        world.pump()
        assert carries("FA-1") > cny("76500")

    def test_taking_one_piece_out_does_not_prove_the_rest(self, world):
        world.receipt("GR-2", of="PO-9", quantity=10)
        add(world, "GR-2")
        line = PledgeLine.objects.get(line_holding__line__document__number="GR-2")
        change = changing.propose(
            reference="FA-1", leaves={line.pk: Decimal(1)}, takings=[], by=world.signatory, at=clock.now()
        )
        changing.approve(change_id=change.pk, takings=[], by=world.checker, at=clock.now())
        world.pump()

        assert carries("FA-1") == cny("76500")

    def test_no_goods_are_added_while_the_lender_looks_at_a_change(self, world):
        for number in ("GR-2", "GR-3"):
            world.receipt(number, of=f"PO-{number}", quantity=100)
        line, comes = PledgeLine.objects.get(), [taking(world, "GR-2")]
        changing.propose(reference="FA-1", leaves={line.pk: Decimal(90)}, takings=comes, by=world.signatory, at=LATER)

        with pytest.raises(changing.ChangeWaits):
            add(world, "GR-3")


class TestNobodyIsStuck:
    def test_goods_that_were_cleared_stay_so_while_others_are_asked_about(self, world):
        for number in ("GR-2", "GR-3"):
            world.receipt(number, of=f"PO-{number}", quantity=10)
            confirm(world, number)
        add(world, "GR-2")
        world.pump()
        assert carries("FA-1") == cny("85000")

        world.register.is_silent = True
        add(world, "GR-3")
        world.pump()

        assert carries("FA-1") == cny("85000")

    def test_goods_that_joined_while_the_register_was_asked_are_asked_about_by_themselves(self, world):
        for number in ("GR-2", "GR-3"):
            world.receipt(number, of=f"PO-{number}", quantity=10)
            confirm(world, number)
            add(world, number)  # the second while the first search is on its way
        world.pump()

        assert carries("FA-1") == cny("93500")

    def test_the_same_goods_may_be_proposed_again(self, world):
        world.receipt("GR-2", of="PO-9", quantity=100)
        confirm(world, "GR-2")
        line, comes = PledgeLine.objects.get(), [taking(world, "GR-2")]
        for _time in range(2):
            change = changing.propose(
                reference="FA-1", leaves={line.pk: Decimal(50)}, takings=comes, by=world.signatory, at=clock.now()
            )
            world.pump()
            if _time == 0:
                changing.refuse(change_id=change.pk, note="no", by=world.checker, at=clock.now())
        changing.approve(change_id=change.pk, takings=comes, by=world.checker, at=clock.now())

        assert carries("FA-1") == cny("123250")  # 38,250 of the old and 85,000 of the new goods

    def test_a_refused_search_is_asked_again_by_a_reviewer(self, world):
        class Refusing(LocalRegister):
            def _perform(self, operation, key, content):
                raise RegisterRefused("not a member")

        world.receipt("GR-2", of="PO-9", quantity=10)
        confirm(world, "GR-2")
        with register_lines.replaced(Refusing(world.register.books)):
            add(world, "GR-2")
            world.pump()
        assert carries("FA-1") == cny("76500")
        assert Notification.objects.filter(code="register.failed", membership=world.reviewer).exists()
        client, address = client_of(world.reviewer), "/collateral/registers/"
        for row in RegisterRequest.objects.filter(state="FAILED"):
            assert client.post(address, {"action": "again", "id": row.pk}).status_code == 302
            assert client.post(address, {"action": "again", "id": row.pk}).status_code == 422
        world.pump()

        assert carries("FA-1") == cny("85000")

    def test_a_payment_may_be_taken_back_after_the_goods_were_released(self, world):
        tell(owed="0", paid="70000")
        registry.release(reference="FA-1", by=None, at=clock.now(), reason="REPAID", cause="LN-FA-1")

        tell(owed="70000", paid="0")

        assert list(PledgeLine.objects.filter(counts=True).values_list("quantity", "paid_quantity")) == [(70, 70)]


def tell(*, owed: str, paid: str) -> None:
    covering.tell_owed(reference="FA-1", loan="LN-FA-1", owed=cny(owed), paid=cny(paid), at=clock.now())


class TestPaid:
    def test_a_dispute_does_not_make_paid_goods_unpaid(self, world):
        tell(owed="30000", paid="50000")
        document = TradeDocument.objects.get(number="GR-1")
        dispute_document(document_id=document.pk, by=member(world.buyer, "SIGNER"), at=clock.now(), note="no")
        world.pump()

        tell(owed="20000", paid="50000")

        assert PledgeLine.objects.get(counts=True).paid_quantity == 50

    def test_what_is_repaid_leaves_room_under_the_limits(self, world):
        tell(owed="0", paid="100000")
        registry.release(reference="FA-1", by=None, at=clock.now(), reason="REPAID", cause="LN-FA-1")

        assert PledgeLine.objects.get(counts=True).paid_quantity == 100 and Exposure.objects.get().owed == NOTHING
        cap = limits.Cap(level="SUPPLIER", organisation=world.supplier, limit_minor=1, currency="CNY")
        assert limits.with_use([cap])[0].used == Money(0, "CNY")


def test_a_paper_that_was_taken_back_freezes_nobody(world):
    from scf.collateral.selectors.conditions import conditions_of

    world.receipt("GR-5", of="PO-5", quantity=10, owner=world.rival)
    world.receipt("GR-5", of="PO-5", quantity=10)
    mine, theirs = (TradeDocument.objects.get(number="GR-5", owner=owner) for owner in (world.supplier, world.rival))
    world.pump()
    assert "FROZEN" in {each.code for each in conditions_of(mine, [], clock.today())}

    void_document(document_id=theirs.pk, by=None, at=clock.now(), note="brought by mistake")

    assert "FROZEN" not in {each.code for each in conditions_of(mine, [], clock.today())}


def test_registers_are_asked_about_what_is_left_once(world):
    world.receipt("GR-2", of="PO-9", quantity=10)
    add(world, "GR-2")
    world.pump()
    count = RegisterRequest.objects.count()

    registers.ask_what_is_left(reference="FA-1", at=clock.now())

    assert RegisterRequest.objects.count() == count
