"""Keepers count, lock and hand out: receipts of all owners never exceed what is there, and nothing leaves unordered."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from scf.collateral.models import KeeperAct, Pledge, PledgeLine, Stock
from scf.collateral.selectors import perfection
from scf.collateral.selectors import stock as selectors
from scf.collateral.services import converting, keeping, pledging
from scf.collateral.services import stock as counting
from scf.collateral.services.pledging import Taking
from scf.collateral.services.stock import CountBeyondCapacity, NotTheKeeper, NotTheSurveyor
from scf.domain.valuation import Terms
from scf.kernel import clock
from scf.orders.services.confirmations import SignerNotIndependent
from scf.parties.models import Organisation, Role
from scf.parties.services import add_member
from tests.factories import PASSWORD, member, organisation
from tests.trade_world import STORED_HEADER, TradeWorld, client_of


@pytest.fixture
def world(db, tmp_path):
    """25 t of copper behind FA-1, and a signer of the keeper."""
    made = TradeWorld(tmp_path)
    with made.running():
        made.signer = member(made.keeper, Role.SIGNER)
        made.stored()
        made.pump()
        (found,) = made.offerables()
        taking = Taking(found.line, Decimal(20), 100_00, Terms(Decimal("0.65")))
        common = {"reference": "FA-1", "by": None, "at": clock.now()}
        pledging.reserve(thread="t:FA-1", supplier=made.supplier, takings=[taking], **common)
        pledging.pledge(bank=made.bank, **common)
        yield made


def copper() -> Stock:
    return Stock.objects.get(level="KIND", dimension="mass")


def count(world, quantity: object, *, of: Stock | None = None) -> None:
    stock = of or copper()
    counting.record_count(stock_id=stock.pk, quantity=Decimal(quantity), by=world.signer, at=clock.now())


def lock(world, by=None) -> list[KeeperAct]:
    return keeping.lock(reference="FA-1", by=by or world.signer, at=clock.now())


def let_go(world, quantity: object, line: PledgeLine | None = None) -> PledgeLine:
    """The lender's checker lets a part go; the line that left."""
    line = line or PledgeLine.objects.get(counts=True)
    given = {"reason": "PART", "cause": "x", "by": world.checker, "at": clock.now()}
    with transaction.atomic():
        converting.let_go_all(Pledge.objects.get(), {line.pk: Decimal(quantity)}, **given)
    return PledgeLine.objects.get(pk=line.pk)


def another_receipt(world, quantity: int, marks: str = "") -> None:
    """Another owner brings a receipt on the same goods in the same warehouse."""
    header, extra = (STORED_HEADER.strip() + ",标记\n", f",{marks}") if marks else (STORED_HEADER, "")
    row = f"WR-9,2031-02-20,{world.rival.name},{world.keeper.name},虚构铜,吨,{quantity},60000,CNY,2031-12-31{extra}\n"
    world.bring(header + row, owner=world.rival)
    world.pump()


