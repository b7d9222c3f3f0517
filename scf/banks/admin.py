"""Connections; what two people decide, payments and messages are read-only."""

from typing import Any

from django.contrib import admin

from scf.kernel import clock
from scf.kernel.admin import ReadOnlyAdmin

from .forms.connections import ConnectionForm
from .models import (
    Appetite,
    BankMessage,
    Connection,
    Licence,
    OutgoingFile,
    Payment,
    Programme,
    Statement,
    StatementEntry,
)
from .services import connecting


@admin.register(Connection)
class ConnectionAdmin(admin.ModelAdmin):
    """How lenders are reached; the cursor moves by itself, and every change is on record."""

    form = ConnectionForm
    list_display = ("bank", "gateway", "is_active", "silent_since")
    readonly_fields = ("cursor", "silent_since", "polled_at")

    def save_model(self, request: Any, obj: Connection, form: Any, change: bool) -> None:
        """By the service that the command uses, too."""
        obj.pk = connecting.connect(
            bank=obj.bank, gateway=obj.gateway, settings=obj.settings, is_active=obj.is_active,
            by=request.membership, at=clock.now(),
        ).pk  # fmt: skip

    def has_delete_permission(self, request: Any, obj: Connection | None = None) -> bool:
        """Never: a line is switched off."""
        return False


for model in (Appetite, Programme, Licence, Payment, BankMessage, OutgoingFile, Statement, StatementEntry):
    admin.site.register(model, ReadOnlyAdmin)
