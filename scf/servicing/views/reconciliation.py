"""Reconciliation: statements in, suspense out, surplus back."""

# budget: the one desk where statements, payments, loans and refunds meet; split, each half would import the same

from typing import Any

from django import http, shortcuts
from django.conf import settings
from django.contrib import messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from scf.banks.selectors import statements as came_in
from scf.banks.services.statements import sentences
from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.parties import refusals

from .. import forms, selectors
from ..models import IncomingPayment, Loan
from ..services import receiving, refunds, statements
from .base import PlatformOnly

SUSPENSE_SHOWN, RECENT_SHOWN, STATEMENTS_SHOWN = 20, 20, 10
WHY = {
    "NO_REFERENCE": gettext_lazy("The payment names no loan."),
    "SEVERAL_LOANS": gettext_lazy("The payment names several loans."),
    "NO_SUCH_LOAN": gettext_lazy("This lender has no loan with the number in the payment."),
    "CURRENCY": gettext_lazy("The loan is in another currency."),
    "TAKEN_BACK": gettext_lazy("The payment was taken back from a loan; say to which it belongs."),
    "REVERSAL": gettext_lazy("The bank takes an earlier movement back."),
}


class Reconciliation(PlatformOnly, View):
    """What waits, and the two ways to bring statements in."""

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page."""
        return page(self, request)


class Upload(PlatformOnly, View):
    """POST: bring files in; each is taken whole or not at all, whatever becomes of the others."""

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page again with what became of each file."""
        form = forms.StatementFiles(request.POST, request.FILES)
        if not form.is_valid():
            return page(self, request, upload=form, status=422)
        # One byte more than is taken tells a file that is too large without reading all of it.
        uploads = [
            (file.name or "", file.read(settings.UPLOAD_BYTES_MAX + 1)) for file in form.cleaned_data["statements"]
        ]
        account = form.cleaned_data["account"]
        results = statements.import_files(files=uploads, by=self.membership, at=clock.now(), account=account)
        return page(self, request, results=results)


