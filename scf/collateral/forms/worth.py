"""What those who keep prices and limits fill in."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from scf.domain.caps import Level
from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.kernel.forms import DateInput, Form
from scf.parties.models import Organisation

from ..models import Commodity, LevelName
from ..services.caps import Wanted

FILE_BYTES_MAX = 1024 * 1024
KINDS = {"SUPPLIER", "BUYER", "WAREHOUSE", "BANK"}


class PriceRead(Form):
    """One price as it was published."""

    commodity = forms.ModelChoiceField(Commodity.objects.order_by("code"), label=_("Commodity"))
    grade = forms.CharField(label=_("Grade"), max_length=40, required=False)
    as_of = forms.DateField(label=_("Day of the price"), widget=DateInput())
    price = forms.DecimalField(
        label=_("Price for one unit"), max_digits=24, decimal_places=8,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
        help_text=_("In the commodity's currency and unit. It may be zero or below: then nothing is lent on it."),
    )  # fmt: skip
    origin = forms.CharField(label=_("Where you read it"), max_length=300)


class GoodsAre(Form):
    """Which commodity and grade a line of stored goods is."""

    line = forms.IntegerField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=_("Which goods these are"))

    def __init__(self, *args: Any, choices: Sequence[tuple[tuple[int, str], Commodity, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kinds = {f"{commodity.pk}:{grade}": (commodity, grade) for _key, commodity, grade in choices}
        named = ((key, f"{commodity} {grade} · {commodity.unit}") for key, (commodity, grade) in self._kinds.items())
        self.fields["kind"].choices = [("", _("Choose")), *named]  # type: ignore[attr-defined]

    @property
    def said(self) -> tuple[Commodity, str]:
        """The commodity and grade."""
        return self._kinds[self.cleaned_data["kind"]]


class PriceFile(Form):
    """A CSV file of prices."""

    file = forms.FileField(
        label=_("CSV file"), widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=_(
            "First line: commodity,as_of,price and where known grade,currency,unit. Then for example: "
            "copper,2025-05-20,68250.50"
        ),
    )  # fmt: skip
    origin = forms.CharField(label=_("Where you read it"), max_length=200)

    def clean_file(self) -> Any:
        """Not larger than a table of prices that people compare can be."""
        file = self.cleaned_data["file"]
        if file.size > FILE_BYTES_MAX:
            raise forms.ValidationError(_("The file is larger than 1 MB. Split it."))
        return file


class CapWanted(Form):
    """A limit as somebody wants it."""

    level = forms.ChoiceField(label=_("Level"), choices=LevelName.choices)
    organisation = forms.ModelChoiceField(
        Organisation.objects.filter(is_active=True, kind__in=KINDS), label=_("Organisation"), required=False,
        help_text=_("Whose exposure is limited. Leave it out for a commodity."),
    )  # fmt: skip
    commodity = forms.ModelChoiceField(Commodity.objects.order_by("code"), label=_("Commodity"), required=False)
    lender = forms.ModelChoiceField(
        Organisation.objects.filter(is_active=True, kind="BANK"), label=_("For one lender only"), required=False
    )
    currency = forms.CharField(label=_("Currency"), min_length=3, max_length=3, initial="CNY")
    limit = forms.DecimalField(label=_("Limit"), min_value=0, max_digits=18, decimal_places=4)
    valid_from = forms.DateField(label=_("Valid from"), widget=DateInput())
    valid_to = forms.DateField(label=_("Last day"), widget=DateInput(), required=False)
    why = forms.CharField(label=_("Reason"), max_length=200)

    def clean(self) -> dict[str, Any]:
        """Whose limit it is, and an amount in the currency's smallest unit."""
        data = super().clean() or {}
        is_commodity = data.get("level") == Level.COMMODITY
        field = "commodity" if is_commodity else "organisation"
        if not data.get(field):
            self.add_error(field, _("Choose whose limit it is."))
        if "limit" in data and "currency" in data:
            try:
                data["amount"] = Money.of(data["limit"], data["currency"].upper())
            except DomainError:
                self.add_error("limit", _("The currency has no such small unit."))
        return data

    @property
    def wanted(self) -> Wanted:
        """What is asked for."""
        data = self.cleaned_data
        whom = data["commodity"] if data["level"] == Level.COMMODITY else data["organisation"]
        return Wanted(data["level"], whom, data["amount"], data["valid_from"], data["valid_to"], data["lender"])
