"""Notices, certificates and the portfolio: what they say, and that they refuse to be printed where they are wrong."""

import io
from dataclasses import replace
from datetime import date

import pytest
from django.utils import translation
from pypdf import PdfReader

from scf.documents import certificates, notices, portfolio
from scf.documents.proofs import DoesNotAddUp, both
from tests.unit import papers
from tests.unit.papers import money


def text_of(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def says(make, language: str, *words: str) -> None:
    with translation.override(language):
        text = text_of(make())
    missing = [word for word in words if word not in text]
    assert not missing, f"{missing} not in {text}"


class TestNotices:
    def test_a_repayment_notice_says_what_when_and_where_to_pay(self):
        make = lambda: notices.render_repayment(papers.REPAYMENT)  # noqa: E731
        says(make, "en", "Repayment notice", "in 12 days", "CNY 605,800.00", "6200 0000 0000 0001", "LN-20310303-0001")
        says(make, "zh-hans", "还款通知书", "还有 12 天", "605,800.00", "付款附言")

    def test_a_notice_after_the_due_date_says_so(self):
        late = replace(papers.REPAYMENT, on=date(2031, 6, 2))
        says(lambda: notices.render_repayment(late), "en", "fell due on 2031-06-01")

    def test_without_an_account_it_says_whom_to_ask(self):
        without = replace(papers.REPAYMENT, payee=None)
        says(lambda: notices.render_repayment(without), "en", "for its account")

    def test_an_overdue_notice_says_how_late_and_what_each_day_costs(self):
        make = lambda: notices.render_overdue(papers.OVERDUE)  # noqa: E731
        says(make, "en", "10 days overdue", "1,087.50", "6.5250 %", "CNY 108.75", "12.34", "608,158.17")
        says(make, "zh-hans", "逾期催收通知书", "罚息", "复利", "逾期 10 天")

    @pytest.mark.parametrize("notice", [papers.REPAYMENT, papers.OVERDUE])
    def test_is_not_printed_where_the_parts_are_not_the_whole(self, notice):
        with pytest.raises(DoesNotAddUp):
            replace(notice, sum=notice.sum + money("0.01"))


class TestCertificates:
    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    def test_are_in_both_languages_whoever_asks(self, language):
        says(lambda: certificates.render_interest(papers.INTEREST), language,
             "利息证明", "Interest certificate", "虚构晨星家居有限公司", "Invented Morning", "9,316.50")  # fmt: skip
        says(lambda: certificates.render_settlement(papers.SETTLED), language,
             "结清证明", "Settlement certificate", "虚构第一银行", "Invented First Bank", "1,000,000.00")  # fmt: skip

    def test_the_rows_of_interest_are_what_the_loans_settled(self):
        with pytest.raises(DoesNotAddUp):
            replace(papers.INTEREST, expected=money("9316.51"))

    def test_a_payment_of_another_period_is_not_certified(self):
        with pytest.raises(DoesNotAddUp):
            replace(papers.INTEREST, last=date(2031, 6, 10))

    def test_no_payment_is_more_interest_than_money(self):
        with pytest.raises(DoesNotAddUp):
            replace(papers.PAYMENTS[0], of_which=money("1.00"))

    def test_a_loan_of_which_something_is_left_is_not_settled(self):
        with pytest.raises(DoesNotAddUp):
            replace(papers.SETTLED, repaid=money("999999.99"))

    def test_what_was_given_up_is_said(self):
        part = replace(papers.SETTLED, repaid=money("900000.00"), written_off=money("100000.00"))
        says(lambda: certificates.render_settlement(part), "en", "given up by the lender", "100,000.00")

    def test_texts_that_are_equal_are_said_once(self):
        assert both(lambda: "CNY") == "CNY"


class TestPortfolio:
    def test_cross_foots_by_product_supplier_age_and_class(self):
        says(lambda: portfolio.render(papers.PORTFOLIO), "en", "2,850,000.00", "64.91 %", "Substandard", "360+ days",
             "are each 2,850,000.00", "over 4 loans")  # fmt: skip
        says(lambda: portfolio.render(papers.PORTFOLIO), "zh-hans", "贷款组合报告", "关注", "次级", "损失", "未逾期")

    def test_without_loans_it_says_so(self):
        says(lambda: portfolio.render(replace(papers.PORTFOLIO, parts=())), "en", "No loan runs on this day.")

    @pytest.mark.parametrize("wrong", [{"repaid": money("1.00")}, {"bucket": "soon"}, {"grade": "A"}])
    def test_a_loan_that_contradicts_itself_is_refused(self, wrong):
        with pytest.raises(DoesNotAddUp):
            replace(papers.HOLDINGS[0], **wrong)
