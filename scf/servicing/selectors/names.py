"""Products, books and causes as people call them."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from scf.ledger.models import Book

PRODUCTS = {
    "ORDER": _("Order finance"), "RECEIPT": _("Goods-receipt finance"), "WAREHOUSE": _("Warehouse-receipt finance"),
}  # fmt: skip
CAUSES = {
    "drawdown": _("Loan paid out"), "repayment": _("Repayment"), "refund": _("Surplus returned"),
    "suspense": _("Into suspense"), "accrual": _("Accrual of the day"),
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


def in_order(books: Iterable[Book]) -> list[Book]:
    """Books by lender and currency, those of products first, suspense last."""
    return sorted(books, key=lambda book: (book.bank.code, book.currency, book.product == "", book.product))
