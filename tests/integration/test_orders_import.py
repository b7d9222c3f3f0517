"""Files become documents once, whoever sends them how often."""

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, connections, transaction

from scf.documents.models import StoredFile
from scf.kernel.models import AuditEntry, OutboxMessage
from scf.orders import services
from scf.orders.gateways import Status
from scf.orders.models import DocumentLine, ImportedFile, TradeDocument
from scf.orders.services import Upload, import_files
from scf.orders.services.linking import LinkRefused
from tests.integration.orders_world import DATA, JD, PLATFORM, SUPPLIER, UBL, World, make_world

pytestmark = pytest.mark.django_db
NOON = datetime(2031, 3, 1, 4, tzinfo=UTC)
ORDER = UBL / "order/oasis-UBL-Order-2.0-Example.xml"
RECEIPT = UBL / "receipt-advice/UBL-ReceiptAdvice-2.0-Example.xml"
INVOICE = UBL / "invoice/oasis-UBL-Invoice-2.0-Example.xml"
CREDIT_NOTE = UBL / "credit-note/oasis-UBL-CreditNote-2.0-Example.xml"


@pytest.fixture
def world() -> World:
    return make_world()


def bring(world: World, *files: Path | bytes):
    uploads = [Upload(f.name, f.read_bytes()) if isinstance(f, Path) else Upload("x", f) for f in files]
    return import_files(files=uploads, owner=world.supplier, by=world.applicant, at=NOON)


class TestImportFiles:
    def test_records_matches_stores_audits_and_tells(self, world):
        (outcome,) = bring(world, ORDER)

        document = outcome.documents[0]
        assert outcome.parsed.status is Status.ACCEPTED
        assert (document.state, document.supplier, document.buyer) == ("MATCHED", world.supplier, world.buyer)
        assert (document.total_minor, document.currency) == (100_00, "GBP")
        (file,) = StoredFile.objects.filter(owner=ImportedFile.objects.get().batch.owner)
        assert file.sha256 == ImportedFile.objects.get().sha256
        assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"document.import", "tradedocument.match"}
        assert OutboxMessage.objects.get(topic="orders.document.recorded").payload == {"document_id": document.pk}

    def test_the_same_file_again_changes_nothing(self, world):
        bring(world, ORDER)
        before = (TradeDocument.objects.count(), DocumentLine.objects.count(), AuditEntry.objects.count())

        (again,) = bring(world, ORDER)

        assert again.parsed.status is Status.DUPLICATE
        assert before == (TradeDocument.objects.count(), DocumentLine.objects.count(), AuditEntry.objects.count())
        assert StoredFile.objects.filter(owner=world.supplier).count() == 1

    def test_the_same_facts_in_other_bytes_are_a_duplicate(self, world):
        bring(world, ORDER)

        (again,) = bring(world, ORDER.read_bytes().replace(b"\n", b"\n  "))

        assert again.parsed.status is Status.DUPLICATE

    def test_the_same_number_with_other_content_is_refused(self, world):
        bring(world, ORDER)
        other = ORDER.read_bytes().replace(b">100</cbc:Quantity>", b">900</cbc:Quantity>")

        (outcome,) = bring(world, other)

        assert outcome.parsed.status is Status.REJECTED
        assert [p.code for p in outcome.parsed.problems][-1] == "NUMBER_REUSED"
        assert DocumentLine.objects.get().ordered == 100

    def test_a_bad_file_does_not_touch_the_good_ones(self, world):
        statuses = [o.parsed.status for o in bring(world, b"<broken", ORDER, b"", RECEIPT)]

        assert statuses == ["rejected", "accepted", "rejected", "accepted"]

    def test_another_suppliers_document_is_refused(self, world):
        (outcome,) = import_files(files=[Upload("o", ORDER.read_bytes())], owner=world.other, by=None, at=NOON)

        assert outcome.parsed.problems[-1].code == "NOT_YOURS"
        assert not TradeDocument.objects.exists()

    def test_an_unknown_buyer_waits_for_the_platform(self, world):
        data = (
            ORDER.read_bytes().replace(b"IYT Corporation", b"Nobody Ltd").replace(b"Bridgtow District Council", b"No")
        )
        (outcome,) = bring(world, data)
        document = outcome.documents[0]
        assert "PARTY_UNKNOWN" in {p.code for p in outcome.parsed.problems} and document.state == "RECORDED"

        services.link_party(document_id=document.pk, role="buyer", organisation=world.buyer, by=world.reviewer, at=NOON)

        linked = TradeDocument.objects.get()
        assert linked.state == "MATCHED" and "PARTY_UNKNOWN" not in {p["code"] for p in linked.problems}
        assert bring(world, data.replace(b"AEG012345", b"AEG2"))[0].documents[0].state == "MATCHED"

    def test_only_a_reviewer_links(self, world):
        with pytest.raises(LinkRefused):
            services.link_party(document_id=0, role="buyer", organisation=world.buyer, by=world.applicant, at=NOON)

    @pytest.mark.parametrize("path", sorted(p for p in DATA.rglob("*") if p.is_file() and p.suffix != ".md"), ids=str)
    def test_every_sample_can_be_imported_twice(self, world, path):
        first, second = bring(world, path)[0].parsed, bring(world, path)[0].parsed

        assert second.status == ("duplicate" if first.status == "accepted" else first.status)


