"""The pages of servicing, as each person meets them."""

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from scf.banks.gateways.base import BankUnreachable
from scf.banks.models import Payment
from scf.banks.services import lines
from scf.kernel import clock, outbox
from scf.parties.models import Role
from scf.servicing.models import ExportJob, IncomingPayment, Loan
from tests.factories import LendingWorld, member, organisation
from tests.integration.servicing_world import bring, browser, camt, credit, get, noon, repay

pytestmark = pytest.mark.django_db
TODAY = date(2031, 4, 2)


@pytest.fixture(autouse=True)
def _today():
    with clock.pinned(noon(TODAY)):
        yield


@pytest.fixture
def world() -> LendingWorld:
    return LendingWorld()


@pytest.fixture
def loan(world) -> Loan:
    return world.loan()


class TestLoanList:
    def test_shows_what_is_mine_by_few_queries_however_many(self, world, django_assert_max_num_queries):
        for _ in range(12):
            world.loan(amount="5000.00")
        client = browser(world.clerk)

        with django_assert_max_num_queries(13):
            page = client.get(reverse("servicing:loan-list"))

        assert page.content.decode().count("data-href") == 12

    @pytest.mark.parametrize(("who", "count"), [("clerk", 2), ("maker", 2), ("applicant", 1), ("reviewer", 2)])
    def test_each_sees_its_own(self, world, who, count):
        world.loan()
        world.loan(supplier=organisation())

        assert get(getattr(world, who), "loan-list").content.decode().count("data-href") == count

    def test_chips_tell_running_from_overdue_and_closed(self, world):
        overdue = world.loan(days=10)
        soon = world.loan(days=35)
        closed = repay(world, world.loan(), "1003625.00", TODAY)

        shown = {chip: get(world.clerk, "loan-list", chip=chip).content.decode() for chip in
                 ("running", "due_soon", "overdue", "closed", "all")}  # fmt: skip

        assert [chip for chip, page in shown.items() if f'/{overdue.number}/"' in page] == ["running", "overdue", "all"]
        assert [chip for chip, page in shown.items() if f'/{soon.number}/"' in page] == ["running", "due_soon", "all"]
        assert [chip for chip, page in shown.items() if f'/{closed.number}/"' in page] == ["closed", "all"]

    def test_pages_by_key_and_shows_each_loan_once(self, world):
        for index in range(30):
            world.loan(amount="5000.00", days=90 + index % 3)
        seen, query = [], {}
        for _ in range(2):
            page = get(world.clerk, "loan-list", **query)
            seen += [stand.loan.number for stand in page.context["rows"]]
            query = {"after": page.context["next_after"]}

        assert len(seen) == len(set(seen)) == 30

    @pytest.mark.parametrize("query", [{"after": "x"}, {"due_from": "nonsense"}, {"bank": "7 OR 1=1"}, {"chip": "?"},
                                       {"q": "%_'\""}, {"currency": "XXX"}])  # fmt: skip
    def test_bears_any_query(self, world, loan, query):
        assert get(world.clerk, "loan-list", **query).status_code == 200

    def test_as_a_file_no_cell_is_a_formula(self, world):
        evil = organisation(name="=HYPERLINK(1)", name_en="@SUM(A1)")
        world.loan(supplier=evil)

        text = get(world.clerk, "loan-list", format="csv").content.decode("utf-8-sig")
        sheet = load_workbook(io.BytesIO(get(world.clerk, "loan-list", format="xlsx").content)).active

        assert "'@SUM(A1)" in text and "1000000.00" in text
        cells = [cell for row in sheet.iter_rows() for cell in row]
        assert not [cell for cell in cells if cell.data_type == "f"]
        assert any(cell.value == 1_000_000 for cell in cells)

    def test_an_empty_one_says_how_to_begin(self, world):
        assert "A loan begins when" in get(world.applicant, "loan-list").content.decode()


