"""What a reviewer says of two papers, or of what a register found."""

from django import forms
from django.utils.translation import gettext_lazy as _


class Reason(forms.Form):
    """Why, in a few words."""

    reason = forms.CharField(
        label=_("What you compared, and what you found"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
    )
