"""Cover of running loans: looked at after every change, called, cured, sold; goods change places only under cover."""

# budget: one world, its papers, prices, changes and sales in turn
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from scf.collateral import selectors
from scf.collateral.gateways.price_files import Row
from scf.collateral.models import (
    Cap,
    CollateralChange,
    CoverCheck,
    Exposure,
    MarginCall,
    Pledge,
    PledgeLine,
    PledgeValue,
    RegisterRequest,
    ReleaseOrder,
    Stock,
)
from scf.collateral.selectors import life, perfection
from scf.collateral.services import calling, changing, covering, perfecting, prices, registers, valuing
from scf.collateral.services import pledging as registry
from scf.collateral.services.changing import CoverTooSmall, GoodsNotThere, NotYoursToDecide
from scf.collateral.services.perfecting import NotEffective
from scf.collateral.services.pledging import AlreadyPledged, Taking
from scf.collateral.services.stock import record_count
from scf.domain.money import Money
from scf.financing.models import Product
from scf.financing.services import securing
from scf.financing.services.checks import ChecksFailed
from scf.kernel import clock
from scf.kernel.models import OutboxMessage
from scf.orders.models import TradeDocument
from scf.orders.services.confirmations import confirm_document, dispute_document
from tests.factories import NOON, member
from tests.integration.test_prices import copper
from tests.trade_world import STORED_HEADER, TradeWorld

CREDIT_NOTE = """<CreditNote xmlns="urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <cbc:ID>CN-{quantity}</cbc:ID><cbc:IssueDate>2031-03-01</cbc:IssueDate>
 <cbc:DocumentCurrencyCode>CNY</cbc:DocumentCurrencyCode><cac:OrderReference><cbc:ID>PO-1</cbc:ID></cac:OrderReference>
 <cac:AccountingSupplierParty><cac:Party><cac:PartyName><cbc:Name>{supplier}</cbc:Name></cac:PartyName></cac:Party>
 </cac:AccountingSupplierParty><cac:AccountingCustomerParty><cac:Party><cac:PartyName><cbc:Name>{buyer}</cbc:Name>
 </cac:PartyName></cac:Party></cac:AccountingCustomerParty>
 <cac:CreditNoteLine><cbc:ID>1</cbc:ID><cbc:CreditedQuantity unitCode="C62">{quantity}</cbc:CreditedQuantity>
 <cbc:LineExtensionAmount currencyID="CNY">{quantity}000</cbc:LineExtensionAmount>
 <cac:Item><cbc:Description>虚构轴承</cbc:Description></cac:Item></cac:CreditNoteLine></CreditNote>"""


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


NOTHING = cny("0")


@pytest.fixture
def world(db, tmp_path) -> Iterator[TradeWorld]:
    made = TradeWorld(tmp_path)
    with made.running():
        yield made


def taking(world: TradeWorld, document: str, quantity: str | None = None) -> Taking:
    """All that is free on a document, or so much, valued pro rata."""
    (found,) = [o for o in world.offerables() if o.line.document_number == document]
    free = found.value.free_quantity
    wanted = free if quantity is None else Decimal(quantity)
    carries = int(found.lendable.minor * wanted / free)
    return Taking(found.line, wanted, carries, Product.objects.get(code=found.line.product).terms)


def loan_on(world: TradeWorld, reference: str, *takings: Taking, owed: str, is_waived: bool = True) -> Exposure:
    """Goods pledged and a loan paid out on them."""
    registry.reserve(
        reference=reference, thread=f"t:{reference}", supplier=world.supplier, takings=takings, by=None, at=clock.now()
    )
    pledge = registry.pledge(reference=reference, bank=world.bank, by=None, at=clock.now())
    for element in perfection.missing(pledge) if is_waived else ():
        perfecting.waive(reference=reference, element=element, reason="so agreed", by=world.checker, at=clock.now())
    covering.tell_owed(reference=reference, loan=f"LN-{reference}", owed=cny(owed), paid=NOTHING, at=clock.now())
    return Exposure.objects.get(pledge__reference=reference)


def carries(reference: str) -> Money:
    row = Exposure.objects.get(pledge__reference=reference)
    return Money(row.carries_minor, row.currency)