class TestPdf:
    @pytest.mark.parametrize("who", ["clerk", "maker", "applicant"])
    def test_is_there_for_those_whose_loan_it_is(self, world, loan, who):
        member_ = getattr(world, who)

        for answer in (
            get(member_, "loan-statement", loan.number, month="2031-03"),
            get(member_, "loan-statement", loan.number, first="2031-03-05", last="2031-03-20"),
            get(member_, "supplier-statement", world.supplier.code, month="2031-03"),
        ):
            assert answer.status_code == 200 and answer.content.startswith(b"%PDF")

    @pytest.mark.parametrize(
        "query", [{"month": "2031-01"}, {"month": "2032-01"}, {"first": "2031-03-05", "last": "2031-03-01"}]
    )
    def test_says_why_there_is_none(self, world, loan, query):
        answer = get(world.applicant, "loan-statement", loan.number, **query)

        assert answer.status_code == 422 and "Choose" in answer.content.decode()

    def test_a_supplier_without_loans_of_mine_does_not_exist(self, world, loan):
        other = member(organisation(), Role.APPLICANT)

        assert get(other, "supplier-statement", world.supplier.code).status_code == 404


class TestReconciliation:
    def upload(self, world, *files):
        uploads = [SimpleUploadedFile(name, content) for name, content in files]
        return browser(world.clerk).post(reverse("servicing:statement-upload"), {"statements": uploads})

    def test_tells_what_became_of_each_file(self, world, loan):
        good = camt(world, credit("500.00", loan.number, TODAY), credit("1.00", "?", TODAY))

        page = self.upload(world, ("good.xml", good), ("again.xml", good), ("bad.xml", b"no"), ("empty.xml", b""))

        text = page.content.decode()
        assert page.status_code == 200
        assert "1 to a loan, 1 in suspense" in text and "is known already" in text
        assert text.count("not taken") == 2
        assert IncomingPayment.objects.count() == 2

    def test_a_file_that_is_too_large_is_said_beside_the_others(self, world, settings):
        settings.UPLOAD_BYTES_MAX = 1024 * 1024

        assert "larger than 1 MB" in self.upload(world, ("large.xml", b"x" * (1024 * 1024 + 1))).content.decode()

    def test_no_file_is_an_error_in_the_form(self, world):
        assert self.upload(world).status_code == 422

    def test_a_bank_that_does_not_answer_is_a_sentence(self, world):
        class Silent:
            def fetch_statement(self, account, *, first, last):
                raise BankUnreachable("no answer")

        data = {"fetch-account": world.collection.pk, "fetch-from_date": "2031-03-01", "fetch-to_date": "2031-04-02"}

        with lines.replaced(lambda connection: Silent()):
            page = browser(world.clerk).post(reverse("servicing:statement-fetch"), data)

        assert page.status_code == 422 and "cannot be reached" in page.content.decode()

    def test_suspense_is_allocated_from_a_suggestion(self, world, loan):
        bring(world, credit("1003625.00", "?", TODAY))
        incoming = IncomingPayment.objects.get()
        assert "exactly what pays it off" in get(world.clerk, "incoming", incoming.pk).content.decode()

        browser(world.clerk).post(reverse("servicing:incoming", args=[incoming.pk]), {"number": loan.number})

        assert Loan.objects.get().state == Loan.State.CLOSED

    def test_a_number_that_is_none_stays_in_the_form(self, world, loan):
        bring(world, credit("1.00", "?", TODAY))
        address = reverse("servicing:incoming", args=[IncomingPayment.objects.get().pk])

        page = browser(world.clerk).post(address, {"number": "LN-1"})

        assert page.status_code == 422 and "has no loan LN-1" in page.content.decode()

    def test_suspense_is_set_aside_with_a_reason(self, world, loan):
        bring(world, credit("1.00", "?", TODAY))
        address = reverse("servicing:incoming", args=[IncomingPayment.objects.get().pk])

        assert browser(world.clerk).post(address, {"action": "set_aside", "note": ""}).status_code == 422
        browser(world.clerk).post(address, {"action": "set_aside", "note": "a deposit"})

        assert IncomingPayment.objects.get().state == IncomingPayment.State.SET_ASIDE

    def test_a_surplus_goes_back_once_the_amount_is_typed(self, world, loan):
        repay(world, loan, "1003626.00", TODAY)
        address = reverse("servicing:refund", args=[loan.number])
        client = browser(world.clerk)

        assert client.post(address, {"amount": "2.00"}).status_code == 422
        assert client.post(address, {"amount": "one"}).status_code == 422
        client.post(address, {"amount": "1.00"})

        assert client.post(address, {"amount": "1.00"}).status_code == 422
        assert Payment.objects.filter(kind=Payment.Kind.REFUND).count() == 1

    @pytest.mark.parametrize("who", ["maker", "applicant", "reviewer", "foreign_clerk"])
    def test_is_for_the_platforms_finance_staff_only(self, world, loan, who):
        bring(world, credit("1.00", "?", TODAY))
        person = member(world.buyer, Role.CLERK) if who == "foreign_clerk" else getattr(world, who)
        incoming = IncomingPayment.objects.get()

        answers = [
            get(person, "reconciliation"),
            get(person, "incoming", incoming.pk),
            get(person, "refund", loan.number),
        ]
        posted = browser(person).post(reverse("servicing:statement-upload"))

        assert {answer.status_code for answer in (*answers, posted)} <= {403, 404}