class TestLock:
    def test_gives_the_keepers_elements_once(self, world):
        count(world, 25)
        (act,) = lock(world)

        there = {each.element for each in perfection.elements_of(Pledge.objects.get()) if each.is_there}
        assert there == {"KEEPER_SEALED", "KEEPER_MANDATED", "STOCK_LOCKED"} and act.quantity == 20
        with pytest.raises(keeping.NothingToLock):
            lock(world)

    def test_wants_a_count(self, world):
        with pytest.raises(keeping.StockNotCounted):
            lock(world)

    def test_receipts_of_all_owners_are_held_against_the_count(self, world):
        count(world, 30)
        another_receipt(world, 10)
        position = selectors.stock_position(copper())
        assert (position.receipted, position.counted, position.pledged, position.excess) == (35, 30, 20, 5)

        with pytest.raises(keeping.WarehouseOverReceipted):
            lock(world)

        count(world, 35)
        assert lock(world)

    def test_a_lot_counts_in_its_kind_too(self, world):
        count(world, 30)
        another_receipt(world, 10, marks="HEAT-7")

        assert selectors.stock_position(Stock.objects.get(level="LOT")).receipted == 10
        with pytest.raises(keeping.WarehouseOverReceipted):
            lock(world)

    def test_a_count_beyond_what_fits_is_none(self, world):
        count(world, 30)
        with pytest.raises(NotTheSurveyor):
            counting.set_capacity(stock_id=copper().pk, capacity=Decimal(1), by=world.signer, at=clock.now())
        counting.set_capacity(stock_id=copper().pk, capacity=Decimal(22), by=world.reviewer, at=clock.now())

        with pytest.raises(CountBeyondCapacity):
            count(world, 23)
        with pytest.raises(keeping.WarehouseOverReceipted):
            lock(world)

    def test_a_kind_is_counted_apart_in_each_dimension(self, world):
        count(world, 25)
        stated = f"2031-02-20,{world.rival.name},{world.keeper.name},虚构铜"
        for number, rest in enumerate(["卷,3", ",5", "公斤,1000", "件,7"]):
            world.bring(f"{STORED_HEADER}WR-8{number},{stated},{rest},60000,CNY,2031-12-31\n", owner=world.rival)
        world.pump()

        stocks = {stock.dimension: stock for stock in Stock.objects.filter(level="KIND")}
        assert {key: selectors.stock_position(stock).receipted for key, stock in stocks.items()} == {
            "mass": 31, "卷": 8, "count": 12,  # five of no unit may be any of them
        }  # fmt: skip
        with pytest.raises(keeping.WarehouseOverReceipted):
            lock(world)
        count(world, 31, of=stocks["mass"])
        assert lock(world)

    def test_units_that_do_not_add_up_are_not_guessed_of_a_lot(self, world):
        for quantity, unit in ((10, "吨"), (3, "卷")):
            row = f"WR-{unit},2031-02-20,{world.rival.name},{world.keeper.name},虚构铜,{unit},{quantity}"
            header = STORED_HEADER.replace("储存期间止", "唛头")
            world.bring(f"{header}{row},60000,CNY,HEAT-9\n", owner=world.rival)
        world.pump()
        lot = Stock.objects.get(level="LOT")
        count(world, 10, of=lot)

        with pytest.raises(keeping.StockUnitsDiffer):
            keeping.require_sound(lot)

    def test_no_other_keeper_and_nobody_who_also_works_for_the_owner(self, world):
        count(world, 25)
        foreign = member(organisation(Organisation.Kind.WAREHOUSE), Role.SIGNER)
        with pytest.raises(keeping.NothingToLock):
            lock(world, by=foreign)
        for other in (world.applicant, world.reviewer, member(world.keeper, Role.CLERK)):
            with pytest.raises(NotTheKeeper):
                lock(world, by=other)
        with pytest.raises(NotTheKeeper):
            counting.record_count(stock_id=copper().pk, quantity=Decimal(1), by=foreign, at=clock.now())
        add_member(
            organisation=world.supplier, email=world.signer.user.email, name="Both", role=Role.APPLICANT, password=""
        )
        with pytest.raises(SignerNotIndependent):
            lock(world)