@pytest.fixture
def received(world) -> TradeWorld:
    """100 pieces of 1,000 received, which carry 76,500 (85 %, uploaded evidence), a loan of 70,000 on them."""
    world.order()
    world.receipt(quantity=100)
    loan_on(world, "FA-1", taking(world, "GR-1"), owed="70000")
    return world


class TestPaidByTheBuyer:
    """Claims that the buyer has paid carry nothing, and their goods are never lent on again."""

    @staticmethod
    def tell(owed: str, paid: str) -> None:
        covering.tell_owed(reference="FA-1", loan="LN-FA-1", owed=cny(owed), paid=cny(paid), at=NOON)

    @staticmethod
    def lines() -> list[tuple[Decimal, Decimal]]:
        return list(PledgeLine.objects.filter(counts=True).order_by("id").values_list("quantity", "paid_quantity"))

    def test_a_part_payment_uses_up_its_part_of_the_goods(self, received):
        self.tell("40000", "30000")

        assert self.lines() == [(100, 30)] and carries("FA-1") == cny("53550")  # 70 pieces at 765.00
        (goods,) = life.lives_on(TradeDocument.objects.get(number="GR-1"))
        assert (goods.pledged, goods.paid, goods.free) == (70, 30, 0)

    def test_what_is_paid_for_cannot_be_asked_back(self, received):
        self.tell("10000", "60000")
        pledge, (line,) = Pledge.objects.get(), PledgeLine.objects.all()

        assert [piece.quantity for piece in changing.pieces_of(pledge)] == [40]
        with pytest.raises(GoodsNotThere):
            changing.propose(
                reference="FA-1", leaves={line.pk: Decimal(41)}, takings=[], by=received.signatory, at=NOON
            )
        leaves = {line.pk: Decimal(20)}
        change = changing.propose(reference="FA-1", leaves=leaves, takings=[], by=received.signatory, at=NOON)
        changing.approve(change_id=change.pk, takings=[], by=received.checker, at=NOON)

        assert self.lines() == [(80, 60)]

    def test_repaid_partly_by_the_buyer_the_rest_of_the_claim_is_free(self, received):
        self.tell("0", "70000")

        registry.release(reference="FA-1", by=None, at=NOON, reason="REPAID", cause="LN-FA-1")

        assert self.lines() == [(70, 70)]
        (left,) = [o for o in received.offerables() if o.line.document_number == "GR-1"]
        assert left.value.free_quantity == 30

    def test_a_payment_taken_back_leaves_the_claim_open(self, received):
        self.tell("40000", "30000")
        self.tell("70000", "0")

        assert self.lines() == [(100, 0)] and carries("FA-1") == cny("76500")

    def test_a_second_payment_goes_on_where_the_first_one_ended(self, received):
        for owed, paid, quantity in (("60000", "10000.10", Decimal("10.0001")), ("50000", "20000", 20)):
            self.tell(owed, paid)
            assert self.lines() == [(100, quantity)]

    def test_by_sql_they_are_not_let_go_either(self, received):
        self.tell("0", "70000")

        with pytest.raises(IntegrityError, match="paid for"), transaction.atomic():
            order = ReleaseOrder.objects.create(pledge=Pledge.objects.get(), reason="REPAID", cause="x", at=NOON)
            PledgeLine.objects.filter(counts=True).update(counts=False, release=order)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class TestPapers:
    def test_a_loan_within_its_cover_is_not_called(self, received):
        assert carries("FA-1") == cny("76500") and not MarginCall.objects.exists()

    def test_a_late_credit_note_shrinks_the_base_and_starts_a_call(self, received):
        _credit(received, 20)

        (call,) = MarginCall.objects.all()
        assert carries("FA-1") == cny("61200") and call.cause == CoverCheck.Cause.PAPERS
        assert call.amount == cny("8800") and call.deadline.isoformat() == "2031-03-10"  # five business days
        assert [check.carries_minor for check in selectors.cover_history("FA-1")] == [76500_00, 61200_00]

    def test_a_disputed_receipt_carries_nothing_and_may_be_sold_off_at_once(self, received):
        speaker = member(received.buyer, "SIGNER")
        dispute_document(
            document_id=TradeDocument.objects.get(number="GR-1").pk, by=speaker, at=NOON, note="never came"
        )
        received.pump()

        (call,) = MarginCall.objects.all()
        assert carries("FA-1") == cny("0") and call.is_urgent

    def test_a_repayment_cures_the_call(self, received):
        _credit(received, 20)
        covering.tell_owed(reference="FA-1", loan="LN-FA-1", owed=cny("61200"), paid=NOTHING, at=NOON)

        assert MarginCall.objects.get().state == "CURED"

    def test_one_fen_less_does_not_cure(self, received):
        _credit(received, 20)
        covering.tell_owed(reference="FA-1", loan="LN-FA-1", owed=cny("61200.01"), paid=NOTHING, at=NOON)

        assert MarginCall.objects.get().state == "OPEN"

    def test_further_goods_cure_the_call_once_they_are_confirmed_and_registers_have_answered(self, received):
        received.receipt("GR-2", of="PO-9", quantity=12)
        _credit(received, 20)
        with clock.pinned(NOON + timedelta(minutes=1)):
            self.add(received)
            assert carries("FA-1") == cny("61200")
            received.pump()
            assert carries("FA-1") == cny("61200")

            _confirm(received, "GR-2")
            received.pump()

        assert carries("FA-1") == cny("71400") and MarginCall.objects.get().state == "CURED"

    def test_goods_that_a_register_knows_from_another_carry_nothing(self, received):
        received.register.books.claims_match = True
        received.receipt("GR-2", of="PO-9", quantity=12)
        _confirm(received, "GR-2")
        with clock.pinned(NOON + timedelta(minutes=1)):
            self.add(received)
            received.pump()

        assert carries("FA-1") == cny("76500")
        assert RegisterRequest.objects.filter(outcome="MATCH").exists()

    @staticmethod
    def add(world: TradeWorld) -> None:
        takings = [taking(world, "GR-2")]
        changing.top_up(reference="FA-1", takings=takings, by=world.signatory, at=clock.now())

    def test_the_latest_of_two_pledges_on_a_receipt_bears_the_loss(self, world, monkeypatch):
        world.order()
        world.receipt(quantity=100)
        loan_on(world, "FA-1", taking(world, "GR-1", "60"), owed="40000")
        loan_on(world, "FA-2", taking(world, "GR-1", "40"), owed="20000")
        _credit(world, 30)

        assert (carries("FA-1"), carries("FA-2")) == (cny("45900"), cny("7650"))
        monkeypatch.setattr(valuing, "BATCH", 1)  # however many are valued at a time
        pledges = list(Pledge.objects.values_list("pk", flat=True))
        assert valuing.value_pledges(pledges, on=clock.today()) == 2
        assert sorted(PledgeValue.objects.values_list("carries_minor", flat=True)) == [7650_00, 45900_00]

    def test_looking_again_without_news_writes_nothing(self, received):
        before = CoverCheck.objects.count()
        covering.look_again([Pledge.objects.get().pk], cause=CoverCheck.Cause.DAY, at=NOON)

        assert CoverCheck.objects.count() == before


