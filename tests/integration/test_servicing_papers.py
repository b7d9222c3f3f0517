"""Notices, certificates and the portfolio, as each person gets them."""

import io
from datetime import date

import pytest
from pypdf import PdfReader

from scf.kernel import clock
from scf.parties.models import Organisation, Role
from scf.servicing.models import Loan
from tests.factories import LendingWorld, member, organisation
from tests.integration.servicing_world import browser, get, noon, repay

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


def text_of(answer) -> str:
    assert answer.status_code == 200, answer.content.decode()
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


class TestRepaymentNotice:
    @pytest.mark.parametrize("who", ["clerk", "maker", "applicant"])
    def test_says_what_is_due_at_the_due_date(self, world, loan, who):
        text = text_of(get(getattr(world, who), "repayment-notice", loan.number))

        assert "1,010,875.00" in text and "2031-06-01" in text and world.collection.number in text

    def test_is_the_same_bytes_whoever_asks(self, world, loan):
        assert len({get(who, "repayment-notice", loan.number).content for who in (world.clerk, world.applicant)}) == 1

    def test_of_a_repaid_loan_is_a_sentence(self, world, loan):
        repay(world, loan, "1003625.00", TODAY)

        answer = get(world.applicant, "repayment-notice", loan.number)

        assert answer.status_code == 422 and "is repaid" in answer.content.decode()

    def test_on_another_day_counts_what_was_paid_by_then(self, world, loan):
        repay(world, loan, "400000.00", TODAY)

        before = text_of(get(world.clerk, "repayment-notice", loan.number, on="2031-04-01"))
        after = text_of(get(world.clerk, "repayment-notice", loan.number, on="2031-04-02"))

        assert "Principal left CNY 1,000,000.00" in before and "Principal left CNY 1,000,000.00" not in after


class TestOverdueNotice:
    def test_says_since_when_and_what_each_day_costs(self, world):
        late = world.loan(days=20, grace_days=0)

        text = text_of(get(world.clerk, "overdue-notice", late.number))

        assert "10 days overdue" in text and "CNY 181.69" in text and "Penalty interest" in text

    def test_before_it_is_overdue_is_a_sentence(self, world, loan):
        answer = get(world.applicant, "overdue-notice", loan.number)

        assert answer.status_code == 422 and "is not overdue" in answer.content.decode()


class TestSettlementCertificate:
    def test_of_a_loan_that_runs_says_what_is_owed(self, world, loan):
        answer = get(world.applicant, "settlement-certificate", loan.number)

        assert answer.status_code == 422 and "CNY 1,003,625.00 is still owed" in answer.content.decode()

    def test_of_a_repaid_loan_is_in_both_languages(self, world, loan):
        repay(world, loan, "1003625.00", TODAY)

        text = text_of(get(world.applicant, "settlement-certificate", loan.number))

        assert "结清证明" in text and "Settlement certificate" in text and "3,625.00" in text
        assert loan.supplier.name in text and loan.supplier.name_en in text


class TestInterestCertificate:
    ASKED = {"currency": "CNY", "first": "2031-01-01", "last": "2031-04-02"}

    def test_has_a_row_for_each_payment_of_interest(self, world, loan):
        other = world.loan(amount="5000.00")
        repay(world, loan, "400000.00", date(2031, 3, 13), on=TODAY)
        repay(world, other, "5018.13", TODAY)

        asked = {**self.ASKED, "lender": world.bank.code}
        text = text_of(get(world.applicant, "interest-certificate", world.supplier.code, **asked))

        assert "CNY 1,226.46" in text and loan.number in text and other.number in text and "2 payments" in text

    def test_without_interest_is_a_sentence(self, world, loan):
        asked = {**self.ASKED, "lender": world.bank.code}
        answer = get(world.applicant, "interest-certificate", world.supplier.code, **asked)

        assert answer.status_code == 422 and "no interest" in answer.content.decode()

    @pytest.mark.parametrize("asked", [{}, {"lender": "nobody"}, {"first": "2031-05-01"}])
    def test_leads_back_where_nothing_was_chosen(self, world, loan, asked):
        query = {**self.ASKED, "lender": world.bank.code, **asked} if asked else {}

        assert get(world.applicant, "interest-certificate", world.supplier.code, **query).status_code == 302


class TestPortfolio:
    def test_sums_the_lenders_running_loans(self, world, loan):
        world.loan(days=20, grace_days=0)
        repay(world, world.loan(amount="5000.00"), "5018.13", TODAY)

        for who in (world.maker, world.clerk):
            text = text_of(get(who, "portfolio-report", world.bank.code))
            assert "2,000,000.00" in text and "over 2 loans" in text and "Special mention" in text

    def test_of_a_day_before_any_loan_says_so(self, world, loan):
        assert "No loan runs" in text_of(get(world.maker, "portfolio-report", world.bank.code, on="2031-03-02"))

    def test_asks_as_much_for_many_loans_as_for_few(self, world, django_assert_max_num_queries):
        for _ in range(12):
            world.loan(amount="5000.00")
        client = browser(world.clerk)

        with django_assert_max_num_queries(12):
            client.get(f"/servicing/lenders/{world.bank.code}/portfolio.pdf")


@pytest.mark.parametrize("name", ["repayment-notice", "overdue-notice", "settlement-certificate"])
def test_papers_of_a_loan_do_not_exist_for_strangers(world, loan, name):
    strangers = [member(organisation(), Role.APPLICANT), member(organisation(Organisation.Kind.BANK), Role.MAKER)]

    assert {get(stranger, name, loan.number).status_code for stranger in strangers} == {404}


def test_a_portfolio_is_its_lenders_and_the_clerks_alone(world, loan):
    other = member(organisation(Organisation.Kind.BANK), Role.MAKER)

    found = {who: get(who, "portfolio-report", world.bank.code).status_code
             for who in (other, world.applicant, world.reviewer, world.clerk, world.maker)}  # fmt: skip

    assert list(found.values()) == [404, 403, 403, 200, 200]


def test_an_interest_certificate_does_not_exist_for_strangers(world, loan):
    other = member(organisation(), Role.APPLICANT)

    assert get(other, "interest-certificate", world.supplier.code).status_code == 404
