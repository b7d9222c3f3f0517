"""Lenders' appetites and connections; payments and messages are read-only."""

from django.contrib import admin

from scf.kernel.admin import ReadOnlyAdmin

from .models import Appetite, BankMessage, Connection, Payment, Statement, StatementEntry


@admin.register(Appetite)
class AppetiteAdmin(admin.ModelAdmin):
    """What lenders want."""

    list_display = ("bank", "currency", "products", "amount_min_minor", "amount_max_minor", "is_active")


@admin.register(Connection)
class ConnectionAdmin(admin.ModelAdmin):
    """How lenders are reached; the cursor moves by itself."""

    list_display = ("bank", "gateway", "base_url", "is_active", "silent_since")
    readonly_fields = ("cursor", "silent_since")


for model in (Payment, BankMessage, Statement, StatementEntry):
    admin.site.register(model, ReadOnlyAdmin)