class TestPrices:
    """Stored goods lend on the lower of book and market."""

    @pytest.fixture
    def stored(self, world) -> TradeWorld:
        """25 t of copper of 60,000 on paper, at 60,000 in the market: 13 % haircut, 65 % advance, uploaded."""
        self.copper = copper()
        self.price(world, "60000")
        world.stored()
        world.pump()
        loan_on(world, "FA-1", taking(world, "WR-1"), owed="700000")
        return world

    def price(self, world: TradeWorld, value: str, day=None) -> None:
        row = Row(1, self.copper.code, "", day or clock.today(), Decimal(value))
        prices.receive_prices(rows=[row], feed="test", at=clock.now())
        world.pump()

    def test_a_fall_calls_and_a_rise_cures(self, stored):
        high = carries("FA-1")
        self.price(stored, "50000")
        low = carries("FA-1")
        (call,) = MarginCall.objects.all()
        assert low < high and call.state == "OPEN" and call.cause == CoverCheck.Cause.PRICE

        self.price(stored, "60000")
        assert carries("FA-1") == high and MarginCall.objects.get().state == "CURED"

    def test_a_call_that_turns_urgent_is_told_anew(self, stored):
        self.price(stored, "50000")
        assert not MarginCall.objects.get().is_urgent
        self.price(stored, "1")

        assert MarginCall.objects.get().is_urgent
        assert OutboxMessage.objects.filter(topic="collateral.margin.urgent").count() == 1

    @pytest.mark.parametrize("price", ["0", "-37.63"])
    def test_goods_that_cost_nothing_carry_nothing(self, stored, price):
        self.price(stored, price)

        assert carries("FA-1") == cny("0") and MarginCall.objects.get().is_urgent

    @pytest.mark.parametrize("days", [0, 2, 5, 9, 40])
    @pytest.mark.parametrize("price", ["58999.99", "61234.5", "0.01", "-1"])
    def test_the_database_values_as_the_rules_do(self, stored, price, days):
        self.price(stored, price)
        with clock.pinned(NOON + timedelta(days=days)):
            valuing.value_commodity(self.copper, [Pledge.objects.get().pk], on=clock.today())
            in_one_statement = list(PledgeValue.objects.values_list("carries_minor", flat=True))
            valuing.value_pledges([Pledge.objects.get().pk], on=clock.today())

        assert in_one_statement == list(PledgeValue.objects.values_list("carries_minor", flat=True))

    def test_an_old_price_lends_less_and_then_nothing(self, stored):
        figures = []
        for days in (0, 5, 40):
            with clock.pinned(NOON + timedelta(days=days)):
                covering.close_day(on=clock.today(), at=clock.now())
            figures.append(carries("FA-1").minor)

        assert figures[0] > figures[1] > figures[2] == 0

    def test_the_day_after_storage_ends_the_goods_carry_nothing(self, world):
        self.copper = copper()
        self.price(world, "60000")
        row = f"WR-2,2031-02-20,{world.supplier.name},{world.keeper.name},虚构铜,吨,25,60000,CNY,2031-03-05\n"
        world.bring(STORED_HEADER + row)
        loan_on(world, "FA-1", taking(world, "WR-2"), owed="500000")
        for days, is_there in ((2, True), (3, False)):
            with clock.pinned(NOON + timedelta(days=days)):
                covering.close_day(on=clock.today(), at=clock.now())
            assert bool(carries("FA-1").minor) == is_there


