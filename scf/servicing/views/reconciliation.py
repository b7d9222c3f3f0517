"""Reconciliation: statements in, suspense out, surplus back."""

# budget: the one desk where statements, payments, loans and refunds meet; split, each half would import the same

from typing import Any

from django import http, shortcuts
from django.conf import settings
from django.contrib import messages
from django.utils.translation import gettext as _
from django.views import View

from scf.banks.selectors import statements as came_in
from scf.banks.services.statements import sentences
from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.parties import refusals

from .. import forms, selectors
from ..models import Loan
from ..selectors import suspense
from ..services import refunds, statements
from .base import PlatformOnly
from .desk import ageing_bars
from .match_words import why_it_waits

SUSPENSE_SHOWN, RECENT_SHOWN, STATEMENTS_SHOWN = 20, 20, 10


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
    waiting = suspense.to_decide(view.membership)
    after = request.GET.get("after", "")
    recent = incoming.filter(pk__lt=int(after)) if after.isdecimal() else incoming
    rows = list(recent.order_by("-id").prefetch_related("parts__loan", "parts__reversed_by")[: RECENT_SHOWN + 1])
    week = {"from_date": today.replace(day=1), "to_date": today}
    context = {
        "upload": forms.StatementFiles(),
        "fetch": forms.FetchStatement(prefix="fetch", initial=week),
        "has_accounts": selectors.statement_accounts().exists(),
        "megabytes_max": settings.UPLOAD_BYTES_MAX // 1024 // 1024,
        "suspense": [(row, why_it_waits(row)[0]) for row in waiting[:SUSPENSE_SHOWN]],
        "suspense_count": waiting.count(),
        "ageing": ageing_bars(today),
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
