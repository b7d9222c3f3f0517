"""Products, books and causes as people call them."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from scf.domain.rates import Agreement
from scf.kernel.templatetags.figures import percent
from scf.ledger.models import Book

from ..models import IndexName, ResetName

PRODUCTS = {
    "ORDER": _("Order finance"), "RECEIPT": _("Goods-receipt finance"), "WAREHOUSE": _("Warehouse-receipt finance"),
}  # fmt: skip
CAUSES = {
    "drawdown": _("Loan paid out"), "repayment": _("Repayment"), "refund": _("Surplus returned"),
    "suspense": _("Into suspense"), "accrual": _("Accrual of the day"), "fee": _("Fee charged"),
    "penalty": _("Penalty charged"), "waiver": _("Waived"), "rate change": _("Rate changed"),
    "extension": _("Due date extended"), "misuse": _("Use not as agreed"), "write off": _("Written off"),
    "recovery": _("Recovered"), "return": _("Returned within cooling-off"), "reversal": _("Taken back"),
    "buy back": _("Bought back by the supplier"), "passed on": _("Surplus passed on to another loan"),
}  # fmt: skip


def product_name(code: str) -> str:
    """A product; its code where it is not known by name."""
    return str(PRODUCTS.get(code, code))


def book_name(book: Book) -> str:
    """A book by its lender, product and currency."""
    product = product_name(book.product) if book.product else str(_("Money in suspense"))
    return f"{book.bank} · {product} · {book.currency}"


def cause_name(text: str) -> str:
    """What a transaction was booked for; as it is written where there is no word for it."""
    return str(CAUSES.get(text, text))


def formula(agreement: Agreement) -> str:
    """What a rate follows: "LPR 1Y + 85 bp"; empty where it is fixed."""
    if agreement.index is None:
        return ""
    words = {"index": IndexName(agreement.index).label, "points": abs(agreement.spread_bp)}
    text = gettext("%(index)s − %(points)s bp") if agreement.spread_bp < 0 else gettext("%(index)s + %(points)s bp")
    return text % words


def pricing(agreement: Agreement, annual_rate: Decimal) -> str:
    """How a rate is found: "LPR 1Y + 85 bp = 3.85 %, every year on 1 January", or "4.35 %, fixed"."""
    words = {"formula": formula(agreement), "rate": percent(annual_rate).replace("\u202f", " ")}
    if agreement.index is None:
        return gettext("%(rate)s, fixed") % words
    return gettext("%(formula)s = %(rate)s, %(reset)s") % {**words, "reset": ResetName(agreement.reset).label}


def in_order(books: Iterable[Book]) -> list[Book]:
    """Books by lender and currency, those of products first, suspense last."""
    return sorted(books, key=lambda book: (book.bank.code, book.currency, book.product == "", book.product))
