"""What a clerk says about a payment that needs a look."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..services.recalls import REASONS


class Settled(forms.Form):
    """What was done."""

    note = forms.CharField(label=_("What the bank answered, what was done"), max_length=300)


class AskBack(forms.Form):
    """Why a payment is asked back; the bank gets the words."""

    reason_code = forms.ChoiceField(label=_("Reason"), choices=list(REASONS.items()))
    note = forms.CharField(label=_("In words, for the bank"), max_length=105)
