"""The reports: figures that prove themselves, in every form, for those whose books they are."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from scf.documents.proofs import DoesNotAddUp
from scf.domain.money import Money
from scf.kernel import clock
from scf.ledger.models import Leg
from scf.parties.models import Organisation, Role
from scf.servicing import selectors
from scf.servicing.models import Loan
from scf.servicing.selectors import book_reports
from scf.servicing.selectors.loan_reports import falling_due
from scf.servicing.views import charts
from tests.factories import LendingWorld, member, organisation
from tests.integration.servicing_world import bring, browser, credit, get, noon, repay

pytestmark = pytest.mark.django_db
TODAY = date(2031, 4, 2)
PAGES = ("trial-balance", "subledger", "arrears", "due-calendar", "accrual")


@pytest.fixture(autouse=True)
def _today():
    with clock.pinned(noon(TODAY)):
        yield


@pytest.fixture
def world() -> LendingWorld:
    return LendingWorld()


@pytest.fixture
def busy(world) -> LendingWorld:
    """A loan that runs, one that is overdue, one that is repaid, and money in suspense."""
    world.running, world.late = world.loan(), world.loan(days=20, grace_days=0)
    world.repaid = repay(world, world.loan(amount="5000.00"), "5018.13", TODAY)
    bring(world, credit("7.00", "?", TODAY))
    return world


def sections(answer):
    assert answer.status_code == 200
    return answer.context["sections"]


def rows_of(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


class TestEveryReport:
    @pytest.mark.parametrize("name", PAGES)
    def test_without_loans_says_how_to_begin(self, world, name):
        page = get(world.clerk, name).content.decode()

        assert "nothing to report" in page and "Show all loans" in page

    @pytest.mark.parametrize("name", PAGES)
    def test_bears_any_question(self, busy, name):
        for query in ({"first": "x"}, {"first": "2031-04-02", "last": "2031-03-01"}, {"last": "2099-01-01"},
                      {"lender": "7 OR 1=1"}, {"book": "x"}, {"kind": "CASH"}, {"by": "?"}, {"on": "0001-01-01"},
                      {"after": "9" * 20}, {"loan": "%_'"}, {"party": "''"}, {"format": "exe"}):  # fmt: skip
            assert get(busy.clerk, name, **query).status_code in (200, 422), query

    @pytest.mark.parametrize("name", ["trial-balance", "subledger", "arrears", "due-calendar"])
    def test_is_the_same_in_every_form(self, busy, name):
        asked = {"first": "2031-03-01", "last": "2031-06-30"}
        page = get(busy.clerk, name, **asked)
        lines = sum(len(section.rows) + bool(section.total) for section in sections(page))

        table = rows_of(get(busy.clerk, name, **asked, format="csv"))
        sheet = load_workbook(io.BytesIO(get(busy.clerk, name, **asked, format="xlsx").content)).active
        printed = get(busy.clerk, name, **asked, format="pdf").content

        assert lines and len(table) - 1 == sheet.max_row - 1 == lines
        assert printed == get(busy.clerk, name, **asked, format="pdf").content
        assert "Page 1 of" in PdfReader(io.BytesIO(printed)).pages[0].extract_text()

    @pytest.mark.parametrize("name", PAGES)
    def test_asks_as_much_for_thirty_loans_as_for_three(self, world, name, django_assert_max_num_queries):
        client = browser(world.clerk)
        for _ in range(30):
            world.loan(amount="5000.00")
        client.get(reverse(f"servicing:{name}"))

        with django_assert_max_num_queries(13):
            client.get(reverse(f"servicing:{name}"), {"first": "2031-03-01", "last": "2031-06-30"})

    @pytest.mark.parametrize("name", (*PAGES, "report-list"))
    def test_is_for_the_clerk_and_lenders_alone(self, busy, name):
        found = [get(who, name).status_code for who in (busy.clerk, busy.maker, busy.applicant, busy.reviewer)]

        assert found == [200, 200, 403, 403]

    @pytest.mark.parametrize("name", PAGES)
    def test_of_another_lender_shows_nothing_of_this_one(self, busy, name):
        other = member(organisation(Organisation.Kind.BANK), Role.MAKER)

        for query in ({}, {"lender": busy.bank.code}, {"loan": busy.running.number}, {"party": busy.supplier.name}):
            assert not get(other, name, first="2031-03-01", **query).context.get("sections")

    @pytest.mark.parametrize("name", (*PAGES, "report-list"))
    def test_has_no_inline_style_or_script(self, busy, name):
        page = get(busy.clerk, name, first="2031-03-01", last="2031-06-30").content.decode()

        assert " style=" not in page and "<script>" not in page and " onclick=" not in page


class TestTrialBalance:
    def test_debits_are_credits_in_every_book(self, busy):
        found = sections(get(busy.clerk, "trial-balance", first="2031-03-01"))

        assert len(found) == 2  # the product's book, and suspense
        for section in found:
            figures = [cell.text for cell in section.total[1:]]
            assert figures[0::2] == figures[1::2] and section.proofs

    def test_what_is_closing_today_is_opening_tomorrow(self, busy):
        whole = sections(get(busy.clerk, "trial-balance", first="2031-03-01", last="2031-04-02"))
        after = sections(get(busy.clerk, "trial-balance", first="2031-04-03", last="2031-04-03"))

        closing = {cells[0].text: [cell.text for cell in cells[5:]] for _link, cells in whole[0].rows}
        opening = {cells[0].text: [cell.text for cell in cells[1:3]] for _link, cells in after[0].rows}
        assert closing == opening

    def test_a_line_leads_to_its_legs(self, busy):
        link, cells = sections(get(busy.clerk, "trial-balance", first="2031-03-01"))[0].rows[0]

        legs = sections(browser(busy.clerk).get(link))[0]

        assert cells[0].text == "Loan principal" and legs.rows
        assert legs.total[9].text == cells[5].text

    def test_books_that_do_not_balance_are_not_reported(self, busy, monkeypatch):
        monkeypatch.setattr(book_reports, "_sides", lambda minor: (max(minor, 0) + 1, max(-minor, 0)))

        with pytest.raises(DoesNotAddUp):
            get(busy.clerk, "trial-balance")


class TestSubledger:
    def test_of_a_loan_has_all_its_legs_and_their_events(self, busy):
        table = rows_of(get(busy.clerk, "subledger", first="2031-03-01", loan=busy.repaid.number, format="csv"))

        legs = Leg.objects.filter(transaction__thread=f"servicing.loan:{busy.repaid.pk}")
        assert len(table) == 2 + legs.count()
        assert all(row[11].startswith("servicing.loanevent:") for row in table[1:-1])
        assert {row[4] for row in table[1:-1]} == {busy.repaid.number}

    def test_of_a_supplier_has_the_legs_of_its_loans(self, busy):
        name = busy.supplier.name_en
        assert sections(get(busy.clerk, "subledger", first="2031-03-01", party=name))
        assert not sections(get(busy.clerk, "subledger", first="2031-03-01", party="nobody"))

    def test_pages_by_key_each_leg_once_and_carries_its_balance(self, busy):
        for _ in range(60):
            busy.loan(amount="5000.00")
        asked = {"first": "2031-03-01", "kind": "PRINCIPAL", "book": str(_book(busy))}
        seen, balances, after = [], [], ""
        while after is not None:
            page = get(busy.clerk, "subledger", **asked, after=after)
            found = sections(page)[0]
            seen += [cells[10].text for _link, cells in found.rows]
            balances += [Decimal(cells[9].text.replace(",", "").replace("–", "0")) for _link, cells in found.rows]
            after = page.context["next_after"]

        assert len(seen) == 64 and len(set(seen)) == 64
        assert balances[-1] == Decimal("2300000.00")


def _book(world) -> int:
    from scf.ledger.models import Book

    return Book.objects.get(bank=world.bank, product="RECEIPT").pk


class TestArrears:
    @pytest.mark.parametrize("by", ["supplier", "lender", "product", "buyer", "class"])
    def test_groups_make_the_whole(self, busy, by):
        section = sections(get(busy.clerk, "arrears", by=by))[0]

        assert section.total[2].text == "2,000,000.00" and section.total[4].text == "1,000,000.00"
        assert section.total[-1].text == "50.00 %" and section.chart

    def test_another_loan_of_the_borrower_drags_the_class(self, busy):
        page = get(busy.clerk, "arrears", by="class")

        assert [cells[0].text for _link, cells in sections(page)[0].rows] == ["Special mention"]

    def test_is_of_the_day(self, busy):
        section = sections(get(busy.clerk, "arrears", on="2031-03-20"))[0]

        assert section.total[2].text == "2,005,000.00" and section.total[4].text == "–"


class TestDueCalendar:
    def test_shows_principal_and_interest_by_day_and_month(self, busy):
        asked = {"first": "2031-06-01", "last": "2031-06-30"}
        day, month = (sections(get(busy.clerk, "due-calendar", **asked, by=by))[0] for by in ("day", "month"))

        assert [cell.text for cell in day.rows[0][1]] == [
            "2031-06-01", "1", "1,000,000.00", "10,875.00", "1,010,875.00", "1,010,875.00"]  # fmt: skip
        assert month.rows[0][1][0].text == "2031-06" and month.chart

    def test_what_was_repaid_early_is_no_longer_principal_to_come(self, busy):
        loan = repay(busy, busy.loan(days=60), "400000.00", date(2031, 4, 2))

        (falling,) = [each for each in falling_due(Loan.objects.all(), date(2031, 4, 3)) if each.loan == loan]

        left = Money.of("603625.00", "CNY")
        assert falling.principal == left == selectors.standing(loan, date(2031, 4, 3)).now.principal
        assert falling.charges == left.times(Decimal("0.0435") * 30 / 360)


class TestReportList:
    def test_a_suppliers_clerk_finds_only_the_exports(self, busy):
        theirs = member(busy.supplier, Role.CLERK)

        page = get(theirs, "report-list").content.decode()

        assert reverse("servicing:export-list") in page and reverse("servicing:trial-balance") not in page


class TestCharts:
    def test_stacks_parts_and_leaves_out_what_is_nothing(self):
        cny = lambda minor: Money(minor, "CNY")  # noqa: E731

        found = charts.columns([("a", [cny(100), cny(100)]), ("b", [cny(50), cny(0)])], [("move", "P"), ("bad", "I")])

        assert [piece.height for piece in found.pieces] == [68.0, 68.0, 34.0]
        assert found.highest == "CNY 2.00"

    @pytest.mark.parametrize("rows", [[], [("a", [Money(0, "CNY")])], [("a", [Money(1, "CNY")])] * 121])
    def test_is_none_where_nothing_could_be_seen(self, rows):
        assert charts.columns(rows, [("move", "P")]) is None
