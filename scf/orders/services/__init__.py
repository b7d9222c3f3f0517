"""What can be done to trade documents. Each function of these modules is one transaction."""

from .confirmations import confirm_document, dispute_document, say_paid, void_document
from .entry import DocumentRefused, record_by_form
from .imports import FileOutcome, import_files
from .linking import link_party
from .mappings import save_mapping
from .rows import Upload

__all__ = [
    "DocumentRefused",
    "FileOutcome",
    "Upload",
    "confirm_document",
    "dispute_document",
    "import_files",
    "link_party",
    "record_by_form",
    "save_mapping",
    "say_paid",
    "void_document",
]
