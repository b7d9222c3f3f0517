"""The pages of documents, as each person meets them."""

import uuid
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from scf.orders.models import ColumnMapping, TradeDocument
from scf.orders.services import Upload, import_files
from tests.integration.orders_world import UBL, World, make_world

pytestmark = pytest.mark.django_db
NOON = datetime(2031, 3, 1, 4, tzinfo=UTC)
FILES = ["order/oasis-UBL-Order-2.0-Example.xml", "receipt-advice/UBL-ReceiptAdvice-2.0-Example.xml"]
LINE = {"lines-TOTAL_FORMS": "2", "lines-INITIAL_FORMS": "0", "lines-0-description": "螺母", "lines-0-quantity": "10",
        "lines-0-unit_price": "2.50", "lines-0-unit": "EA"}  # fmt: skip
ORDER = {"number": "PO-9", "issue_date": "2031-01-02", "buyer": "IYT Corporation", "currency": "CNY"}


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def order(world) -> TradeDocument:
    uploads = [Upload(name, (UBL / name).read_bytes()) for name in FILES]
    return import_files(files=uploads, owner=world.supplier, by=world.applicant, at=NOON)[0].documents[0]


def browser(membership) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(membership.user, backend="scf.parties.backends.ActingBackend")
    return client


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


class TestDocuments:
    def test_the_list_shows_what_is_mine_by_few_queries(self, world, order, django_assert_max_num_queries):
        client = browser(world.applicant)

        with django_assert_max_num_queries(6):
            page = client.get(reverse("orders:document-list"))

        assert page.status_code == 200 and "AEG012345" in page.content.decode()
        assert "AEG012345" not in browser(world.stranger).get(reverse("orders:document-list")).content.decode()

    def test_the_page_shows_the_life_of_the_goods(self, world, order):
        page = browser(world.applicant).get(reverse("orders:document-detail", args=[order.pk])).content.decode()

        assert "658398" in page and order.content_hash in page and order.file.sha256 in page

    @pytest.mark.parametrize("who", ["stranger", "officer"])
    @pytest.mark.parametrize("name", ["document-detail", "document-file"])
    def test_strangers_find_nothing(self, world, order, who, name):
        assert browser(getattr(world, who)).get(reverse(f"orders:{name}", args=[order.pk])).status_code in (403, 404)

    def test_the_original_comes_back_byte_for_byte_as_a_download(self, world, order):
        answer = browser(world.applicant).get(reverse("orders:document-file", args=[order.pk]))

        assert answer.content == (UBL / FILES[0]).read_bytes()
        assert answer["Content-Disposition"].startswith("attachment")

    def test_the_reviewer_links_an_unknown_buyer(self, world):
        data = (
            (UBL / FILES[0]).read_bytes().replace(b"IYT Corporation", b"Ny").replace(b"Bridgtow District Council", b"N")
        )
        (outcome,) = import_files(files=[Upload("x", data)], owner=world.supplier, by=None, at=NOON)
        pk = outcome.documents[0].pk
        client = browser(world.reviewer)

        assert "Who is meant?" in client.get(reverse("orders:document-detail", args=[pk])).content.decode()
        client.post(reverse("orders:document-link", args=[pk]), {"role": "buyer", "organisation": world.buyer.pk})

        assert TradeDocument.objects.get().buyer == world.buyer


class TestUpload:
    def test_several_at_once_without_script(self, world):
        files = [upload("a.xml", (UBL / FILES[0]).read_bytes()), upload("b.pdf", b"%PDF-1.7"), upload("c", b"")]

        page = (
            browser(world.applicant).post(reverse("orders:upload"), {"documents": files}, follow=True).content.decode()
        )

        assert "AEG012345" in page and "PDF" in page and "EMPTY" in page

    def test_one_by_one_for_the_script(self, world):
        files = upload("a.xml", (UBL / FILES[0]).read_bytes())

        answer = browser(world.applicant).post(
            reverse("orders:upload"), {"documents": files}, headers={"accept": "application/json"}
        )

        (file,) = answer.json()["files"]
        assert file["status"] == "accepted" and file["documents"][0]["url"]

    def test_too_large_is_said_before_it_is_read(self, world, settings):
        settings.UPLOAD_BYTES_MAX = 10

        page = browser(world.applicant).post(reverse("orders:upload"), {"documents": upload("a", b"x" * 11)})

        assert "larger than" in page.content.decode() and not TradeDocument.objects.exists()

    def test_only_suppliers_upload(self, world):
        assert browser(world.reviewer).get(reverse("orders:upload")).status_code == 403
        assert browser(world.applicant).get(reverse("orders:upload")).status_code == 200
        assert Client().get(reverse("orders:upload")).status_code == 302

    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    def test_templates_download(self, world, form):
        answer = browser(world.applicant).get(reverse("orders:template", args=["warehouse_receipt", "zh", form]))

        assert answer.status_code == 200 and len(answer.content) > 100


class TestForms:
    @pytest.mark.parametrize("kind", ["order", "receipt_advice", "warehouse_receipt"])
    def test_a_document_is_recorded_once(self, world, kind):
        address = reverse("orders:document-new", args=[kind])
        client = browser(world.applicant)
        assert client.get(address).status_code == 200
        data = {
            **ORDER,
            **LINE,
            "key": str(uuid.uuid4()),
            "warehouse": "虚构仓储有限公司",
            "place": "上海",
            "stored_to": "2031-12-31",
        }

        answers = [client.post(address, data), client.post(address, data)]

        assert [answer.status_code for answer in answers] == [302, 302]
        document = TradeDocument.objects.get()
        assert document.state == "MATCHED" and document.lines.get().quantity == 10

    def test_an_empty_form_says_what_is_missing(self, world):
        empty = {"lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0"}

        answer = browser(world.applicant).post(reverse("orders:document-new", args=["order"]), empty)

        assert answer.status_code == 422 and "error-summary" in answer.content.decode()


class TestColumns:
    def test_learned_from_a_sheet_and_used_at_the_next_upload(self, world):
        client = browser(world.applicant)
        sheet = b"Ref,Menge,Preis\nA1,5,2.00\n"
        shown = client.post(reverse("orders:mapping-list"), {"kind": "order", "file": upload("s.csv", sheet)})
        assert "Menge" in shown.content.decode()

        columns = {"number": "Ref", "ordered": "Menge", "unit_price": "Preis"}
        chosen = {"name": "ERP", "kind": "order", "names": ["Ref", "Menge", "Preis"], **columns}
        assert client.post(reverse("orders:mapping-save"), chosen).status_code == 302
        mapping = ColumnMapping.objects.get()
        client.post(reverse("orders:upload"), {"documents": upload("s.csv", sheet), "mapping": mapping.pk})

        assert TradeDocument.objects.get().lines.get().ordered == 5
        assert "ERP" in client.get(reverse("orders:mapping-list")).content.decode()

    def test_a_strangers_columns_cannot_be_deleted(self, world):
        mapping = ColumnMapping.objects.create(organisation=world.supplier, name="x", kind="order", mapping={})

        answer = browser(world.stranger).post(reverse("orders:mapping-delete", args=[mapping.pk]))

        assert answer.status_code == 404 and ColumnMapping.objects.exists()
