"""A version of an appetite, and its price list, as its lender's administrator enters them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.domain.pricing import FEE_BP_MAX, SPREAD_BP_MAX, TENOR_DAYS_MAX, Cell, Grade
from scf.domain.rates import Index
from scf.kernel.forms import DateInput, Form
from scf.parties.models import Industry, Organisation

from ..models import Appetite, GradeName
from ..services.appetites import Wanted
from .names import PRODUCT_NAMES, PROVINCES

PRICES_BLANK = 3
AMOUNT: dict[str, Any] = {"min_value": 0, "max_digits": 18, "decimal_places": 4}


class TimeInput(forms.TimeInput):
    """The browser's own time picker."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


def _any(label: Any, choices: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple)


class AppetiteWanted(Form):
    """A version as somebody wants it; nothing ticked means any."""

    name = forms.CharField(
        label=_("Name of this line"), max_length=60,
        help_text=_("A version with the name of an existing line takes its place from its first day on."),
    )  # fmt: skip
    products = _any(_("Products"), list(PRODUCT_NAMES.items()))
    currency = forms.CharField(label=_("Currency"), min_length=3, max_length=3, initial="CNY")
    amount_min = forms.DecimalField(label=_("Smallest amount"), **AMOUNT)
    amount_max = forms.DecimalField(label=_("Largest amount"), **AMOUNT)
    tenor_days_min = forms.IntegerField(label=_("Shortest tenor in days"), min_value=1, initial=1)
    tenor_days_max = forms.IntegerField(label=_("Longest tenor in days"), min_value=1, max_value=TENOR_DAYS_MAX)
    grade_min = forms.ChoiceField(
        label=_("Lowest grade of the borrower"), required=False,
        choices=[("", _("any, graded or not")), *GradeName.choices],
    )  # fmt: skip
    buyers = forms.ModelMultipleChoiceField(
        Organisation.objects.filter(is_buyer=True, is_active=True), label=_("Buyers"), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    warehouses = forms.ModelMultipleChoiceField(
        Organisation.objects.filter(kind=Organisation.Kind.WAREHOUSE, is_active=True), label=_("Warehouses"),
        required=False, widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    industries = _any(_("Industries of borrowers"), Industry.choices)
    regions = _any(_("Where borrowers are registered"), list(PROVINCES.items()))
    target_hours = forms.IntegerField(
        label=_("Answers within (hours)"), min_value=1, max_value=24 * 30, initial=24,
        help_text=_("Hours in the quiet time do not count."),
    )  # fmt: skip
    quiet_from = forms.TimeField(label=_("Quiet from"), required=False, widget=TimeInput())
    quiet_to = forms.TimeField(label=_("Quiet until"), required=False, widget=TimeInput())
    valid_from = forms.DateField(label=_("First day"), widget=DateInput())
    valid_to = forms.DateField(label=_("Last day"), widget=DateInput(), required=False)
    is_stopped = forms.BooleanField(
        label=_("Stop: from the first day on nothing is lent under this line"), required=False
    )
    why = forms.CharField(label=_("Reason"), max_length=200, help_text=_("Your colleague reads it before confirming."))

    MANY = ("products", "buyers", "warehouses", "industries", "regions")

    def clean(self) -> dict[str, Any]:
        """Amounts in the currency's smallest unit."""
        data = super().clean() or {}
        data["currency"] = data.get("currency", "").upper()
        for name in ("amount_min", "amount_max"):
            if name in data and data["currency"]:
                try:
                    data[name] = Money.of(data[name], data["currency"])
                except DomainError:
                    self.add_error(name, _("The currency has no such small unit."))
        return data

    def wanted(self, prices: list[Cell]) -> Wanted:
        """What is asked for."""
        data = {name: value for name, value in self.cleaned_data.items() if name not in ("currency", "why")}
        return Wanted(**data, prices=prices)


def initial_of(row: Appetite) -> dict[str, Any]:
    """An existing version as the form shows it."""
    fields = ("name", "products", "currency", "tenor_days_min", "tenor_days_max", "grade_min", "industries", "regions",
              "target_hours", "quiet_from", "quiet_to", "is_stopped")  # fmt: skip
    return {
        **{name: getattr(row, name) for name in fields},
        "amount_min": row.amount_min.amount, "amount_max": row.amount_max.amount,
        "buyers": [each.pk for each in row.buyers.all()], "warehouses": [each.pk for each in row.warehouses.all()],
    }  # fmt: skip


class PriceRow(Form):
    """One price; an empty row is none."""

    grade = forms.ChoiceField(
        label=pgettext_lazy("of a borrower", "Grade"), required=False,
        choices=[("", _("any grade")), *GradeName.choices],
    )  # fmt: skip
    tenor_days = forms.IntegerField(label=_("Up to (days)"), min_value=1, max_value=TENOR_DAYS_MAX)
    index = forms.ChoiceField(label=_("Index"), choices=[(each.value, each.value) for each in Index])
    spread_bp = forms.IntegerField(label=_("Points in bp"), min_value=-SPREAD_BP_MAX, max_value=SPREAD_BP_MAX)
    fee_bp = forms.IntegerField(
        label=_("One-off fee in bp"), min_value=0, max_value=FEE_BP_MAX, required=False, initial=0
    )

    def has_changed(self) -> bool:
        """A row counts where days or points are written."""
        return any(self.data.get(self.add_prefix(name), "").strip() for name in ("tenor_days", "spread_bp"))

    @property
    def cell(self) -> Cell | None:
        """The price; None of an empty row."""
        data = self.cleaned_data
        if not data.get("tenor_days"):
            return None
        grade = Grade(data["grade"]) if data["grade"] else None
        return Cell(grade, data["tenor_days"], Index(data["index"]), data["spread_bp"], data["fee_bp"] or 0)


PriceRows = forms.formset_factory(PriceRow, extra=PRICES_BLANK, max_num=60, absolute_max=80)


class Answer(Form):
    """Why a version is refused."""

    note = forms.CharField(
        label=_("Why not (for a refusal)"), required=False, max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )
