"""The same goods on many papers: pledges follow them, in the units of each paper, and nothing is lent on twice."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from scf.collateral.models import Holding, Pledge, PledgeLine, ReleaseOrder, Stock
from scf.collateral.services import converting
from scf.collateral.services import pledging as registry
from scf.collateral.services.pledging import AlreadyPledged, CountedTooLow, Taking
from scf.collateral.services.stock import record_count
from scf.domain.valuation import Terms
from scf.kernel import outbox
from scf.orders.models import DocumentLine, TradeDocument
from scf.orders.services.confirmations import BehindACase, void_document
from scf.parties.models import Role
from tests.factories import NOON, member
from tests.trade_world import ORDER_HEADER, RECEIPT_HEADER, STORED_HEADER, TradeWorld


@pytest.fixture
def world(db, tmp_path) -> Iterator[TradeWorld]:
    made = TradeWorld(tmp_path)
    with made.running():
        yield made


def taking(world: TradeWorld, document: str, quantity: str | None = None, *, owner=None) -> Taking:
    (found,) = [o for o in world.offerables(owner=owner) if o.line.document_number == document]
    wanted = found.value.free_quantity if quantity is None else Decimal(quantity)
    return Taking(found.line, wanted, 100_00, Terms(Decimal("0.85")))


def pledged(world: TradeWorld, reference: str, *takings: Taking, owner=None) -> Pledge:
    registry.reserve(
        reference=reference,
        thread=f"t:{reference}",
        supplier=owner or world.supplier,
        takings=takings,
        by=None,
        at=NOON,
    )
    return registry.pledge(reference=reference, bank=world.bank, by=None, at=NOON)


def behind(reference: str) -> dict[str, Decimal]:
    """What counts behind a case, by document."""
    rows = PledgeLine.objects.filter(pledge__reference=reference, counts=True)
    return {row.line_holding.line.document.number: row.quantity for row in rows}


def committed(document: str, scope: str) -> Decimal:
    return Holding.objects.get(line__document__number=document, scope=scope).committed


class TestConversion:
    """Goods received against a financed order take the order's place behind its loan."""

    def test_a_receipt_takes_the_place_of_what_it_brought(self, world):
        world.order()
        pledged(world, "FA-1", taking(world, "PO-1"))
        world.receipt(quantity=90, rejected=5)
        world.pump()

        assert behind("FA-1") == {"PO-1": 15, "GR-1": 85}
        assert committed("PO-1", "ROOT") == 100  # the same goods: not one unit more, not one less
        assert world.lendable("GR-1").minor == 0
        assert sum(line.lendable_minor for line in PledgeLine.objects.filter(counts=True)) == 100_00

    def test_twice_delivered_moves_once(self, world):
        world.order()
        pledged(world, "FA-1", taking(world, "PO-1"))
        world.receipt()
        document = TradeDocument.objects.get(number="GR-1")

        moved = [converting.follow_receipts(document_id=document.pk, at=NOON) for _time in range(2)]

        assert moved == [1, 0] and behind("FA-1") == {"PO-1": 10, "GR-1": 90}

    def test_partial_receipts_follow_one_after_another(self, world):
        world.order()
        pledged(world, "FA-1", taking(world, "PO-1"))
        for number, quantity in (("GR-1", 30), ("GR-2", 50)):
            world.receipt(number, quantity=quantity)
            world.pump()

        assert behind("FA-1") == {"PO-1": 20, "GR-1": 30, "GR-2": 50}

    def test_two_loans_on_one_order_are_served_oldest_first(self, world):
        world.order()
        pledged(world, "FA-1", taking(world, "PO-1", "60"))
        pledged(world, "FA-2", taking(world, "PO-1", "40"))
        world.receipt(quantity=70)
        world.pump()

        assert behind("FA-1") == {"GR-1": 60}
        assert behind("FA-2") == {"GR-1": 10, "PO-1": 30}

    def test_a_receipt_in_another_unit_moves_the_same_goods(self, world):
        self._order_in_kilograms(world)
        pledged(world, "FA-1", taking(world, "PO-1"))
        world.bring(
            RECEIPT_HEADER + f"GR-1,2031-02-25,PO-1,{world.supplier.name},{world.buyer.name},CNY,1,虚构铜,吨,1.5,0,\n"
        )
        world.pump()

        assert behind("FA-1") == {"PO-1": 500, "GR-1": Decimal("1.5")}
        assert committed("PO-1", "ROOT") == 2000

    def test_a_price_for_a_kilogram_is_a_thousandth_of_that_for_a_tonne(self, world):
        self._order_in_kilograms(world)
        world.bring(
            RECEIPT_HEADER + f"GR-1,2031-02-25,PO-1,{world.supplier.name},{world.buyer.name},CNY,1,虚构铜,吨,1.5,0,\n"
        )

        (found,) = [o for o in world.offerables() if o.line.document_number == "GR-1"]

        assert found.line.unit_price == 60_000 and found.value.free_quantity == Decimal("1.5")

    @staticmethod
    def _order_in_kilograms(world: TradeWorld) -> None:
        names = f"{world.supplier.name},{world.buyer.name}"
        world.bring(ORDER_HEADER + f"PO-1,2031-02-20,{names},CNY,1,虚构铜,KGM,2000,60,60\n")

    def test_no_release_without_an_order_is_on_record(self, world):
        world.order()
        pledged(world, "FA-1", taking(world, "PO-1"))
        world.receipt()
        world.pump()

        gone = PledgeLine.objects.get(counts=False)
        assert gone.release.reason == ReleaseOrder.Reason.CONVERTED and gone.release.cause == "GR-1"
        assert {line.came_from_id for line in PledgeLine.objects.filter(counts=True)} == {gone.pk}


class TestLateOrder:
    """A receipt may be financed before its order is known."""

    def test_the_pledge_then_draws_on_the_order(self, world):
        world.receipt(of="PO-1", quantity=90)
        pledged(world, "FA-1", taking(world, "GR-1"))
        world.order(quantity=100)

        assert committed("PO-1", "ROOT") == 90
        with pytest.raises(AlreadyPledged):
            line = taking(world, "PO-1", "11")
            pledged(world, "FA-2", line)

    def test_more_pledged_than_the_order_has_is_not_linked_but_told(self, world):
        for number in ("GR-1", "GR-2"):
            world.receipt(number, of="PO-1", quantity=90)
            pledged(world, f"FA-{number}", taking(world, number))
        with transaction.atomic(), connection.cursor() as cursor:  # as if one of them had been lent on elsewhere
            cursor.execute("UPDATE orders_tradedocument SET state = 'DISPUTED' WHERE number = 'GR-2'")
        world.order(quantity=100)

        linked = DocumentLine.objects.exclude(origin=None).values_list("document__number", flat=True)
        (problem,) = TradeDocument.objects.get(number="GR-2").problems
        assert list(linked) == ["GR-1"] and problem["code"] == "PLEDGED_TWICE"


class TestStock:
    """What a keeper holds is one thing, whoever brings receipts on it."""

    def bring(
        self, world: TradeWorld, number: str, *, owner, quantity: int, lot: str = "", goods: str = "虚构铝"
    ) -> None:
        header = STORED_HEADER.rstrip("\n") + ",标记\n"
        row = f"{number},2031-02-20,{owner.name},{world.keeper.name},{goods},吨,{quantity},20000,CNY,2031-12-31,{lot}\n"
        world.bring(header + row, owner=owner)

    def test_two_owners_on_one_lot_are_lent_on_once(self, world):
        self.bring(world, "WR-A", owner=world.supplier, quantity=100, lot="炉号 7")
        self.bring(world, "WR-B", owner=world.rival, quantity=100, lot="炉号  7")
        pledged(world, "FA-1", taking(world, "WR-A"))

        with pytest.raises(AlreadyPledged):
            pledged(world, "FA-2", taking(world, "WR-B", owner=world.rival), owner=world.rival)

    def test_more_than_the_keeper_has_counted_is_refused_in_words_that_help(self, world):
        self.bring(world, "WR-A", owner=world.supplier, quantity=100)
        pledged(world, "FA-1", taking(world, "WR-A"))
        keeper = member(world.keeper, Role.SIGNER)
        record_count(stock_id=Stock.objects.get().pk, quantity=Decimal(130), by=keeper, at=NOON)
        self.bring(world, "WR-B", owner=world.rival, quantity=50)

        with pytest.raises(CountedTooLow) as refusal:
            pledged(world, "FA-2", taking(world, "WR-B", owner=world.rival), owner=world.rival)
        assert refusal.value.detail == {"document": "WR-B", "counted": "130.0000"}

    def test_other_lots_are_other_goods(self, world):
        self.bring(world, "WR-A", owner=world.supplier, quantity=100, lot="炉号 7")
        self.bring(world, "WR-B", owner=world.rival, quantity=100, lot="炉号 8")
        pledged(world, "FA-1", taking(world, "WR-A"))
        pledged(world, "FA-2", taking(world, "WR-B", owner=world.rival), owner=world.rival)

        assert Holding.objects.filter(scope="STOCK").count() == 2

    def test_one_owner_may_have_several_receipts_on_a_lot(self, world):
        for number in ("WR-A", "WR-B"):
            self.bring(world, number, owner=world.supplier, quantity=100, lot="炉号 7")
            pledged(world, f"FA-{number}", taking(world, number))

        assert Holding.objects.get(scope="STOCK").committed == 200

    def test_a_second_owner_gets_no_lot_by_sql(self, world):
        self.bring(world, "WR-A", owner=world.supplier, quantity=100, lot="炉号 7")
        pledged(world, "FA-1", taking(world, "WR-A", "50"))
        Pledge.objects.create(reference="FA-2", thread="t", supplier=world.rival)

        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO collateral_pledgeline (pledge_id, line_holding_id, root_holding_id, stock_holding_id,"
                " quantity, root_quantity, stock_quantity, counts, lendable_minor, currency, product, advance_rate,"
                " haircut) SELECT p.id, line_holding_id, root_holding_id, stock_holding_id, 1, 1, 1, true, 1, 'CNY',"
                " 'WAREHOUSE', 0.5, 0 FROM collateral_pledgeline, collateral_pledge p WHERE p.reference = 'FA-2'"
            )


class TestPapers:
    def test_a_paper_is_not_taken_back_from_under_a_case(self, world):
        world.order()
        pledged(world, "FA-1", taking(world, "PO-1"))
        order = TradeDocument.objects.get()

        with pytest.raises(BehindACase):
            void_document(document_id=order.pk, by=world.applicant, at=NOON, note="mistake")

        registry.release(reference="FA-1", by=None, at=NOON)
        assert void_document(document_id=order.pk, by=world.applicant, at=NOON, note="mistake").state == "VOID"
        outbox.deliver_all(now=NOON)
