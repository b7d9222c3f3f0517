"""The same paper is recognised whoever brings it, however it is disguised, and only people of the platform see both."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from scf.collateral import selectors
from scf.collateral.models import Fingerprint, Hit, Resemblance
from scf.collateral.services import fingerprinting, pledging
from scf.collateral.services.fingerprinting import NotYoursToJudge, ReasonMissing, judge
from scf.collateral.services.pledging import Taking
from scf.domain.likeness import Grade
from scf.financing.models import Product
from scf.financing.services import applying
from scf.financing.services.checks import ChecksFailed
from scf.kernel import clock, lifecycle, outbox
from scf.kernel.models import AuditEntry, OutboxMessage
from scf.orders.models import TradeDocument
from scf.orders.services import void_document
from tests.factories import NOON
from tests.trade_world import RECEIPT_HEADER, TradeWorld


@pytest.fixture
def world(db, tmp_path):
    """A supplier's order and receipt, with their fingerprints."""
    made = TradeWorld(tmp_path)
    with made.running():
        made.order("PO-5001")
        made.receipt("GR-7001", of="PO-5001")
        made.pump()
        yield made


def document(number: str, owner=None) -> TradeDocument:
    found = TradeDocument.objects.filter(number=number)
    return found.get(owner=owner) if owner else found.get()


def found_for(number: str, owner=None) -> list[tuple]:
    return [(m.grade, m.stops) for m in selectors.matches([document(number, owner).pk])]


def forged(world: TradeWorld, number: str, *, quantity: int = 90, day: str = "2031-02-25") -> str:
    """The rival brings a receipt of the same buyer, as if the goods were its own."""
    row = f"{number},{day},,{world.rival.name},{world.buyer.name},CNY,1,虚构轴承,件,{quantity},0,1000\n"
    world.bring(RECEIPT_HEADER + row, owner=world.rival)
    world.pump()
    return number


class TestFindings:
    def test_an_order_and_its_receipt_are_no_match(self, world):
        world.receipt("PO-5001", of="PO-5001", quantity=100)  # a buyer that numbers both alike

        assert found_for("GR-7001") == [] == selectors.matches(TradeDocument.objects.values_list("pk", flat=True))
        assert Fingerprint.objects.count() >= 2 and not Hit.objects.exists()

    def test_an_owners_receipts_in_series_are_no_match(self, world):
        world.receipt("GR-7002", of="PO-5001", quantity=10)
        world.receipt("GR-7003", of="PO-5001", quantity=10)

        assert found_for("GR-7002") == []

    def test_the_same_facts_with_another_supplier_stop_both(self, world):
        forged(world, "gr 07001")

        assert found_for("gr 07001") == [(Grade.EXACT, True)] == found_for("GR-7001")
        (hit,) = Hit.objects.all()
        assert (hit.stage, hit.grade, hit.reference) == ("IMPORT", "EXACT", "")
        assert {"facts", "number", "amount"} <= set(hit.agreeing) and "supplier" not in hit.agreeing

    def test_the_same_facts_of_one_owner_wait_for_a_person_until_one_is_lent_on(self, world):
        row = f"GR7001,2031-02-25,,{world.supplier.name},{world.buyer.name},CNY,1,虚构轴承,件,90,0,1000\n"
        world.bring(RECEIPT_HEADER + row)
        assert found_for("GR7001") == [(Grade.EXACT, False)]  # before its own promise is kept
        world.pump()
        assert found_for("GR-7001") == [(Grade.EXACT, False)]

        (line,) = [o.line for o in world.offerables() if o.line.document_number == "GR-7001"]
        pledging.reserve(
            reference="FA-1", thread="t", supplier=world.supplier,
            takings=[Taking(line, line.eligible_quantity, 1, Product.objects.get(code="RECEIPT").terms)],
            by=world.applicant, at=NOON,
        )  # fmt: skip
        (match,) = selectors.matches([document("GR7001").pk], reference="FA-2")
        assert match.stops and match.is_behind_a_case
        assert selectors.matches([document("GR7001").pk], reference="FA-1")[0].stops is False

    @pytest.mark.parametrize(("quantity", "day", "grade"), [(90, "2031-02-27", "STRONG"), (33, "2031-02-25", "WEAK")])
    def test_a_changed_copy_is_similar(self, world, quantity, day, grade):
        forged(world, "GR-7OO1", quantity=quantity, day=day)

        assert found_for("GR-7001") == [(grade, False)]

    def test_a_void_paper_is_no_match(self, world):
        forged(world, "GR-07001")
        void_document(document_id=document("GR-07001").pk, by=None, at=NOON, note="forged")

        assert found_for("GR-7001") == []

    def test_the_same_bytes_in_two_hands(self, world):
        text = "入库单号,采购方,币种,行号,商品名称,单位,实收数量,单价\nXX-42,买方,CNY,1,物,件,3,7\n"
        world.bring(text)
        world.bring(text, owner=world.rival)
        world.pump()

        (match,) = selectors.matches([document("XX-42", world.rival).pk])
        assert match.grade is Grade.EXACT and "file" in match.agreeing

    def test_delivering_twice_and_backfilling_change_nothing(self, world):
        forged(world, "GR-07001")
        before = list(Hit.objects.values()), list(Fingerprint.objects.order_by("pk").values())

        OutboxMessage.objects.filter(topic="orders.document.recorded").update(delivered_at=None, due_at=NOON)
        outbox.deliver_all(now=clock.now())
        call_command("fingerprint_documents")

        assert (list(Hit.objects.values()), list(Fingerprint.objects.order_by("pk").values())) == before

    def test_looking_up_takes_a_few_queries_whatever_the_number(self, world, django_assert_max_num_queries):
        forged(world, "GR-07001")
        ids = list(TradeDocument.objects.values_list("pk", flat=True))
        with django_assert_max_num_queries(7):
            selectors.matches(ids)


