"""Which line comes from which order line."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from scf.kernel.forms import Form


class Link(Form):
    """A line, the order line that its goods come from, and how many of the order's units one unit is."""

    line = forms.IntegerField(widget=forms.HiddenInput)
    origin = forms.IntegerField(widget=forms.HiddenInput)
    factor = forms.DecimalField(
        label=_("How many of the order's units one unit is"), required=False, max_digits=18, decimal_places=6,
        min_value=Decimal("0.000001"),
    )  # fmt: skip
