"""The PDFs, read back."""

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation
from pypdf import PdfReader

from scf.documents import accounts, certificates, contract, notices, portfolio, statements
from scf.domain import schedule
from scf.domain.money import Money
from scf.domain.schedule import Contract
from tests.unit import papers

TERMS = Contract(
    Money(1_000_000_00, "CNY"), Decimal("0.0435"), "ACT/360", date(2031, 3, 3), date(2031, 6, 1), Decimal("1.5"), 3
)
CONTRACT = contract.LoanContract(
    number="FA-20310303-0001", on=date(2031, 3, 3), lender="虚构第一银行", lender_code="91110000TEST00001X",
    borrower="虚构晨星家居有限公司", borrower_code="91110000TEST00002X", buyer="虚构商城",
    product="Goods-receipt finance",
    terms=TERMS, plan=tuple(schedule.plan(TERMS)), cost=schedule.cost(TERMS), conditions="Insured < 3 days & after",
    goods=(("AEG012345", "蜂蜡 Beeswax", Decimal("90.0000"), "kg"),), pricing="4.3500 %, fixed", calendars="China",
)  # fmt: skip


def money(text: str) -> Money:
    return Money.of(text, "CNY")


def line(day: date, amount: str, principal: str, interest: str, after: str, surplus: str = "0") -> statements.Line:
    return statements.Line(
        day=day,
        text="Movement",
        amount=money(amount),
        principal=money(principal),
        interest=money(interest),
        penalty=money("0"),
        compound=money("0"),
        costs=money("0"),
        surplus=money(surplus),
        given_up=money("0"),
        balance_after=money(after),
    )


LINES = (
    line(date(2031, 3, 3), "1000000.00", "1000000.00", "0", "1000000.00"),
    line(date(2031, 3, 13), "401208.33", "-400000.00", "1208.33", "600000.00"),
)
LOAN = statements.LoanStatement(
    number="LN-20310303-0001", lender="虚构第一银行", borrower="虚构晨星家居有限公司",
    buyer="虚构商城", rate="4.3500 %",
    drawdown_date=TERMS.drawdown_date, maturity_date=TERMS.maturity_date, first=date(2031, 3, 1),
    last=date(2031, 3, 31), opening=money("0"), lines=LINES, closing=money("600000.00"), interest_opening=money("0"),
    accrued=money("2585.83"), interest_closing=money("1377.50"), payoff=money("601305.00"),
    plan=tuple(schedule.plan(TERMS)),
)  # fmt: skip
ROW = accounts.LoanRow(
    "LN-1",
    "虚构第一银行",
    money("100.00"),
    money("50.00"),
    money("30.00"),
    money("120.00"),
    money("1.00"),
    money("0.50"),
)
SUPPLIER = accounts.SupplierStatement(
    "SA-star-1", "虚构晨星家居有限公司", "91110000TEST00002X", date(2031, 3, 1), date(2031, 3, 31),
    (accounts.CurrencyPart("CNY", (ROW, ROW)), accounts.CurrencyPart("USD", ())),
)  # fmt: skip
MAKERS = [
    pytest.param(lambda: contract.render(CONTRACT), id="contract"),
    pytest.param(lambda: statements.render_loan(LOAN), id="loan"),
    pytest.param(lambda: accounts.render_supplier(SUPPLIER), id="supplier"),
    pytest.param(lambda: notices.render_repayment(papers.REPAYMENT), id="repayment-notice"),
    pytest.param(lambda: notices.render_overdue(papers.OVERDUE), id="overdue-notice"),
    pytest.param(lambda: certificates.render_interest(papers.INTEREST), id="interest-certificate"),
    pytest.param(lambda: certificates.render_settlement(papers.SETTLED), id="settlement-certificate"),
    pytest.param(lambda: portfolio.render(papers.PORTFOLIO), id="portfolio"),
]


def read(make, language: str) -> tuple[str, PdfReader]:
    with translation.override(language):
        reader = PdfReader(io.BytesIO(make()))
    return "\n".join(page.extract_text() for page in reader.pages), reader