class Fetch(PlatformOnly, View):
    """POST: ask a lender's machine for a statement."""

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page again with what came, or why nothing did."""
        form = forms.FetchStatement(request.POST, prefix="fetch")
        if not form.is_valid():
            return page(self, request, fetch=form, status=422)
        try:
            result = statements.fetch_file(**form.cleaned_data, by=self.membership, at=clock.now())
        except DomainError as refusal:
            form.add_error(None, refusals.explain(refusal))
            return page(self, request, fetch=form, status=refusals.status_of(refusal))
        return page(self, request, results=[result])


def page(view: PlatformOnly, request: http.HttpRequest, *, status: int = 200, **given: Any) -> http.HttpResponse:
    """The reconciliation page around a form with errors or around results."""
    today = clock.today()
    incoming = selectors.incoming_visible_to(view.membership)
    waiting = incoming.filter(state=IncomingPayment.State.SUSPENSE).order_by("id")
    after = request.GET.get("after", "")
    recent = incoming.filter(pk__lt=int(after)) if after.isdecimal() else incoming
    rows = list(recent.order_by("-id")[: RECENT_SHOWN + 1])
    week = {"from_date": today.replace(day=1), "to_date": today}
    context = {
        "upload": forms.StatementFiles(),
        "fetch": forms.FetchStatement(prefix="fetch", initial=week),
        "has_accounts": selectors.collection_accounts().exists(),
        "megabytes_max": settings.UPLOAD_BYTES_MAX // 1024 // 1024,
        "suspense": [(row, WHY.get(row.why, row.why)) for row in waiting[:SUSPENSE_SHOWN]],
        "suspense_count": waiting.count(),
        "statements": [(row, sentences(row)) for row in came_in.statements()[:STATEMENTS_SHOWN]],
        "gone": list(came_in.entries_gone()[:SUSPENSE_SHOWN]),
        "surplus": selectors.owed_back(Loan.objects.all()),
        "recent": rows[:RECENT_SHOWN],
        "next_after": rows[RECENT_SHOWN - 1].pk if len(rows) > RECENT_SHOWN else None,
        **given,
    }
    results = context.get("results", [])
    context["results"] = [(result, refusals.explain(result.refusal) if result.refusal else "") for result in results]
    return shortcuts.render(request, "servicing/reconciliation.html", context, status=status)


class Incoming(PlatformOnly, View):
    """One payment: which loan it means, or why none."""

    def get(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """The payment with the likeliest loans."""
        return self._page(request, self._incoming(pk))

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """Allocate it, or set it aside."""
        incoming = self._incoming(pk)
        is_setting_aside = request.POST.get("action") == "set_aside"
        form: forms.Allocate | forms.SetAside = (
            forms.SetAside(request.POST) if is_setting_aside else forms.Allocate(request.POST, incoming=incoming)
        )
        name = "set_aside" if is_setting_aside else "allocate"
        if not form.is_valid():
            return self._page(request, incoming, status=422, **{name: form})
        by, at = self.membership, clock.now()
        try:
            if is_setting_aside:
                receiving.set_aside(incoming_id=pk, by=by, at=at, note=form.cleaned_data["note"])
                messages.success(request, _("The payment is set aside."))
            else:
                loan = form.cleaned_data["number"]
                receiving.allocate(incoming_id=pk, loan_id=loan.pk, by=by, at=at)
                messages.success(request, _("The payment is on loan %(loan)s.") % {"loan": loan.number})
        except DomainError as refusal:
            form.add_error(None, refusals.explain(refusal))
            return self._page(request, incoming, status=refusals.status_of(refusal), **{name: form})
        return shortcuts.redirect("servicing:reconciliation")

    def _incoming(self, pk: int) -> IncomingPayment:
        return shortcuts.get_object_or_404(selectors.incoming_visible_to(self.membership), pk=pk)

    def _page(
        self, request: http.HttpRequest, incoming: IncomingPayment, *, status: int = 200, **given: Any
    ) -> http.HttpResponse:
        is_waiting = incoming.state == IncomingPayment.State.SUSPENSE
        context = {
            "incoming": incoming,
            "entry": incoming.entry,
            "why": WHY.get(incoming.why, incoming.why),
            "is_waiting": is_waiting,
            "candidates": selectors.candidates_for(incoming) if is_waiting else [],
            "allocate": forms.Allocate(incoming=incoming),
            "set_aside": forms.SetAside(),
            **given,
        }
        return shortcuts.render(request, "servicing/incoming.html", context, status=status)


class Refund(PlatformOnly, View):
    """GET asks for the amount, POST returns the surplus of a loan."""

    def get(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        """What is owed back, to whom, into which account."""
        loan = self.loan(number)
        return self._page(request, loan, forms.Refund(currency=loan.currency))

    def post(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        """Instruct the lender, once."""
        loan = self.loan(number)
        form = forms.Refund(request.POST, currency=loan.currency)
        if not form.is_valid():
            return self._page(request, loan, form, status=422)
        try:
            payment = refunds.refund(
                loan_id=loan.pk, amount=form.cleaned_data["amount"], by=self.membership, at=clock.now()
            )
        except DomainError as refusal:
            form.add_error(None, refusals.explain(refusal))
            return self._page(request, loan, form, status=refusals.status_of(refusal))
        words = {"amount": payment.amount, "payment": payment.end_to_end_id}
        messages.success(request, _("%(payment)s asks the lender to return %(amount)s.") % words)
        return shortcuts.redirect("servicing:reconciliation")

    def _page(
        self, request: http.HttpRequest, loan: Loan, form: forms.Refund, *, status: int = 200
    ) -> http.HttpResponse:
        found = selectors.owed_back(Loan.objects.filter(pk=loan.pk))
        context = {"loan": loan, "form": form, "owed": found[0] if found else None}
        context["account"] = refunds.payee_of(loan, at=clock.now())
        return shortcuts.render(request, "servicing/refund.html", context, status=status)