class TestChanges:
    def test_part_of_the_goods_comes_back_when_part_is_repaid(self, received):
        covering.tell_owed(reference="FA-1", loan="LN-FA-1", owed=cny("30600"), paid=NOTHING, at=NOON)
        line = PledgeLine.objects.get()
        change = changing.propose(
            reference="FA-1", leaves={line.pk: Decimal(60)}, takings=[], by=received.signatory, at=NOON
        )
        changing.approve(change_id=change.pk, takings=[], by=received.checker, at=NOON)

        stays = PledgeLine.objects.get(counts=True)
        assert stays.quantity == 40 and carries("FA-1") == cny("30600")
        assert taking(received, "GR-1").quantity == 60  # free again
        assert PledgeLine.objects.get(counts=False).release.ordered_by == received.checker

    def test_not_one_piece_more_than_cover_allows(self, received):
        covering.tell_owed(reference="FA-1", loan="LN-FA-1", owed=cny("30600"), paid=NOTHING, at=NOON)
        line = PledgeLine.objects.get()

        with pytest.raises(CoverTooSmall) as refusal:
            changing.propose(
                reference="FA-1", leaves={line.pk: Decimal("60.0001")}, takings=[], by=received.signatory, at=NOON
            )
        assert refusal.value.detail["missing"] == "CNY 0.08"

    def test_other_goods_take_the_place_of_these(self, received):
        received.receipt("GR-2", of="PO-9", quantity=100)
        line = PledgeLine.objects.get()
        comes = [taking(received, "GR-2")]
        change = changing.propose(
            reference="FA-1", leaves={line.pk: line.quantity}, takings=comes, by=received.signatory, at=NOON
        )
        with pytest.raises(registers.RegisterPending):
            changing.approve(change_id=change.pk, takings=comes, by=received.checker, at=NOON)
        received.pump()
        changing.approve(change_id=change.pk, takings=comes, by=received.checker, at=NOON)

        assert PledgeLine.objects.get(counts=True).line_holding.line.document.number == "GR-2"
        assert CollateralChange.objects.get().state == "DONE"
        assert min(check.carries_minor for check in selectors.cover_history("FA-1")) == 76500_00

    def test_goods_without_every_element_do_not_take_the_place_of_others(self, world):
        world.order()
        world.receipt(quantity=100)
        world.receipt("GR-2", of="PO-9", quantity=100)
        loan_on(world, "FA-1", taking(world, "GR-1"), owed="70000", is_waived=False)
        line = PledgeLine.objects.get()
        comes = [taking(world, "GR-2")]
        change = changing.propose(
            reference="FA-1", leaves={line.pk: line.quantity}, takings=comes, by=world.signatory, at=NOON
        )
        world.pump()

        with pytest.raises(NotEffective) as refusal:
            changing.approve(change_id=change.pk, takings=comes, by=world.checker, at=NOON)
        assert "BUYER_CONFIRMED" in refusal.value.detail["elements"]
        assert PledgeLine.objects.get() == line and line.counts

    def test_the_register_learns_of_goods_that_were_added(self, received):
        registers.request_filing(reference="FA-1", at=NOON, term_until=NOON.date())
        received.pump()
        received.receipt("GR-2", of="PO-9", quantity=12)
        changing.top_up(reference="FA-1", takings=[taking(received, "GR-2")], by=received.signatory, at=NOON)

        amended = RegisterRequest.objects.get(kind="AMEND")
        assert [goods["document"] for goods in amended.content["goods"]] == ["GR-1", "GR-2"]

    def test_what_was_enough_when_asked_may_be_too_little_when_decided(self, received):
        covering.tell_owed(reference="FA-1", loan="LN-FA-1", owed=cny("30600"), paid=NOTHING, at=NOON)
        line = PledgeLine.objects.get()
        change = changing.propose(
            reference="FA-1", leaves={line.pk: Decimal(60)}, takings=[], by=received.signatory, at=NOON
        )
        _credit(received, 10)

        with pytest.raises(CoverTooSmall):
            changing.approve(change_id=change.pk, takings=[], by=received.checker, at=NOON)
        assert PledgeLine.objects.get().counts

    def test_nobody_decides_for_another(self, received):
        line = PledgeLine.objects.get()
        covering.tell_owed(reference="FA-1", loan="LN-FA-1", owed=cny("1"), paid=NOTHING, at=NOON)
        terms = {"reference": "FA-1", "leaves": {line.pk: Decimal(1)}, "takings": [], "at": NOON}
        for somebody in (received.stranger, received.checker, received.reviewer):
            with pytest.raises(NotYoursToDecide):
                changing.propose(by=somebody, **terms)
        change = changing.propose(by=received.signatory, **terms)
        for somebody in (received.other_checker, received.maker, received.signatory):
            with pytest.raises(NotYoursToDecide):
                changing.approve(change_id=change.pk, takings=[], by=somebody, at=NOON)


