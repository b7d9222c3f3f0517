"""Figures for the papers' tests: one loan, its payments, a portfolio; all of it invented."""

from datetime import date
from decimal import Decimal

from scf.documents import certificates, notices, portfolio
from scf.documents.proofs import Party
from scf.domain.money import Money

LENDER = Party("虚构第一银行", "Invented First Bank", "91110000TEST00001X")
BORROWER = Party("虚构晨星家居有限公司", "Invented Morning Star Home Co., Ltd.", "91110000TEST00002X")


def money(text: str) -> Money:
    """CNY."""
    return Money.of(text, "CNY")


FACTS = notices.LoanFacts(
    number="LN-20310303-0001", lender=LENDER.name, borrower=BORROWER.name, borrower_code=BORROWER.code,
    product="入库单融资", lent=money("1000000.00"), outstanding=money("600000.00"), rate=Decimal("0.0435"),
    basis="ACT/360", drawdown_date=date(2031, 3, 3), maturity_date=date(2031, 6, 1),
)  # fmt: skip
PAYEE = notices.Payee("虚构第一银行回款专户", "6200 0000 0000 0001", "虚构第一银行营业部")
OWED = notices.Owed(money("600000.00"), money("5800.00"), money("0"), money("0"), money("0"))
LATE = notices.Owed(money("600000.00"), money("7008.33"), money("1087.50"), money("12.34"), money("50.00"))
REPAYMENT = notices.RepaymentNotice(
    FACTS, date(2031, 5, 20), date(2031, 6, 1), OWED, money("605800.00"), PAYEE
)  # fmt: skip
OVERDUE = notices.OverdueNotice(
    loan=FACTS, on=date(2031, 6, 11), since=date(2031, 6, 1), days=10, owed=LATE, sum=money("608158.17"),
    penalty_rate=Decimal("0.06525"), per_day=money("108.75"), payee=PAYEE,
)  # fmt: skip

PAYMENTS = (
    certificates.Paid(date(2031, 3, 13), FACTS.number, money("1208.33"), money("0"), money("0"), money("401208.33")),
    certificates.Paid(date(2031, 6, 11), FACTS.number, money("7008.33"), money("12.34"), money("1087.50"),
                      money("608158.17")),
)  # fmt: skip
INTEREST = certificates.InterestCertificate(
    number="IC-star-20310101-20311231", issued_on=date(2032, 1, 5), payer=BORROWER, lender=LENDER,
    first=date(2031, 1, 1), last=date(2031, 12, 31), rows=PAYMENTS, expected=money("9316.50"),
)  # fmt: skip
SETTLED = certificates.SettlementCertificate(
    number="SC-LN-20310303-0001", issued_on=date(2031, 6, 12), loan=FACTS.number, lender=LENDER, borrower=BORROWER,
    drawdown_date=FACTS.drawdown_date, closed_on=date(2031, 6, 11), drawn=money("1000000.00"),
    repaid=money("1000000.00"), written_off=money("0"), interest=money("8216.66"), penalty=money("1087.50"),
    compound=money("12.34"), costs=money("50.00"),
)  # fmt: skip


def holding(serial: int, supplier: str, product: str, left: str, bucket: str, grade: str) -> portfolio.Holding:
    """A loan of a million of which `left` is outstanding."""
    return portfolio.Holding(
        loan=f"LN-20310303-{serial:04d}", supplier=supplier, product=product, drawn=money("1000000.00"),
        repaid=money("1000000.00") - money(left), outstanding=money(left), accrued=money("1234.56"), bucket=bucket,
        grade=grade,
    )  # fmt: skip


HOLDINGS = (
    holding(1, "虚构晨星家居有限公司", "入库单融资", "1000000.00", "CURRENT", "NORMAL"),
    holding(2, "虚构晨星家居有限公司", "订单融资", "600000.00", "1-30", "SPECIAL_MENTION"),
    holding(3, "虚构远山电子有限公司", "入库单融资", "250000.01", "91-270", "SUBSTANDARD"),
    holding(4, "虚构远山电子有限公司", "仓单质押", "999999.99", "360+", "LOSS"),
)
PORTFOLIO = portfolio.Portfolio(
    "PR-bank-20310611", LENDER.name, LENDER.code, date(2031, 6, 11), (portfolio.Part("CNY", HOLDINGS),)
)
