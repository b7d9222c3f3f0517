"""What people fill in about a pledge: waivers, endorsements, and what a lender does about a margin call."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from scf.domain.money import Money
from scf.domain.perfection import Element
from scf.kernel.forms import DateInput, Form, read_amount


def proof_field() -> forms.CharField:
    """Who signs proves who they are."""
    return forms.CharField(
        label=_("Your password, or the 6-digit code of your authenticator"), strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip


class Waiver(Form):
    """Which element the lender goes without, and why."""

    element = forms.ChoiceField(choices=[(each.value, each.value) for each in Element], widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why you go without it"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class TakingBack(Form):
    """Which evidence does not hold after all, and why."""

    element = forms.ChoiceField(choices=[(each.value, each.value) for each in Element], widget=forms.HiddenInput)
    reason = forms.CharField(label=_("What is wrong with it"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class Endorsement(Form):
    """The supplier's signatory endorses the receipts."""

    proof = proof_field()


class MoreTime(Form):
    """A later deadline for a margin call."""

    deadline = forms.DateField(label=_("New deadline"), widget=DateInput())
    note = forms.CharField(label=_("Why more time"), max_length=500)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["deadline"].widget.attrs["min"] = today.isoformat()


class Sale(Form):
    """The lender has the goods sold."""

    note = forms.CharField(label=_("Why the goods are sold"), max_length=500)
    proof = proof_field()


class CallOff(Form):
    """The goods are not sold after all."""

    note = forms.CharField(label=_("Why they are not sold"), max_length=500)


class Sold(Form):
    """What the goods brought, and who bought them."""

    proceeds = forms.CharField(
        label=pgettext_lazy("sale", "Price"), max_length=30, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    buyer = forms.CharField(label=_("Sold to"), max_length=100)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        self.currency = currency
        super().__init__(*args, **kwargs)

    def clean_proceeds(self) -> Money:
        """Not below nothing, in the loan's currency."""
        money = read_amount(self.cleaned_data["proceeds"], self.currency)
        if money.minor < 0:
            raise forms.ValidationError(_("The price cannot be below nothing."))
        return money
