"""What registered signers fill in, and how they are registered."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from scf.documents.services import FileNotTaken, sniff_attachment
from scf.domain.money import Money
from scf.kernel.forms import Form, read_amount
from scf.parties import refusals
from scf.parties.models import Organisation

PAID_MINOR_MAX = 10**17


def proof_field() -> forms.CharField:
    """Who speaks for an organisation proves who they are."""
    return forms.CharField(
        label=_("Code or password"), widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("The code of your authenticator; without one, your password."),
    )  # fmt: skip


class Word(Form):
    """Confirm or dispute, proved by what only the person has."""

    note = forms.CharField(
        label=_("What is wrong (for a dispute)"), max_length=500, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "You received or owe less than stated? Dispute it and write the quantity that is right; "
            "the supplier brings a corrected paper."
        ),
    )  # fmt: skip
    proof = proof_field()

    def clean(self) -> dict[str, Any]:
        """A dispute says why."""
        found = super().clean() or {}
        if self.data.get("word") not in ("confirm", "dispute"):
            self.add_error(None, _("Choose: it is so, or it is not."))
        if self.data.get("word") == "dispute" and not found.get("note", "").strip():
            self.add_error("note", _("Say what is wrong, with the right figure where one is wrong."))
        return found


class Paid(Form):
    """What the buyer has paid for a receipt's goods to the supplier itself so far."""

    paid = forms.CharField(
        label=_("Paid to the supplier itself so far"), max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text=_(
            "All in all for this receipt, without what went to the lender's account. "
            "A later figure takes the place of this one; 0 takes it back."
        ),
    )  # fmt: skip
    proof = proof_field()

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        self.currency = currency
        super().__init__(*args, **kwargs)

    def clean_paid(self) -> Money:
        """Not below nothing, in the receipt's currency."""
        money = read_amount(self.cleaned_data["paid"], self.currency)
        if not 0 <= money.minor < PAID_MINOR_MAX:
            raise forms.ValidationError(_("What was paid cannot be below nothing, nor a million billions."))
        return money


class SignerWanted(Form):
    """Whom an organisation has authorised."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.filter(Q(is_buyer=True) | Q(kind__in=["BUYER", "WAREHOUSE"]), is_active=True),
        label=_("Buyer or warehouse"),
    )
    name = forms.CharField(label=_("Name"), max_length=80)
    email = forms.EmailField(label=_("E-mail"))
    evidence = forms.FileField(
        label=_("Letter of authority"), help_text=_("Signed and sealed by the organisation: PDF, PNG or JPEG.")
    )

    def clean_evidence(self) -> UploadedFile:
        """A readable paper, by its bytes; they and the kind are kept for the service."""
        file: UploadedFile = self.cleaned_data["evidence"]
        self.content = file.read()
        try:
            self.media_type = sniff_attachment(self.content, file.name or "")
        except FileNotTaken as refusal:
            raise forms.ValidationError(refusals.explain(refusal)) from refusal
        return file
