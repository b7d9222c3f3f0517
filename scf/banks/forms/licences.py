"""A lender's licence, as its administrator enters it."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.domain.licences import SINGLE_SHARE
from scf.domain.money import Money
from scf.kernel.forms import DateInput, Form

from ..models import LicenceKindName
from ..services.licences import Wanted

HUNDRED = Decimal(100)


class LicenceWanted(Form):
    """A licence as it is printed, with the capital that its limits are measured by."""

    kind = forms.ChoiceField(label=_("Licensed as"), choices=LicenceKindName.choices)
    number = forms.CharField(label=_("Number of the licence"), max_length=60)
    currency = forms.CharField(label=_("Currency"), min_length=3, max_length=3, initial="CNY")
    net_capital = forms.DecimalField(
        label=_("Net capital"), min_value=0, max_digits=18, decimal_places=4,
        help_text=_("A small-loan company enters the net assets of the year before."),
    )  # fmt: skip
    single_share = forms.DecimalField(
        label=_("To one borrower at most, in % of it"), min_value=0, max_value=100, max_digits=5, decimal_places=2,
        initial=SINGLE_SHARE * HUNDRED,
    )  # fmt: skip
    burden_max = forms.DecimalField(
        label=_("Highest yearly cost in %, fees included"), min_value=0, max_value=100, max_digits=6, decimal_places=2,
        required=False,
    )  # fmt: skip
    regions = forms.CharField(
        label=_("Regions of borrowers"), max_length=200, required=False,
        help_text=_("Digits of GB/T 2260, with commas: 35 is Fujian, 3501 Fuzhou. Empty: everywhere."),
    )  # fmt: skip
    valid_from = forms.DateField(label=_("First day"), widget=DateInput())
    valid_to = forms.DateField(label=_("Last day"), widget=DateInput(), required=False)

    def clean_regions(self) -> list[str]:
        """Two to six digits each."""
        codes = [code.strip() for code in self.cleaned_data["regions"].replace("，", ",").split(",") if code.strip()]
        if any(not (code.isascii() and code.isdigit() and 2 <= len(code) <= 6) for code in codes):
            raise forms.ValidationError(_("Write two to six digits for each region, with commas between them."))
        return codes

    def clean(self) -> dict[str, Any]:
        """The capital in the currency's smallest unit; shares as fractions."""
        data = super().clean() or {}
        if "net_capital" in data and "currency" in data:
            try:
                data["net_capital"] = Money.of(data["net_capital"], data["currency"].upper())
            except DomainError:
                self.add_error("net_capital", _("The currency has no such small unit."))
        for name in ("single_share", "burden_max"):
            if data.get(name) is not None:
                data[name] = data[name] / HUNDRED
        return data

    @property
    def wanted(self) -> Wanted:
        """What is entered."""
        return Wanted(**{name: value for name, value in self.cleaned_data.items() if name != "currency"})
