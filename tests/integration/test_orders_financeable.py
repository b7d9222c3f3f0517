"""What could be financed now, by walking the papers of the same goods."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from scf.orders.selectors import Filters, documents_visible_to, financeable_lines, list_documents
from scf.orders.services import Upload, confirm_document, dispute_document, import_files, void_document
from scf.orders.services.confirmations import NotYoursToConfirm
from tests.integration.orders_world import JD, UBL, World, make_world

pytestmark = pytest.mark.django_db
NOON = datetime(2031, 3, 1, 4, tzinfo=UTC)
OASIS = ["order/oasis-UBL-Order-2.0-Example.xml", "receipt-advice/UBL-ReceiptAdvice-2.0-Example.xml"]
WAREHOUSE = (
    "仓单号,填发日期,存货人,保管人,品名,数量,单价,币种,储存期间止\n"
    "WR-1,2031-01-05,Consortial,虚构仓储有限公司,电解铜,25,60000,CNY,2031-12-31\n"
)


@pytest.fixture
def world() -> World:
    return make_world()


def bring(world: World, *contents: bytes) -> None:
    for content in contents:
        (outcome,) = import_files(files=[Upload("x", content)], owner=world.supplier, by=world.applicant, at=NOON)
        assert outcome.parsed.status == "accepted", outcome


def ubl(*names: str) -> list[bytes]:
    return [(UBL / name).read_bytes() for name in names]


def by_product(world: World) -> dict:
    return {line.product: line for line in financeable_lines(organisation=world.supplier)}


class TestFinanceableLines:
    def test_ninety_of_a_hundred_received_leaves_ten_on_the_order(self, world):
        bring(world, *ubl(*OASIS))

        found = by_product(world)

        order, receipt = found["ORDER"], found["RECEIPT"]
        assert (order.gross_quantity, order.deductions, order.eligible_quantity) == (
            100,
            [("RECEIVED", Decimal(90))],
            10,
        )
        assert (receipt.gross_quantity, receipt.eligible_quantity) == (90, 90)
        assert receipt.root_line_id == order.line_id and receipt.root_capacity_quantity == 100
        assert (
            receipt.unit_price == order.unit_price == 1 and receipt.currency == "GBP"
        )  # 100.00 for 100 kg, though "100.00" is the price
        assert receipt.problems == [] and receipt.evidence == "UPLOADED"

    def test_a_credit_note_takes_from_the_receipt(self, world):
        note = ubl("credit-note/oasis-UBL-CreditNote-2.0-Example.xml")
        bring(world, *ubl(*OASIS, "invoice/oasis-UBL-Invoice-2.0-Example.xml"), *note)

        receipt = by_product(world)["RECEIPT"]

        assert receipt.eligible_quantity <= 90

    def test_jd_quantities_order_less_received_less_not_confirmed(self, world):
        bring(world, (JD / "purchase-order-list.json").read_bytes(), (JD / "order-detail.json").read_bytes())

        found = financeable_lines(organisation=world.supplier)

        orders = {line.description: line for line in found if line.product == "ORDER"}
        assert orders["示例床垫 1.5 米"].eligible_quantity == 4
        assert orders["示例枕头"].deductions == [("RECEIVED", Decimal(180)), ("CANCELLED", Decimal(20))]
        assert {line.eligible_quantity for line in found if line.product == "RECEIPT"} == {36, 180}
        assert all(line.problems == [] for line in found)

    def test_a_warehouse_receipt_stands_for_its_quantity(self, world):
        bring(world, WAREHOUSE.encode())

        line = by_product(world)["WAREHOUSE"]

        assert (line.eligible_quantity, line.unit_price, str(line.due_date)) == (25, 60000, "2031-12-31")
        assert line.problems == []

    def test_an_order_that_the_seller_refused_is_cancelled(self, world):
        refused = (UBL / "order-response/CENBII-RejectOrder-maximal.xml").read_bytes()
        order = (UBL / "order/oasis-UBL-Order-2.0-Example.xml").read_bytes()
        number = refused.split(b"OrderReference>")[1].split(b"ID>")[1].split(b"<")[0]
        bring(world, order.replace(b"AEG012345", number), refused)

        line = by_product(world)["ORDER"]

        assert line.deductions == [("CANCELLED", Decimal(100))] and line.eligible_quantity == 0

    def test_costs_the_same_queries_for_one_document_and_for_many(self, world, django_assert_num_queries):
        for number in range(5):
            bring(
                world,
                *(
                    data.replace(b"AEG012345", b"N%d" % number).replace(b"658398", b"R%d" % number)
                    for data in ubl(*OASIS)
                ),
            )

        with django_assert_num_queries(4):
            assert len(financeable_lines(organisation=world.supplier)) == 10


class TestWords:
    def test_the_buyers_word_is_better_evidence(self, world):
        bring(world, *ubl(OASIS[0]))
        pk = by_product(world)["ORDER"].document_id

        confirm_document(document_id=pk, by=world.purchaser, at=NOON)

        assert by_product(world)["ORDER"].evidence == "CONFIRMED"

    def test_nobody_else_confirms(self, world):
        bring(world, *ubl(OASIS[0]))
        pk = by_product(world)["ORDER"].document_id

        for other in (world.applicant, world.stranger, world.reviewer):
            with pytest.raises(NotYoursToConfirm):
                confirm_document(document_id=pk, by=other, at=NOON)

    @pytest.mark.parametrize(("step", "who"), [(dispute_document, "purchaser"), (void_document, "applicant")])
    def test_disputed_and_void_documents_count_for_nothing(self, world, step, who):
        bring(world, *ubl(OASIS[0]))

        step(document_id=by_product(world)["ORDER"].document_id, by=getattr(world, who), at=NOON, note="wrong")

        assert financeable_lines(organisation=world.supplier) == []


class TestLists:
    def test_each_sees_what_is_theirs(self, world):
        bring(world, *ubl(*OASIS))

        seen = {who: documents_visible_to(getattr(world, who)).count()
                for who in ("applicant", "stranger", "reviewer", "purchaser", "officer")}  # fmt: skip

        assert seen == {"applicant": 2, "stranger": 0, "reviewer": 2, "purchaser": 2, "officer": 0}
        assert documents_visible_to(None).count() == 0

    def test_pages_follow_one_another_without_gap(self, world, django_assert_num_queries):
        for number in range(5):
            bring(world, ubl(OASIS[0])[0].replace(b"AEG012345", b"N%d" % number))

        with django_assert_num_queries(1):
            first = list_documents(world.applicant, filters=Filters(), rows_max=3)
        second = list_documents(world.applicant, filters=Filters(), after=first.next_after, rows_max=3)

        assert [row.number for row in [*first.rows, *second.rows]] == ["N4", "N3", "N2", "N1", "N0"]
        assert second.next_after == ""

    def test_filters_narrow_and_nonsense_is_harmless(self, world):
        bring(world, *ubl(*OASIS))

        def count(after: str = "", **filters) -> int:
            return len(list_documents(world.applicant, filters=Filters(**filters), after=after).rows)

        assert count(kind="GOODS_RECEIPT") == 1 and count(text="aeg") == 1 and count(state="VOID") == 0
        assert count(kind="nonsense", after="nonsense~x") == 2
