"""Signing in, and confirming with what only the person has."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm, SetPasswordForm
from django.utils.translation import gettext_lazy as _

from scf.kernel.forms import Form, dress

from .models import User


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
