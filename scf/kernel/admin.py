"""The machine's own rows, to look at."""

from typing import Any

from django.contrib import admin
from django.db import models

from .models import AuditEntry, OutboxMessage


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that administrators look at and never touch: states and money move through services only."""

    def has_add_permission(self, request: Any) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: Any, obj: models.Model | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: Any, obj: models.Model | None = None) -> bool:
        """Never."""
        return False


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """The audit trail."""

    list_display = ("at", "action", "subject", "actor", "actor_organisation")
    list_filter = ("action",)
    search_fields = ("subject", "thread")


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """Promises and how often they were tried."""

    list_display = ("id", "topic", "due_at", "attempts", "delivered_at", "last_error")
    list_filter = ("topic",)
