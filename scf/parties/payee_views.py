"""Accounts to be paid into: suppliers enter them, one reviewer calls back, another one confirms."""

# budget: one desk: rows, forms and decisions of accounts
from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.utils.translation import gettext as _
from django.views import generic

from scf.domain.errors import DomainError
from scf.kernel import clock

from . import access, forms, refusals, selectors
from .models import BankAccount, Membership, PayeeChange
from .services import payees

PAGE = 50


class Guarded(PermissionRequiredMixin):
    """Lets in who has the permission; knows for whom the person acts."""

    request: http.HttpRequest

    @property
    def membership(self) -> Membership:
        """The acting membership; present wherever a permission was granted."""
        return self.request.membership  # type: ignore[attr-defined]


class PayeeList(Guarded, generic.View):
    """Reviewers: accounts that wait to be verified. POST: whom one has called about an account."""

    permission_required = payees.VERIFIES

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page."""
        return _page(self, request)

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """The call is written down and a colleague confirms, or the page says what is wrong."""
        account = request.POST.get("account", "")
        found = BankAccount.objects.filter(pk=int(account)).first() if account.isdecimal() else None
        form = forms.Call(request.POST)
        if found is None or not form.is_valid():
            return _page(self, request, form=form, wrong=found, status=422)
        try:
            payees.propose(account_id=found.pk, **form.cleaned_data, by=self.membership, at=clock.now())
        except DomainError as refusal:
            return _page(self, request, refusal=refusals.explain(refusal), status=refusals.status_of(refusal))
        messages.success(request, _("The call is written down. A colleague confirms the account."))
        return shortcuts.redirect("parties:payee-list")


class PayeeDecide(Guarded, generic.View):
    """POST: confirm what a colleague wrote down, or refuse it."""

    permission_required = payees.VERIFIES

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """Back to the page with what was done."""
        row = shortcuts.get_object_or_404(PayeeChange, pk=pk)
        try:
            if request.POST.get("action") == "confirm":
                account = payees.confirm(change_id=row.pk, by=self.membership, at=clock.now())
                messages.success(request, _("%(account)s is verified.") % {"account": account})
            elif request.POST.get("action") == "refuse":
                note = request.POST.get("note", "")
                payees.refuse(change_id=row.pk, note=note, by=self.membership, at=clock.now())
                messages.success(request, _("The account stays unverified."))
        except DomainError as refusal:
            return _page(self, request, refusal=refusals.explain(refusal), status=refusals.status_of(refusal))
        return shortcuts.redirect("parties:payee-list")


class OwnAccounts(Guarded, generic.View):
    """A supplier's own accounts to be paid into. POST: its signatory enters one."""

    permission_required = "financing.apply"

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page."""
        return self._own(request)

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """It waits to be verified, or the form says what is wrong."""
        if not access.may(self.membership, payees.ENTERS):
            return self.handle_no_permission()
        form = forms.Account(request.POST)
        if form.is_valid():
            try:
                payees.enter(**form.cleaned_data, by=self.membership, at=clock.now())
                messages.success(request, _("The account is entered. The platform calls you before it is used."))
                return shortcuts.redirect("parties:own-accounts")
            except DomainError as refusal:
                form.add_error(None, refusals.explain(refusal))
        return self._own(request, form=form, status=422)

    def _own(self, request: http.HttpRequest, *, status: int = 200, **given: Any) -> http.HttpResponse:
        context = {
            "rows": selectors.payee_accounts(self.membership.organisation), "now": clock.now(),
            "form": forms.Account() if access.may(self.membership, payees.ENTERS) else None, **given,
        }  # fmt: skip
        return shortcuts.render(request, "parties/own_accounts.html", context, status=status)


def _page(view: Guarded, request: http.HttpRequest, *, status: int = 200, **given: Any) -> http.HttpResponse:
    """The reviewers' page around a form with errors or a refusal."""
    after = request.GET.get("after", "")
    rows = selectors.payees_to_verify()
    found = list((rows.filter(pk__gt=int(after)) if after.isdecimal() else rows)[: PAGE + 1])
    me = view.membership.user_id
    context = {
        "open": [(row, row.proposed_by_id == me) for row in selectors.payee_changes_open()[:PAGE]],
        "rows": found[:PAGE], "next_after": found[PAGE - 1].pk if len(found) > PAGE else None,
        "form": forms.Call(), **given,
    }  # fmt: skip
    return shortcuts.render(request, "parties/payees.html", context, status=status)