class TestRelease:
    @pytest.fixture(autouse=True)
    def locked(self, world):
        count(world, 25)
        lock(world)

    def test_only_on_the_lenders_order_and_once(self, world):
        line = PledgeLine.objects.get()
        with pytest.raises(keeping.NoReleaseOrder):
            keeping.hand_out(line_id=line.pk, by=world.signer, at=clock.now())
        left = let_go(world, 5)

        with pytest.raises(NotTheKeeper):
            foreign = member(organisation(Organisation.Kind.WAREHOUSE), Role.SIGNER)
            keeping.hand_out(line_id=left.pk, by=foreign, at=clock.now())
        act = keeping.hand_out(line_id=left.pk, by=world.signer, at=clock.now())

        assert act.quantity == 5 and act.order == left.release
        with pytest.raises(keeping.NoReleaseOrder):
            keeping.hand_out(line_id=left.pk, by=world.signer, at=clock.now())
        assert not selectors.to_lock(world.keeper)  # what stays is locked already
        rest = let_go(world, 15)
        assert keeping.hand_out(line_id=rest.pk, by=world.signer, at=clock.now()).quantity == 15

    def test_sql_hands_nothing_out_and_takes_nothing_back(self, world):
        line, stranger = PledgeLine.objects.get(), member(organisation(Organisation.Kind.WAREHOUSE), Role.SIGNER)
        other = let_go(world, 5)
        still = PledgeLine.objects.get(counts=True)
        attacks = [
            (still.pk, "RELEASE", other.release_id, world.signer.pk), (still.pk, "RELEASE", None, world.signer.pk),
            (line.pk, "RELEASE", other.release_id, stranger.pk), (line.pk, "RELEASE", other.release_id, world.maker.pk),
            (other.pk, "LOCK", None, world.signer.pk),
        ]  # fmt: skip
        for of, kind, order, by in attacks:
            with pytest.raises(IntegrityError):
                self._sql(
                    "INSERT INTO collateral_keeperact (line_id, kind, quantity, order_id, by_id, at) "
                    "VALUES (%s, %s, 1, %s, %s, now())", of, kind, order, by,
                )  # fmt: skip
        for statement in ("DELETE FROM collateral_keeperact", "UPDATE collateral_keeperact SET quantity = 1"):
            with pytest.raises(IntegrityError):
                self._sql(statement)
        with pytest.raises(IntegrityError):
            self._sql(
                "INSERT INTO collateral_stockcount (stock_id, quantity, counted_by_id, at, note) "
                "VALUES (%s, 999, %s, now(), '')", copper().pk, stranger.pk,
            )  # fmt: skip

    @staticmethod
    def _sql(statement: str, *values: object) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)


class TestPages:
    def test_count_lock_and_hand_out_with_a_proof(self, world):
        client, stock = client_of(world.signer), f"/collateral/stock/{copper().pk}/"
        assert "FA-1" in client.get("/collateral/stock/").content.decode()
        assert client.post("/collateral/stock/lock/FA-1/", {"proof": PASSWORD}).status_code == 422  # not counted
        assert client.post(f"{stock}count/", {"quantity": "25", "proof": "wrong"}).status_code == 422
        assert client.post(f"{stock}count/", {"quantity": "25", "proof": PASSWORD}).status_code == 302
        assert client.post("/collateral/stock/lock/FA-1/", {"proof": "wrong"}).status_code == 422
        assert client.post("/collateral/stock/lock/FA-1/", {"proof": PASSWORD}).status_code == 302
        left = let_go(world, 5)
        assert client.post(f"/collateral/stock/lines/{left.pk}/release/", {"proof": PASSWORD}).status_code == 302

        assert KeeperAct.objects.count() == 2 and "25" in client.get(stock).content.decode()

    def test_the_home_page_says_what_waits(self, world):
        home = client_of(world.signer).get("/", headers={"accept-language": "en"}).content.decode()

        assert "Cases to lock" in home and "not counted yet" in home and "虚构铜" in home

    def test_the_platform_sets_what_fits_and_sees_all(self, world):
        client, stock = client_of(world.reviewer), f"/collateral/stock/{copper().pk}/"
        assert world.keeper.name in client.get("/collateral/stock/", headers={"accept-language": "zh"}).content.decode()
        assert client.post(f"{stock}capacity/", {"capacity": "50"}).status_code == 302
        assert client.post(f"{stock}count/", {"quantity": "1"}).status_code == 403
        assert copper().capacity == 50

    def test_costs_the_same_queries_for_one_stock_and_for_many(self, world, django_assert_max_num_queries):
        for number in range(5):
            parties = f"{world.supplier.name},{world.keeper.name}"
            world.bring(STORED_HEADER + f"WX-{number},2031-02-20,{parties},虚构锌{number},吨,5,2000,CNY,2031-12-31\n")
        world.pump()
        client = client_of(world.signer)
        client.get("/collateral/stock/")
        with django_assert_max_num_queries(14):
            page = client.get("/collateral/stock/").content.decode()
        assert page.count("虚构锌") >= 5
