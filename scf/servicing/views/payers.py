"""By what payments are known: what persons' decisions taught, and accounts that stand for a supplier or a loan."""

from django import http, shortcuts
from django.contrib import messages
from django.utils.translation import gettext as _
from django.views import View

from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.parties import refusals

from .. import forms
from ..selectors import payers as selectors
from ..services import payers
from .base import PlatformOnly

SHOWN = 50


class Payers(PlatformOnly, View):
    """What is known, each with a switch; and a form for a virtual account."""

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page."""
        return self._page(request, forms.OpenAccount())

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """Switch a rule, close an account, or open one."""
        by, at = self.membership, clock.now()
        rule, account = request.POST.get("rule", ""), request.POST.get("account", "")
        if rule.isdecimal():
            found = shortcuts.get_object_or_404(selectors.rules(), pk=int(rule))
            payers.switch(rule_id=found.pk, is_on="on" in request.POST, by=by, at=at)
        elif account.isdecimal():
            row = shortcuts.get_object_or_404(selectors.virtual_accounts(), pk=int(account))
            payers.close_account(account_id=row.pk, by=by, at=at)
        else:
            form = forms.OpenAccount(request.POST)
            if not form.is_valid():
                return self._page(request, form, status=422)
            try:
                payers.open_account(**form.cleaned_data, by=by, at=at)
            except DomainError as refusal:
                form.add_error(None, refusals.explain(refusal))
                return self._page(request, form, status=refusals.status_of(refusal))
        messages.success(request, _("Noted."))
        return shortcuts.redirect("servicing:payers")

    def _page(self, request: http.HttpRequest, form: forms.OpenAccount, *, status: int = 200) -> http.HttpResponse:
        after = request.GET.get("after", "")
        found = selectors.rules()
        found = found.filter(pk__lt=int(after)) if after.isdecimal() and len(after) < 19 else found
        rows = list(found[: SHOWN + 1])
        context = {
            "form": form,
            "rules": rows[:SHOWN],
            "next_after": rows[SHOWN - 1].pk if len(rows) > SHOWN else None,
            "accounts": list(selectors.virtual_accounts()[:SHOWN]),
        }
        return shortcuts.render(request, "servicing/payers.html", context, status=status)
