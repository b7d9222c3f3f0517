"""Reading trade documents; every function takes who asks, or whose they are."""

from .documents import Filters, Page, document_page, documents_visible_to, lines_of, list_documents, related_documents
from .financeable import Deduction, FinanceableLine, financeable_lines
from .mappings import mappings_of

__all__ = [
    "Deduction",
    "Filters",
    "FinanceableLine",
    "Page",
    "document_page",
    "documents_visible_to",
    "financeable_lines",
    "lines_of",
    "list_documents",
    "mappings_of",
    "related_documents",
]