class TestOrigins:
    @pytest.mark.parametrize("files", [(ORDER, RECEIPT, INVOICE), (RECEIPT, INVOICE, ORDER), (INVOICE, ORDER, RECEIPT)])
    def test_the_same_goods_are_joined_in_whatever_order_the_papers_come(self, world, files):
        bring(world, *files)

        root = DocumentLine.objects.get(document__kind="PURCHASE_ORDER")
        others = DocumentLine.objects.exclude(pk=root.pk)
        assert {line.origin_id for line in others} == {root.pk} and others.count() == 2


class TestJd:
    LIST, DETAIL = JD / "purchase-order-list.json", JD / "order-detail.json"

    @pytest.mark.parametrize("names", [("LIST", "DETAIL"), ("DETAIL", "LIST")])
    def test_list_and_detail_complete_each_other(self, world, names):
        bring(world, *(getattr(self, name) for name in names))

        order = TradeDocument.objects.get(number="9000000001")
        receipt = TradeDocument.objects.get(number="9000000001-RK")
        assert order.payment_term_days == 60 and order.lines.count() == 2 and order.total_minor == 54_000_00
        assert (order.state, receipt.state) == ("MATCHED", "MATCHED")
        assert str(receipt.issue_date) == "2026-01-08" if names[0] == "DETAIL" else True
        assert {line.origin.document_id for line in receipt.lines.all()} == {order.pk}

    def test_both_again_are_duplicates(self, world):
        bring(world, self.LIST, self.DETAIL)

        assert [o.parsed.status for o in bring(world, self.DETAIL, self.LIST)] == ["duplicate", "duplicate"]

    def test_goods_that_came_later_become_a_receipt(self, world):
        later = json.loads(self.DETAIL.read_bytes())
        lines = later["jingdong_vc_getdetailbyorderid_responce"]["jos_detail_result_dto"][
            "purchase_allocation_detail_list"
        ]
        for line in lines:
            line["actual_num"] = 0
        bring(world, json.dumps(later).encode())

        (outcome,) = bring(world, self.DETAIL)

        assert outcome.parsed.status is Status.ACCEPTED
        assert TradeDocument.objects.filter(kind="GOODS_RECEIPT").count() == 1


class TestConstraints:
    def attack(self, sql: str) -> None:
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)

    def test_sql_cannot_break_what_money_depends_on(self, world):
        bring(world, ORDER, RECEIPT)

        self.attack("UPDATE orders_tradedocument SET number = ''")
        self.attack("UPDATE orders_tradedocument SET buyer_id = NULL WHERE state = 'MATCHED'")
        self.attack("UPDATE orders_tradedocument SET content_hash = 'same'")
        self.attack("UPDATE orders_documentline SET received = -1")
        self.attack("UPDATE orders_documentline SET origin_id = id")
        self.attack("UPDATE orders_tradedocument SET currency = '' WHERE total_minor IS NOT NULL")


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_document(world):
    statuses = []

    def run() -> None:
        statuses.append(bring(world, ORDER)[0].parsed.status)
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == ["accepted", "duplicate", "duplicate", "duplicate"]
    assert TradeDocument.objects.count() == 1


def test_roles_named_in_this_world_exist(world):
    assert world.supplier.kind == SUPPLIER and world.reviewer.organisation.kind == PLATFORM