class TestCases:
    def test_a_copied_paper_ends_an_application_and_a_similar_one_asks_a_person(self, world):
        forged(world, "GR-07001")
        draft = world.draft("GR-7001")
        with pytest.raises(ChecksFailed) as refusal:
            applying.submit(application_id=draft.pk, by=world.applicant, at=clock.now())
        assert refusal.value.detail["codes"] == ["NOT_FINANCED_ELSEWHERE"]
        assert world.rival.name not in str(refusal.value.detail)

        void_document(document_id=document("GR-07001").pk, by=None, at=NOON, note="forged")
        forged(world, "GR-7001", day="2031-02-27")
        applying.submit(application_id=draft.pk, by=world.applicant, at=clock.now())
        assert draft.checks.get(code="NOT_SIMILAR").result == "WARN"

    def test_a_look_up_for_a_case_is_recorded_with_its_stage_once(self, world):
        forged(world, "GR-07001")
        for _ in range(2):
            (match,) = fingerprinting.check(
                document_ids=[document("GR-7001").pk], stage=Hit.Stage.PLEDGE, reference="FA-9", at=NOON
            )
        assert match.stops and Hit.objects.get(stage="PLEDGE").reference == "FA-9"


class TestJudgements:
    @pytest.fixture
    def alike(self, world) -> Resemblance:
        forged(world, "GR-7001", day="2031-02-27")
        return Resemblance.objects.get()

    def test_different_goods_stop_asking_until_the_papers_are_more_alike(self, world, alike):
        judge(resemblance_id=alike.pk, is_same=False, reason="两批货", by=world.reviewer, at=NOON)
        assert found_for("GR-7001", world.supplier) == []
        assert AuditEntry.objects.get(action="resemblance.call_different").note == "两批货"

        TradeDocument.objects.filter(owner=world.rival).update(issue_date="2031-02-25")
        fingerprinting.check(
            document_ids=TradeDocument.objects.values_list("pk", flat=True), stage="PLEDGE", reference="F", at=NOON
        )
        assert found_for("GR-7001", world.supplier) == [(Grade.EXACT, True)]
        assert Resemblance.objects.get().state == "OPEN"

    def test_the_same_goods_stop_every_case(self, world, alike):
        judge(resemblance_id=alike.pk, is_same=True, reason="one lorry", by=world.reviewer, at=NOON)
        assert found_for("GR-7001", world.supplier) == [(Grade.STRONG, True)]

    def test_exact_ones_are_called_different_by_two_people(self, world):
        forged(world, "GR-07001")
        pair = Resemblance.objects.get()
        first = {"resemblance_id": pair.pk, "is_same": False, "reason": "seen", "at": NOON}
        judge(**first, by=world.reviewer)
        assert found_for("GR-7001") == [(Grade.EXACT, True)]
        with pytest.raises(NotYoursToJudge):
            judge(**first, by=world.reviewer)
        judge(**first, by=world.second_reviewer)

        assert found_for("GR-7001") == []
        fingerprinting.look_again(resemblance_id=pair.pk, reason="a letter came", by=world.reviewer, at=NOON)
        assert found_for("GR-7001") == [(Grade.EXACT, True)]

    def test_needs_a_reviewer_a_reason_and_an_open_pair(self, world, alike):
        given = {"resemblance_id": alike.pk, "is_same": False, "at": NOON}
        for by in (world.applicant, world.maker, world.clerk):
            with pytest.raises(NotYoursToJudge):
                judge(**given, reason="x", by=by)
        with pytest.raises(ReasonMissing):
            judge(**given, reason=" ", by=world.reviewer)
        judge(**given, reason="x", by=world.reviewer)
        with pytest.raises(lifecycle.NotAllowedNow):
            judge(**given, reason="x", by=world.reviewer)


class TestAttacks:
    @pytest.mark.parametrize(
        "attack",
        ["UPDATE collateral_hit SET grade = 'WEAK'", "DELETE FROM collateral_hit",
         "UPDATE collateral_resemblance SET state = 'DIFFERENT', looked_by_id = {by}, looked_at = now()",
         "UPDATE collateral_resemblance SET state = 'DIFFERENT', looked_by_id = {by}, first_looked_by_id = {by}, "
         "looked_at = now()",
         "UPDATE collateral_resemblance SET state = 'SAME'"],
    )  # fmt: skip
    def test_by_sql_are_refused(self, world, attack):
        forged(world, "GR-07001")
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attack.format(by=world.reviewer.pk))
