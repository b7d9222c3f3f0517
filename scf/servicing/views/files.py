"""Statements as PDF: of one loan, of one supplier, at once."""

from datetime import date

from django import http, shortcuts
from django.views import View

from scf.kernel import clock
from scf.parties.models import Organisation

from .. import forms, selectors
from ..services import exports
from .base import SeesLoans, pdf


def asked_period(request: http.HttpRequest) -> tuple[date, date]:
    """`?month=2026-11`, or `?first=&last=`; without either the month before. Raises PeriodNotStated."""
    today = clock.today()
    period = forms.Period(request.GET)
    if period.is_valid():
        return exports.checked_period(period.cleaned_data["first"], period.cleaned_data["last"], today=today)
    month = forms.Month(request.GET)
    chosen = month.cleaned_data["month"] if month.is_valid() else forms.last_month(today)
    return exports.period_of(chosen, today=today)


class LoanStatement(SeesLoans, View):
    """The statement of a loan that the reader may see, in the reader's language."""

    def get(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        """The PDF, shown in the browser."""
        loan = self.loan(number)
        first, last = asked_period(request)
        return pdf(exports.loan_pdf(loan, first=first, last=last), f"{loan.number}-{first}-{last}.pdf")


class SupplierStatement(SeesLoans, View):
    """A supplier's account over the loans that the reader may see."""

    def get(self, request: http.HttpRequest, code: str) -> http.HttpResponse:
        """The PDF; a supplier of whom the reader sees nothing does not exist here."""
        visible = selectors.loans_visible_to(self.membership)
        known = Organisation.objects.filter(pk__in=visible.order_by().values("supplier"))
        supplier = shortcuts.get_object_or_404(known, code=code)
        first, last = asked_period(request)
        content = exports.supplier_pdf(supplier, by=self.membership, first=first, last=last)
        return pdf(content, f"{supplier.code}-{first}-{last}.pdf")
