"""Home pages, search, unread messages, the demo's clock."""

from typing import Any

from django import http, shortcuts
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin, PermissionRequiredMixin
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views import View

from scf.kernel import clock, outbox
from scf.notifications import selectors as notifications
from scf.parties import access
from scf.parties.models import Membership, Role

from . import selectors

DAYS_AT_ONCE_MAX = 400


class Home(LoginRequiredMixin, View):
    """The home page of the acting role."""

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        membership: Membership | None = request.membership  # type: ignore[attr-defined]
        if membership is None:
            return shortcuts.render(request, "desks/nobody.html")
        if access.may(membership, "banks.enter_appetite"):
            return shortcuts.redirect("banks:appetite-list")  # what a lender's administrator is there for
        template, context = _home(membership)
        return shortcuts.render(request, template, {**context, "today": clock.today()})


def _home(membership: Membership) -> tuple[str, dict[str, Any]]:
    now, today = clock.now(), clock.today()
    if membership.role in (Role.APPLICANT, Role.SIGNATORY):
        return "desks/supplier.html", selectors.supplier_home(membership, today)
    if membership.role == Role.REVIEWER:
        return "desks/reviewer.html", selectors.reviewer_home(membership, now)
    if membership.role in (Role.MAKER, Role.CHECKER):
        return "desks/bank.html", selectors.bank_home(membership, now, today)
    if membership.role == Role.CLERK:
        return "desks/clerk.html", selectors.clerk_home(membership, today)
    if access.may(membership, "orders.confirm"):
        return "desks/signer.html", selectors.signer_home(membership, today)
    if access.may(membership, "parties.administer"):
        return "desks/administrator.html", selectors.administrator_home(now)
    return "desks/nobody.html", {}


class Search(LoginRequiredMixin, View):
    """One box for every number and name; a single exact hit opens at once."""

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        text = request.GET.get("q", "").strip()
        membership = request.membership  # type: ignore[attr-defined]
        found = selectors.search(membership, text) if text and membership else {}
        exact = [case for case in found.get("cases", []) if case.number == text.upper()]
        if exact:
            return shortcuts.redirect("financing:case", number=exact[0].number)
        return shortcuts.render(request, "desks/search.html", {"q": text, **found})


class Unread(LoginRequiredMixin, View):
    """The number of unread messages, as a fragment."""

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        membership = request.membership  # type: ignore[attr-defined]
        count = notifications.unread_count(membership) if membership else 0
        return http.HttpResponse(format_html('<span class="count">{}</span>', count) if count else "")


class TryAgain(PermissionRequiredMixin, View):
    """POST: the administrator gives messages that were given up their tries back."""

    permission_required = "parties.administer"

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        count = outbox.try_again(now=clock.now())
        messages.success(request, _("Messages that are tried again: %(count)s.") % {"count": count})
        return shortcuts.redirect("desks:home")


class Clock(LoginRequiredMixin, View):
    """The demo's business clock: see it, move it ahead. Not there in production."""

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        if not settings.DEMO:
            raise http.Http404
        return shortcuts.render(request, "desks/clock.html", {"offset": clock.offset_days()})

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        days = request.POST.get("days", "")
        if not settings.DEMO:
            raise http.Http404
        if not days.isdigit() or not 0 < int(days) <= DAYS_AT_ONCE_MAX:
            messages.error(request, _("Say a number of days between 1 and %(max)s.") % {"max": DAYS_AT_ONCE_MAX})
        else:
            clock.advance(days=int(days))
            messages.success(request, _("The business date is now %(day)s.") % {"day": clock.today()})
        return shortcuts.redirect("desks:clock")
