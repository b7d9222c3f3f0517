"""Products for administrators; cases are read-only."""

from django.contrib import admin

from scf.kernel.admin import ReadOnlyAdmin

from .models import Application, BankCase, Product


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    """What can be applied for."""

    list_display = (
        "code",
        "advance_rate",
        "haircut",
        "tenor_days_max",
        "indicative_rate",
        "straight_through_max_minor",
    )


for model in (Application, BankCase):
    admin.site.register(model, ReadOnlyAdmin)
