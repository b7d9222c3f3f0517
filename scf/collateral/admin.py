"""Rows of the collateral app: states and money to look at only; commodities and their names are kept here."""

from typing import Any

from django.contrib import admin
from django.db import models

from scf.kernel import audit, clock
from scf.kernel.admin import ReadOnlyAdmin

from .models import (
    Cap,
    CapChange,
    Commodity,
    CommodityName,
    Fingerprint,
    Hit,
    Holding,
    LineCommodity,
    MarketPrice,
    Pledge,
    PledgeLine,
    PriceProposal,
    RegisterRequest,
    Resemblance,
)
from .services import naming

for model in (
    Holding,
    Pledge,
    PledgeLine,
    Fingerprint,
    Resemblance,
    Hit,
    RegisterRequest,
    MarketPrice,
    PriceProposal,
    Cap,
    CapChange,
    LineCommodity,
):
    admin.site.register(model, ReadOnlyAdmin)


class Kept(admin.ModelAdmin):
    """Rows that administrators add and change; nothing that prices or goods hang on is deleted."""

    def has_delete_permission(self, request: Any, obj: models.Model | None = None) -> bool:
        """Never."""
        return False


@admin.register(Commodity)
class CommodityAdmin(Kept):
    """How the prices of a kind of goods are treated."""

    list_display = ("code", "name", "unit", "currency", "haircut", "stale_after_days", "stop_after_days")

    def save_model(self, request: Any, obj: Commodity, form: Any, change: bool) -> None:
        """Save, and write down who changed what goods are lent on at."""
        super().save_model(request, obj, form, change)
        after = {name: str(form.cleaned_data[name]) for name in form.changed_data}
        audit.record(action="commodity.change", subject=obj, by=request.membership, at=clock.now(), after=after)


@admin.register(CommodityName)
class CommodityNameAdmin(Kept):
    """How documents name commodities."""

    list_display = ("value", "kind", "commodity", "grade")

    def has_change_permission(self, request: Any, obj: models.Model | None = None) -> bool:
        """A name is added; what it has recognised stays."""
        return False

    def save_model(self, request: Any, obj: CommodityName, form: Any, change: bool) -> None:
        """Teach the name, and look again at the lines that are nothing known yet."""
        made = naming.add_name(
            commodity=obj.commodity, grade=obj.grade, kind=obj.kind, value=obj.value, by=request.membership,
            at=clock.now(),
        )  # fmt: skip
        obj.pk = made.pk
