"""Signing in, and confirming with what only the person has."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from scf.kernel.forms import Form, dress


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
