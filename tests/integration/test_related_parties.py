"""Who stands behind whom, goods that go in circles, inflated papers, and changed accounts."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from scf.domain.eligibility import Result
from scf.financing.services import checks
from scf.kernel import clock, controls
from scf.kernel.proposals import TakesTwo
from scf.notifications.models import Notification
from scf.parties.models import BankAccount, PayeeChange, Trait
from scf.parties.selectors import payee_account, related
from scf.parties.services import payees, relations
from tests.factories import NOON, account
from tests.trade_world import ORDER_HEADER, RECEIPT_HEADER, TradeWorld, client_of


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


class TestWritingDown:
    def test_reviewers_write_down_and_see_what_follows(self, world, django_assert_max_num_queries):
        client, page = client_of(world.reviewer), "/parties/related/"
        fact = {"action": "trait", "kind": "PHONE", "value": "138 0013 8000", "source": "contract"}
        for organisation in (world.supplier, world.keeper):
            assert client.post(page, {**fact, "organisation": organisation.pk}).status_code == 302
        assert client.post(page, {**fact, "organisation": world.buyer.pk, "value": "none"}).status_code == 422
        declared = {"action": "declare", "one": world.buyer.pk, "other": world.rival.pk, "why": "sisters"}
        assert client.post(page, declared).status_code == 302
        assert client.post(page, {**declared, "other": world.buyer.pk}).status_code == 422

        with django_assert_max_num_queries(20):
            shown = client.get(page).context["rows"]
        others = {row.pk: [other.pk for other, _why in related] for row, related in shown}
        assert others[world.supplier.pk] == [world.keeper.pk] and others[world.rival.pk] == [world.buyer.pk]

    def test_a_file_brings_facts_and_names_what_is_wrong(self, world, tmp_path, capsys):
        path = tmp_path / "facts.csv"
        path.write_text(
            "organisation,kind,value,source\n"
            f"{world.supplier.code},PHONE,13800138000,register\n{world.keeper.uscc},phone,138-0013-8000,register\n"
            "nobody,PHONE,1,register\n"
            f"{world.buyer.code},SHOE,1,register\n{world.buyer.code},PHONE,none,register\n{world.buyer.code},PHONE,1,\n"
        )
        with pytest.raises(SystemExit):
            call_command("import_related_parties", str(path))

        said = capsys.readouterr()
        assert "2 facts taken, 0 known already, 4 rows not taken" in said.out
        assert [line.split(":")[1:3] for line in said.err.splitlines()] == [
            ["4", " organisation"], ["5", " kind"], ["6", " value"], ["7", " source"],
        ]  # fmt: skip
        assert related([world.supplier.pk])[world.supplier.pk] == {world.keeper.pk: ["PHONE"]}


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

    @pytest.mark.parametrize(
        "attack",
        [
            "UPDATE parties_bankaccount SET verified_at = now() WHERE id = %(new)s",
            "UPDATE parties_bankaccount SET usable_from = NULL WHERE id = %(confirmed)s",
            "UPDATE parties_bankaccount SET verified_at = verified_at - interval '1 hour' WHERE id = %(confirmed)s",
            "UPDATE parties_bankaccount SET number = '1' WHERE id = %(confirmed)s",
            "UPDATE parties_bankaccount SET bic = 'X' WHERE id = %(confirmed)s",
            "UPDATE parties_bankaccount SET purpose = 'PAYEE' WHERE purpose = 'COLLECTION'",
            "UPDATE parties_payeechange SET account_id = %(new)s WHERE account_id = %(confirmed)s",
            "INSERT INTO parties_bankaccount (organisation_id, purpose, number, currency, bank_name, bic, verified_at)"
            " SELECT organisation_id, 'PAYEE', '2', 'CNY', '', '', now() FROM parties_bankaccount LIMIT 1",
        ],
    )
    def test_no_account_is_verified_or_exchanged_by_sql(self, world, attack):
        change = self.change(world)
        payees.confirm(change_id=change.pk, by=world.second_reviewer, at=NOON)
        new = account(world.supplier, BankAccount.Purpose.PAYEE, is_verified=False)

        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attack, {"new": new.pk, "confirmed": change.account_id})

    def test_what_one_refused_another_may_look_at_again(self, world):
        change = self.change(world)
        payees.refuse(change_id=change.pk, note="wrong name", by=world.second_reviewer, at=NOON)

        again = payees.propose(
            account_id=change.account_id, called="Ms Li, 010-1", said="ours", by=world.reviewer, at=NOON
        )
        assert payees.confirm(change_id=again.pk, by=world.second_reviewer, at=NOON).verified_at == NOON

    def test_on_the_pages_and_everybody_concerned_is_told(self, world):
        ours, rival = client_of(world.signatory), client_of(world.applicant)
        first, second = client_of(world.reviewer), client_of(world.second_reviewer)
        given = {"number": "6222 0000 7777", "currency": "CNY", "bank_name": "Demo bank", "bic": ""}
        assert rival.post("/parties/accounts/", given).status_code == 403  # an applicant signs nothing
        assert ours.post("/parties/accounts/", given).status_code == 302
        assert ours.post("/parties/accounts/", given).status_code == 422  # known by now
        new = BankAccount.objects.get(number="622200007777")
        assert new.verified_at is None and "622200007777" in first.get("/parties/payees/").content.decode()

        assert first.post("/parties/payees/", {"account": new.pk, "called": ""}).status_code == 422
        assert first.post("/parties/payees/", {"account": new.pk, "called": "Ms Li", "said": "ours"}).status_code == 302
        decide = f"/parties/payees/{new.changes.get().pk}/decide/"
        assert first.post(decide, {"action": "confirm"}).status_code == 422
        assert second.post(decide, {"action": "confirm"}).status_code == 302

        world.pump()
        new.refresh_from_db()
        assert new.verified_at is not None and new.usable_from == new.verified_at + payees.COOLING
        told = set(Notification.objects.filter(code__startswith="payee.").values_list("code", "membership"))
        assert ("payee.entered", world.reviewer.pk) in told and ("payee.verified", world.applicant.pk) in told
        assert ours.get("/parties/accounts/").status_code == 200
