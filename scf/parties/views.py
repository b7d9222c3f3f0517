"""Signing in and out, switching organisation and language."""

from base64 import b32encode
from typing import Any

import qrcode
from django import http, shortcuts
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.mixins import LoginRequiredMixin
from django.urls import reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views import View
from qrcode.image.svg import SvgPathImage

from scf.domain.errors import DomainError

from . import forms, refusals, services
from .middleware import SESSION_KEY


class SignIn(auth_views.LoginView):
    """The door: e-mail, password, language."""

    template_name = "parties/login.html"
    authentication_form = forms.SignIn
    redirect_authenticated_user = True


class ForgotPassword(auth_views.PasswordResetView):
    """Asks for the address; mails a link where it is known, and says the same where it is not."""

    template_name = "parties/password_form.html"
    email_template_name = "email/password_reset.txt"
    subject_template_name = "email/password_reset_subject.txt"
    form_class = forms.ForgotPassword
    success_url = reverse_lazy("parties:password-reset-done")


class PasswordMailSent(auth_views.PasswordResetDoneView):
    """Says that a mail is on its way."""

    template_name = "parties/password_sent.html"


class NewPassword(auth_views.PasswordResetConfirmView):
    """The link of the mail: choose a new password, once, within three days."""

    template_name = "parties/password_form.html"
    form_class = forms.NewPassword
    success_url = reverse_lazy("parties:login")


def _back(request: http.HttpRequest) -> str:
    """Where the person came from, if that is ours; home otherwise."""
    target = request.POST.get("next") or request.META.get("HTTP_REFERER", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return target
    return shortcuts.resolve_url(settings.LOGIN_REDIRECT_URL)


class SwitchMembership(LoginRequiredMixin, View):
    """POST: act for another organisation or in another role of one's own."""

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        wanted = request.POST.get("membership", "")
        if wanted not in {str(m.pk) for m in request.memberships}:  # type: ignore[attr-defined]
            raise http.Http404
        request.session[SESSION_KEY] = int(wanted)
        return shortcuts.redirect(settings.LOGIN_REDIRECT_URL)


class SwitchLanguage(View):
    """POST: read in another language; remembered on the person and in a cookie."""

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        language = request.POST.get("language", "")
        response = shortcuts.redirect(_back(request))
        if check_for_language(language) and language in dict(settings.LANGUAGES):
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=365 * 24 * 3600, samesite="Lax")
            if request.user.is_authenticated:
                request.user.language = language
                request.user.save(update_fields=["language"])
        return response


class Security(LoginRequiredMixin, View):
    """One's second factor: enrol an authenticator, confirm it, or take it away with the password."""

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        device = services.totp_device(request.user)  # type: ignore[arg-type]
        context: dict[str, Any] = {"device": device, "form": forms.CodeForm()}
        if not device.confirmed:
            image = qrcode.make(device.config_url, image_factory=SvgPathImage, box_size=12)
            context |= {"secret": b32encode(device.bin_key).decode(), "qr": image.to_string(encoding="unicode")}
        return shortcuts.render(request, "parties/security.html", context)

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        proof = request.POST.get("proof", "").strip()
        try:
            services.change_second_factor(user=request.user, proof=proof)  # type: ignore[arg-type]
            messages.success(request, _("Your sign-in settings are changed."))
        except DomainError as refusal:
            messages.error(request, refusals.explain(refusal))
        return shortcuts.redirect("parties:security")
