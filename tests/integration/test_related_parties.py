"""Who stands behind whom, goods that go in circles, inflated papers, and changed accounts."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from scf.domain.eligibility import Result
from scf.financing.services import checks
from scf.kernel import clock, controls
from scf.kernel.proposals import TakesTwo
from scf.parties.models import BankAccount, PayeeChange, Trait
from scf.parties.selectors import payee_account, related
from scf.parties.services import payees, relations
from tests.factories import NOON, account
from tests.trade_world import ORDER_HEADER, RECEIPT_HEADER, TradeWorld


@pytest.fixture
def world(db, tmp_path) -> Iterator[TradeWorld]:
    made = TradeWorld(tmp_path)
    with made.running():
        yield made


def verdicts(world: TradeWorld, document: str, **terms) -> dict[str, Result]:
    """What the checks say of an application on one document."""
    application = world.draft(document, amount="1000", **terms)
    chosen = [o for o in world.offerables() if o.line.document_number == document]
    lendable = checks.lendable_of(chosen, application.currency)
    return {v.code: v.result for v in checks.judge(application, chosen, lendable, clock.today())}


class TestRelated:
    @pytest.mark.parametrize(
        ("kind", "mine", "theirs"),
        [
            ("PHONE", "+86 138-0013-8000", "13800138000"),
            ("LEGAL_REPRESENTATIVE", "张 三", "张  三 "),
            ("ADDRESS", "Demo Road 1", "demo road 1"),
            ("ACCOUNT", "6222 0000 1111", "622200001111"),
        ],
    )
    def test_what_two_share_makes_them_related(self, world, kind, mine, theirs):
        for organisation, value in ((world.supplier, mine), (world.keeper, theirs)):
            relations.add_trait(organisation=organisation, kind=kind, value=value, source="x", by=None, at=NOON)

        assert related([world.supplier.pk]) == {world.supplier.pk: {world.keeper.pk: [kind]}}

    def test_what_they_declare_counts_as_well(self, world):
        relations.declare(one=world.keeper, other=world.supplier, why="one owner", by=world.reviewer, at=NOON)

        assert related([world.keeper.pk])[world.keeper.pk] == {world.supplier.pk: ["DECLARED"]}

    def test_strangers_are_not_related(self, world):
        relations.add_trait(organisation=world.supplier, kind="PHONE", value="1", source="", by=None, at=NOON)

        assert related([world.supplier.pk, world.keeper.pk]) == {world.supplier.pk: {}, world.keeper.pk: {}}


class TestChecks:
    def test_a_keeper_related_to_the_borrower_stops_the_case(self, world):
        world.stored()
        assert verdicts(world, "WR-1", product="WAREHOUSE")["KEEPER_INDEPENDENT"] == Result.PASS
        for organisation in (world.supplier, world.keeper):
            relations.add_trait(
                organisation=organisation, kind=Trait.Kind.SHAREHOLDER, value="X", source="", by=None, at=NOON
            )

        assert verdicts(world, "WR-1", product="WAREHOUSE")["KEEPER_INDEPENDENT"] == Result.FAIL

    def test_a_related_buyer_is_looked_at_by_a_person(self, world):
        world.order()
        relations.declare(one=world.buyer, other=world.supplier, why="sister", by=None, at=NOON)

        assert verdicts(world, "PO-1", product="ORDER")["BUYER_INDEPENDENT"] == Result.WARN

    def test_a_receipt_above_its_orders_price_stops_the_case(self, world):
        world.order(price=1000)
        world.receipt(price=1001)

        assert verdicts(world, "GR-1")["PRICE_AS_ORDERED"] == Result.FAIL

    def test_in_other_units_the_price_is_compared_for_the_same_goods(self, world):
        names = f"{world.supplier.name},{world.buyer.name}"
        world.bring(ORDER_HEADER + f"PO-1,2031-02-20,{names},CNY,1,虚构铜,KGM,2000,60,60\n")
        world.bring(RECEIPT_HEADER + f"GR-1,2031-02-25,PO-1,{names},CNY,1,虚构铜,吨,1.5,0,60000\n")

        assert verdicts(world, "GR-1")["PRICE_AS_ORDERED"] == Result.PASS

    def test_goods_that_come_back_through_a_friend_stop_the_case(self, world):
        world.order()
        relations.declare(one=world.buyer, other=world.rival, why="sister", by=None, at=NOON)
        assert verdicts(world, "PO-1", product="ORDER")["NO_ROUND_TRIP"] == Result.PASS
        self._sells_back(world)

        assert verdicts(world, "PO-1", product="ORDER")["NO_ROUND_TRIP"] == Result.FAIL

    @staticmethod
    def _sells_back(world: TradeWorld) -> None:
        """The buyer's sister sells the same bearings to the supplier."""
        row = f"PO-9,2031-01-20,{world.rival.name},{world.supplier.name},CNY,1,虚构轴承,件,100,1100,60\n"
        world.bring(ORDER_HEADER + row, owner=world.rival)

    def test_a_control_that_is_switched_off_says_nothing_and_only_where_allowed(self, world, settings):
        world.order(price=1000)
        world.receipt(price=1001)
        with controls.switched_off("PRICE_AS_ORDERED"):
            assert verdicts(world, "GR-1")["PRICE_AS_ORDERED"] == Result.PASS
        settings.CONTROLS_MAY_BE_SWITCHED_OFF = False

        with pytest.raises(controls.ControlsLocked), controls.switched_off("PRICE_AS_ORDERED"):
            pass


class TestPayees:
    def change(self, world: TradeWorld) -> PayeeChange:
        new = account(world.supplier, BankAccount.Purpose.PAYEE, is_verified=False)
        return payees.propose(account_id=new.pk, called="Ms Li, 010-1", said="yes", by=world.reviewer, at=NOON)

    def test_a_changed_account_is_used_only_after_a_cooling_period(self, world):
        change = self.change(world)
        payees.confirm(change_id=change.pk, by=world.second_reviewer, at=NOON)

        soon, later = NOON + timedelta(days=2, hours=23), NOON + timedelta(days=3)
        assert payee_account(world.supplier, "CNY", at=soon) == world.payee
        assert payee_account(world.supplier, "CNY", at=later) == change.account

    def test_one_reviewer_is_not_enough(self, world):
        change = self.change(world)

        with pytest.raises(TakesTwo):
            payees.confirm(change_id=change.pk, by=world.reviewer, at=NOON)
        with pytest.raises(payees.PayeeChangeRefused):
            payees.confirm(change_id=change.pk, by=world.signatory, at=NOON)

    def test_nobody_verifies_without_a_call(self, world):
        new = account(world.supplier, BankAccount.Purpose.PAYEE, is_verified=False)
        with pytest.raises(payees.PayeeChangeRefused):
            payees.propose(account_id=new.pk, called=" ", said="", by=world.reviewer, at=NOON)

    def test_one_person_does_not_confirm_by_sql(self, world):
        self.change(world)
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE parties_payeechange SET state = 'CONFIRMED', decided_by_id = proposed_by_id")
