"""Connections and programmes; what two people decide, payments and messages are read-only."""

from django.contrib import admin

from scf.kernel.admin import ReadOnlyAdmin

from .models import Appetite, BankMessage, Connection, Licence, Payment, Programme, Seat, Statement, StatementEntry


@admin.register(Connection)
class ConnectionAdmin(admin.ModelAdmin):
    """How lenders are reached; the cursor moves by itself."""

    list_display = ("bank", "gateway", "base_url", "is_active", "silent_since")
    readonly_fields = ("cursor", "silent_since")


class SeatInline(admin.TabularInline):
    """The lenders of a programme."""

    model = Seat
    extra = 0


@admin.register(Programme)
class ProgrammeAdmin(admin.ModelAdmin):
    """Which cases are placed how."""

    list_display = ("name", "priority", "mode", "valid_from", "valid_to")
    inlines = (SeatInline,)


for model in (Appetite, Licence, Payment, BankMessage, Statement, StatementEntry):
    admin.site.register(model, ReadOnlyAdmin)
