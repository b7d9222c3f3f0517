"""What a borrower fills in: the need, a signature, one given ahead, an answer."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from scf.domain.money import Money
from scf.kernel.forms import DateInput, Form

from .fields import MoneyField


class Need(Form):
    """How much, from when, for how long."""

    def __init__(self, *args: Any, available: Money, tenor_days_max: int, today: date, **kwargs: Any) -> None:
        self.available, self.today = available, today
        super().__init__(*args, **kwargs)
        self.fields["amount"] = MoneyField(currency=available.currency, label=_("Amount"))
        self.fields["wanted_on"] = forms.DateField(label=_("Wanted on"), widget=DateInput(attrs={"min": today}))
        self.fields["tenor_days"] = forms.IntegerField(
            label=_("For how many days"), min_value=1, max_value=tenor_days_max,
            help_text=_("At most %(days)s days.") % {"days": tenor_days_max},
        )  # fmt: skip
        self.fields["note"] = forms.CharField(
            label=_("Note to the reviewer"), required=False, widget=forms.Textarea(attrs={"rows": 2})
        )
        for name in self.fields:
            self.fields[name].widget.attrs.setdefault("class", "form-control")

    def clean_amount(self) -> Money:
        """More than the goods carry is refused with the most that would pass."""
        amount: Money = self.cleaned_data["amount"]
        if amount > self.available:
            raise forms.ValidationError(
                _("%(amount)s is more than your papers carry today. The most that passes is %(available)s."),
                params={"amount": amount, "available": self.available},
            )
        if not amount:
            raise forms.ValidationError(_("Ask for more than nothing."))
        return amount

    def clean_wanted_on(self) -> date:
        """Today or later."""
        wanted: date = self.cleaned_data["wanted_on"]
        if wanted < self.today:
            raise forms.ValidationError(_("This day is over. The earliest is %(day)s."), params={"day": self.today})
        return wanted


class Accept(Form):
    """The supplier's signature on one offer."""

    bank_case = forms.IntegerField(widget=forms.HiddenInput)
    has_read = forms.BooleanField(label=_("I have read the contract of this offer"))
    proof = forms.CharField(
        label=_("Your password, or the 6-digit code of your authenticator"), strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip


class AheadWanted(Form):
    """Up to which cost a borrower accepts the first offer ahead."""

    cost_max = forms.DecimalField(
        label=_("At most, in % a year by IRR, everything included"), min_value=Decimal("0.01"), max_value=Decimal(36),
        max_digits=6, decimal_places=4,
    )  # fmt: skip
    valid_to = forms.DateField(label=_("Until (included)"), widget=DateInput())
    proof = forms.CharField(
        label=_("Your password, or the 6-digit code of your authenticator"), strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_to"].initial = today + timedelta(days=3)

    @property
    def terms(self) -> dict[str, Any]:
        """As the service takes them."""
        data = self.cleaned_data
        return {"annual_cost_max": data["cost_max"] / 100, "valid_to": data["valid_to"], "proof": data["proof"]}


class Text(Form):
    """An answer in words, with a file where that says more."""

    text = forms.CharField(label=_("Your answer"), widget=forms.Textarea(attrs={"rows": 3}))
    file = forms.FileField(label=_("A file (PDF, PNG, JPEG)"), required=False)