def fonts(reader: PdfReader) -> list[dict]:
    found = [page["/Resources"]["/Font"].get_object() for page in reader.pages]
    return [font.get_object() for resources in found for font in resources.values()]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
class TestEveryDocument:
    def test_is_the_same_bytes_for_the_same_figures(self, make, language):
        with translation.override(language):
            assert make() == make()

    def test_embeds_its_typeface_as_a_subset(self, make, language):
        _text, reader = read(make, language)

        used = [font for font in fonts(reader) if "NotoSansSC" in font["/BaseFont"]]
        assert used and all("/FontFile2" in font["/FontDescriptor"].get_object() for font in used)
        assert all("+" in font["/BaseFont"] for font in used)

    def test_says_who_it_is_and_that_the_platform_holds_no_money(self, make, language):
        text, reader = read(make, language)

        pages = len(reader.pages)
        words = {"en": ("It never holds money", f"Page 1 of {pages}"), "zh-hans": ("平台", f"{pages}")}[language]
        assert all(word in text for word in words)
        assert reader.metadata.title

    def test_keeps_a_small_file(self, make, language):
        with translation.override(language):
            assert len(make()) < 200_000


class TestContract:
    def test_states_the_terms_in_english(self):
        text, _ = read(lambda: contract.render(CONTRACT), "en")
        text = " ".join(text.split())

        for words in ("Loan contract", "CNY 1,000,000.00", "4.3500 %", "ACT/360", "2031-06-01", "10,875.00", "4.48 %",
                      "1.5 times", "6.5250 %", "Insured < 3 days & after", "AEG012345", "Signature"):  # fmt: skip
            assert words in text, words

    def test_states_the_terms_in_chinese(self):
        text, _ = read(lambda: contract.render(CONTRACT), "zh-hans")

        for words in ("借款合同", "虚构第一银行", "1,000,000.00", "10,875.00", "银发〔2003〕251号", "蜂蜡"):
            assert words in text, words

    def test_goes_on_over_pages_and_counts_them(self):
        long = replace(CONTRACT, goods=CONTRACT.goods * 120)

        text, reader = read(lambda: contract.render(long), "en")

        assert len(reader.pages) > 2
        assert f"Page {len(reader.pages)} of {len(reader.pages)}" in text


class TestLoanStatement:
    def test_shows_opening_movements_and_closing(self):
        text, _ = read(lambda: statements.render_loan(LOAN), "en")

        for words in ("Opening", "401,208.33", "−400,000.00", "1,208.33", "600,000.00", "1,377.50", "601,305.00"):
            assert words in text, words

    def test_what_was_settled_is_what_its_lines_settled(self):
        assert LOAN.settled == LOAN.paid == money("1208.33") and not LOAN.given_up

    @pytest.mark.parametrize(
        "wrong",
        [
            {"closing": money("600000.01")},
            {"opening": money("1.00")},
            {"accrued": money("2585.84")},
            {"lines": LINES[:1]},
            {"last": date(2031, 3, 12)},
            {"lines": (LINES[0], replace(LINES[1], balance_after=money("1.00")))},
        ],
    )
    def test_refuses_to_be_made_where_it_does_not_add_up(self, wrong):
        with pytest.raises(statements.DoesNotAddUp):
            replace(LOAN, **wrong)

    def test_a_line_whose_parts_do_not_make_the_whole_is_refused(self):
        with pytest.raises(statements.DoesNotAddUp):
            line(date(2031, 3, 13), "401208.34", "-400000.00", "1208.33", "600000.00")

    def test_a_surplus_that_went_back_is_a_line_too(self):
        assert line(date(2031, 3, 13), "-5.00", "0", "0", "0", surplus="-5.00").surplus == money("-5.00")


class TestSupplierStatement:
    def test_sums_its_loans(self):
        text, _ = read(lambda: accounts.render_supplier(SUPPLIER), "en")

        assert "240.00" in text and "Loans in USD" in text

    def test_a_row_that_does_not_add_up_is_refused(self):
        with pytest.raises(statements.DoesNotAddUp):
            replace(ROW, repaid=money("30.01"))