class TestSale:
    @pytest.fixture
    def called(self, received) -> MarginCall:
        _credit(received, 20)
        return MarginCall.objects.get()

    def test_more_time_then_the_sale_once_it_is_over(self, received, called):
        with pytest.raises(calling.TooEarlyToSell):
            calling.sell(call_id=called.pk, note="", by=received.checker, at=NOON)
        later = called.deadline + timedelta(days=3)
        calling.extend(call_id=called.pk, deadline=later, note="agreed", by=received.checker, at=NOON)
        calling.sell(call_id=called.pk, note="no answer", by=received.checker, at=NOON + timedelta(days=12))
        calling.record_sale(call_id=called.pk, proceeds=cny("60000"), buyer="x", by=received.checker, at=NOON)

        assert (Pledge.objects.get().state, MarginCall.objects.get().state) == ("SOLD", "SOLD")
        assert PledgeLine.objects.get().counts  # somebody else's now: never lent on again

    def test_nobody_sells_by_sql(self, received, called):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE collateral_pledge SET state = 'SOLD'")


def _confirm(world: TradeWorld, number: str) -> None:
    """The buyer's registered signer confirms a paper."""
    document = TradeDocument.objects.get(number=number)
    confirm_document(document_id=document.pk, by=member(world.buyer, "SIGNER"), at=clock.now())