class TestExports:
    def test_are_asked_for_watched_and_downloaded(self, world, loan):
        client = browser(world.clerk)
        client.post(reverse("servicing:export-list"), {"month": "2031-03", "kind": "ALL"})
        job = ExportJob.objects.get()
        row = reverse("servicing:export-row", args=[job.pk])
        assert "every 2s" in client.get(row).content.decode()
        assert client.get(reverse("servicing:export-file", args=[job.pk])).status_code == 404

        outbox.deliver_all(now=noon(TODAY))

        assert "every 2s" not in client.get(row).content.decode()
        assert client.get(reverse("servicing:export-file", args=[job.pk])).content.startswith(b"PK")

    def test_belong_to_the_organisation_that_asked(self, world, loan):
        browser(world.clerk).post(reverse("servicing:export-list"), {"month": "2031-03", "kind": "ALL"})
        outbox.deliver_all(now=noon(TODAY))
        job, other = ExportJob.objects.get(), member(world.supplier, Role.CLERK)

        assert get(other, "export-file", job.pk).status_code == get(other, "export-row", job.pk).status_code == 404
        assert get(world.applicant, "export-file", job.pk).status_code == 403

    @pytest.mark.parametrize("month", ["2032-01", "2030-01", "never", ""])
    def test_say_why_there_are_none(self, world, loan, month):
        page = browser(world.clerk).post(reverse("servicing:export-list"), {"month": month, "kind": "ALL"})

        assert page.status_code == 422 and not ExportJob.objects.exists()

    def test_one_suppliers_statement_is_shown_at_once(self, world, loan):
        query = {"one-supplier": world.supplier.code, "one-month": "2031-03"}

        answer = browser(world.clerk).get(reverse("servicing:export-one"), query, follow=True)

        assert answer.content.startswith(b"%PDF")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_is_there_in_both_languages(world, loan, language):
    repay(world, loan, "1003626.00", TODAY)
    bring(world, credit("1.00", "?", TODAY))
    client = browser(world.clerk, language)
    addresses = [
        reverse("servicing:loan-list"), reverse("servicing:loan", args=[loan.number]), reverse("servicing:export-list"),
        reverse("servicing:reconciliation"), reverse("servicing:refund", args=[loan.number]),
        reverse("servicing:incoming", args=[IncomingPayment.objects.last().pk]),
        reverse("servicing:desk"), reverse("servicing:payers"), reverse("servicing:day-end-list"),
    ]  # fmt: skip

    pages = [client.get(address) for address in addresses]

    assert {page.status_code for page in pages} == {200}
    assert all(f'lang="{language}"' in page.content.decode() for page in pages)
