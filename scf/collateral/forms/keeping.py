"""What keepers fill in, proved by what only the person has; and what the platform says of a warehouse."""

from django import forms
from django.utils.translation import gettext_lazy as _

from scf.kernel.forms import Form


class Proof(Form):
    """The person's code or password."""

    proof = forms.CharField(
        label=_("Code or password"), widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("The code of your authenticator; without one, your password."),
    )  # fmt: skip


class Count(Proof):
    """What the keeper has counted or measured."""

    quantity = forms.DecimalField(
        label=_("Counted"), min_value=0, max_digits=18, decimal_places=4,
        help_text=_("All of it, whoever it belongs to; for a kind of goods its lots included."),
    )  # fmt: skip
    note = forms.CharField(label=_("How it was counted"), max_length=500, required=False)
    field_order = ("quantity", "note", "proof")


class Capacity(Form):
    """How much a warehouse can hold."""

    capacity = forms.DecimalField(
        label=_("Capacity"), min_value=0, max_digits=18, decimal_places=4, required=False,
        help_text=_("As surveyed by the platform. Leave it out where it is not known."),
    )  # fmt: skip