def _credit(world: TradeWorld, quantity: int) -> None:
    note = CREDIT_NOTE.format(quantity=quantity, supplier=world.supplier.name, buyer=world.buyer.name)
    world.bring(note, name="credit.xml")
    world.pump()


class TestLendersRoom:
    """A lender's own limits bind when it offers, and again when it takes the goods."""

    def test_only_that_lenders_limit_binds_and_other_cases_of_it_count(self, world):
        world.order()
        world.receipt(quantity=100)
        loan_on(world, "FA-1", taking(world, "GR-1", "60"), owed="40000")
        registry.reserve(
            reference="FA-2", thread="t:2", supplier=world.supplier, takings=[taking(world, "GR-1")], by=None, at=NOON
        )
        Cap.objects.create(
            level="BUYER", organisation=world.buyer, lender=world.bank, limit_minor=76_499_00, currency="CNY",
            valid_from=clock.today(),
        )  # fmt: skip

        securing.require_room("FA-2", world.other_bank, at=NOON)
        with pytest.raises(securing.LimitUsedUp) as refusal:
            securing.require_room("FA-2", world.bank, at=NOON)
        assert refusal.value.detail["used"] == "CNY 76,500.00"


class TestLaterPapers:
    def test_what_was_endorsed_before_says_nothing_of_goods_that_come_later(self, world):
        world.stored()
        loan_on(world, "FA-1", taking(world, "WR-1"), owed="1000", is_waived=False)
        perfecting.give(reference="FA-1", element="ENDORSED", by=world.signatory, at=NOON)
        pledge = Pledge.objects.get()
        assert "ENDORSED" not in perfection.missing(pledge)
        world.stored("WR-2")
        later = NOON + timedelta(minutes=1)
        changing.top_up(reference="FA-1", takings=[taking(world, "WR-2")], by=world.signatory, at=later)
        assert "ENDORSED" in perfection.missing(pledge)

        perfecting.give(reference="FA-1", element="ENDORSED", by=world.signatory, at=later)
        assert "ENDORSED" not in perfection.missing(pledge)


class TestBeforeMoneyMoves:
    def test_goods_that_have_shrunk_since_are_not_paid_on_in_full(self, world):
        world.order()
        world.receipt(quantity=100)
        application = world.submitted("GR-1", amount="76500.00")
        assert covering.carried_now(application.number, "CNY", at=NOON) == cny("76500")
        securing.recheck(application, amount=cny("76500"), stage="PLEDGE", at=NOON)
        _credit(world, 95)

        with pytest.raises(ChecksFailed) as refusal:
            securing.recheck(application, amount=cny("76500"), stage="PLEDGE", at=NOON)
        assert refusal.value.detail["codes"] == ["AMOUNT_COVERED"]

    def test_a_paper_that_another_brought_joins_no_loan(self, received):
        received.receipt("GR-2", of="PO-9", quantity=10)
        received.receipt("GR-2", of="PO-9", quantity=10, owner=received.rival)
        received.pump()

        with pytest.raises(changing.GoodsElsewhere):
            changing.top_up(reference="FA-1", takings=[taking(received, "GR-2")], by=received.signatory, at=NOON)

    def test_a_lower_count_is_not_lent_on_again_after_a_release(self, world):
        world.stored("WR-1", quantity=50)
        for number in (1, 2):
            loan_on(world, f"FA-{number}", taking(world, "WR-1", "25"), owed="1000")
        signer = member(world.keeper, "SIGNER")
        stock = Stock.objects.get()
        record_count(stock_id=stock.pk, quantity=Decimal(25), by=signer, at=NOON)
        covering.tell_owed(reference="FA-1", loan="LN-FA-1", owed=cny("0"), paid=NOTHING, at=NOON)
        registry.release(reference="FA-1", by=None, at=NOON, reason="REPAID", cause="LN-FA-1")

        with pytest.raises(AlreadyPledged):
            registry.reserve(
                reference="FA-3", thread="t", supplier=world.supplier, takings=[taking(world, "WR-1", "25")], by=None,
                at=NOON,
            )  # fmt: skip
