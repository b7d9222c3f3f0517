"""Trade documents in the Django admin: to look at, never to change."""

from django import http
from django.contrib import admin

from .models import (
    ColumnMapping,
    ConfirmationRequest,
    DocumentLine,
    ImportBatch,
    ImportedFile,
    SignerRegistration,
    SignerWord,
    TradeDocument,
    WarehouseReceiptDetails,
)


class ReadOnly(admin.ModelAdmin):
    """Facts come in by services; here they are only read."""

    def has_add_permission(self, request: http.HttpRequest) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, request: http.HttpRequest, obj: object = None) -> bool:
        """Nobody changes."""
        return False

    def has_delete_permission(self, request: http.HttpRequest, obj: object = None) -> bool:
        """Nobody deletes."""
        return False


@admin.register(TradeDocument)
class TradeDocumentAdmin(ReadOnly):
    """Documents by number and owner."""

    list_display = ("number", "kind", "owner", "state", "issue_date", "imported_at")
    list_filter = ("kind", "state")
    search_fields = ("number", "supplier_name", "buyer_name")
    list_select_related = ("owner",)


admin.site.register(
    [
        DocumentLine, WarehouseReceiptDetails, ColumnMapping, ImportBatch, ImportedFile, SignerRegistration, SignerWord,
        ConfirmationRequest,
    ],
    ReadOnly,
)  # fmt: skip
