"""Notices, certificates and the portfolio report as PDF, each for those whose papers they are."""

from datetime import date

from django import http, shortcuts
from django.contrib import messages
from django.utils.translation import gettext as _
from django.views import View

from scf.kernel import clock
from scf.parties.models import Organisation

from .. import forms, selectors
from ..services import papers
from .base import SeesBooks, SeesLoans, asked_day, pdf


class RepaymentNotice(SeesLoans, View):
    """What falls due next on a loan."""

    def get(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        """The PDF; `?on=` for another day than today."""
        loan, on = self.loan(number), _on(request)
        return pdf(papers.repayment_notice(loan, on=on), f"{loan.number}-repayment-notice-{on}.pdf")


class OverdueNotice(SeesLoans, View):
    """What is overdue on a loan."""

    def get(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        """The PDF; `?on=` for another day than today."""
        loan, on = self.loan(number), _on(request)
        return pdf(papers.overdue_notice(loan, on=on), f"{loan.number}-overdue-notice-{on}.pdf")


class SettlementCertificate(SeesLoans, View):
    """That a loan is repaid."""

    def get(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        """The PDF, or the sentence that says what is still owed."""
        loan = self.loan(number)
        content = papers.settlement_certificate(loan, on=clock.today())
        return pdf(content, f"{loan.number}-settlement-certificate.pdf")


class InterestCertificate(SeesLoans, View):
    """Interest that a supplier paid to a lender in a period."""

    def get(self, request: http.HttpRequest, code: str) -> http.HttpResponse:
        """The PDF; back to the loans where lender or days were not chosen."""
        visible = selectors.loans_visible_to(self.membership)
        known = Organisation.objects.filter(pk__in=visible.order_by().values("supplier"))
        payer = shortcuts.get_object_or_404(known, code=code)
        form = forms.InterestAsked(request.GET, loans=visible.filter(supplier=payer))
        if not form.is_valid():
            messages.error(request, _("Choose a lender, a currency and days in order for the interest certificate."))
            return shortcuts.redirect("servicing:loan-list")
        asked, today = form.cleaned_data, clock.today()
        content = papers.interest_certificate(payer=payer, by=self.membership, on=today, **asked)
        return pdf(content, f"{payer.code}-interest-{asked['first']}-{asked['last']}.pdf")


class PortfolioReport(SeesBooks, View):
    """A lender's portfolio on a day."""

    def get(self, request: http.HttpRequest, code: str) -> http.HttpResponse:
        """The PDF; `?on=` for another day than today."""
        lender = shortcuts.get_object_or_404(self.lenders(), code=code)
        on = _on(request)
        content = papers.portfolio_report(lender, on=on, by=self.membership)
        return pdf(content, f"{lender.code}-portfolio-{on}.pdf")


def _on(request: http.HttpRequest) -> date:
    return asked_day(request.GET.get("on", ""), clock.today())
