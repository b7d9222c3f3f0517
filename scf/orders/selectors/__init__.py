"""Reading trade documents; every function takes who asks, or whose they are."""

from .documents import Filters, Page, document_page, documents_visible_to, lines_of, list_documents, related_documents
from .financeable import Deduction, FinanceableLine, financeable_lines
from .goods import LINES_MAX, TooManyLines, unit_prices
from .mappings import mappings_of
from .words import last_word_of_payment, last_word_on, request_about

__all__ = [
    "LINES_MAX",
    "Deduction",
    "Filters",
    "FinanceableLine",
    "Page",
    "TooManyLines",
    "document_page",
    "documents_visible_to",
    "financeable_lines",
    "last_word_of_payment",
    "last_word_on",
    "lines_of",
    "list_documents",
    "mappings_of",
    "related_documents",
    "request_about",
    "unit_prices",
]
