"""Signing in, and confirming with what only the person has."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm, SetPasswordForm
from django.utils.translation import gettext_lazy as _

from scf.kernel.forms import Form, dress

from .models import Organisation, Trait, User


class SignIn(AuthenticationForm):
    """E-mail and password."""

    username = forms.EmailField(
        label=_("E-mail"), widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"})
    )
    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("E-mail and password do not match. After five tries the sign-in rests for 15 minutes."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)


class CodeForm(Form):
    """A code of the authenticator, or the password."""

    proof = forms.CharField(label=_("Code or password"), widget=forms.PasswordInput(attrs={"autocomplete": "off"}))


class ForgotPassword(PasswordResetForm):
    """The address to which a link is mailed; a person without a password yet gets one too: that is how one begins."""

    def get_users(self, email: str) -> Iterator[User]:
        """The active person with this address, if there is one."""
        return User.objects.filter(email=email.strip().lower(), is_active=True).iterator()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)


class NewPassword(SetPasswordForm):
    """The new password, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)


class Account(Form):
    """A supplier's account to be paid into."""

    number = forms.RegexField(
        label=_("Account number"), regex=r"^[0-9A-Za-z ]{5,40}$", strip=True,
        help_text=_("Digits, or an IBAN. It cannot be changed afterwards."),
    )  # fmt: skip
    currency = forms.RegexField(label=_("Currency"), regex=r"^[A-Z]{3}$", initial="CNY")
    bank_name = forms.CharField(label=_("Bank and branch"), max_length=120)
    bic = forms.RegexField(label=_("BIC"), regex=r"^[A-Za-z0-9]{8}([A-Za-z0-9]{3})?$", required=False)

    def clean_number(self) -> str:
        """Without gaps; as long as a bank takes it."""
        number = "".join(self.cleaned_data["number"].split())
        if len(number) > 34:
            raise forms.ValidationError(_("An account number has 34 characters at most."))
        return number


class Call(Form):
    """Whom a reviewer has called about an account."""

    called = forms.CharField(
        label=_("Whom did you call, on which number?"), max_length=200,
        help_text=_("A number known from before, such as that of the contract; never one from the request itself."),
    )  # fmt: skip
    said = forms.CharField(label=_("What was said"), max_length=300)


class TraitWanted(Form):
    """A fact by which related organisations are found."""

    organisation = forms.ModelChoiceField(Organisation.objects.all(), label=_("Organisation"))
    kind = forms.ChoiceField(label=_("What it is"), choices=Trait.Kind.choices)
    value = forms.CharField(
        label=_("As the source has it"), max_length=200, help_text=_("A name, a telephone number, an address ...")
    )
    source = forms.CharField(
        label=_("Where it was read"), max_length=200, help_text=_("The business register, the contract, a person.")
    )


class AffiliationWanted(Form):
    """Two organisations that are related because somebody says so."""

    one = forms.ModelChoiceField(Organisation.objects.all(), label=_("Organisation"))
    other = forms.ModelChoiceField(Organisation.objects.all(), label=_("is related to"))
    why = forms.CharField(label=_("Who says so, and how they are related"), max_length=200)
