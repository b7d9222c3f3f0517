"""Trade documents with their lines, and what buyers' and keepers' registered signers have said of them."""

from .documents import (
    ColumnMapping,
    DocumentLine,
    ImportBatch,
    ImportedFile,
    TradeDocument,
    WarehouseReceiptDetails,
)
from .signers import ConfirmationRequest, SignerRegistration, SignerWord

__all__ = [
    "ColumnMapping",
    "ConfirmationRequest",
    "DocumentLine",
    "ImportBatch",
    "ImportedFile",
    "SignerRegistration",
    "SignerWord",
    "TradeDocument",
    "WarehouseReceiptDetails",
]
