"""The list of loans, and a loan."""

# budget: a loan page shows its plan, its life, its figures and its papers

from datetime import date
from typing import Any

from django import http, shortcuts
from django.utils.translation import gettext as _
from django.views import View

from scf.domain.money import total
from scf.kernel import clock
from scf.parties.access import is_platform, may
from scf.parties.models import Membership, Organisation

from .. import forms, selectors
from ..models import Loan
from . import charts
from .base import Cell, SeesLoans, as_csv, as_xlsx, asked_day

PAGE = 25
ROWS_IN_FILE_MAX = 5000
FILTERS_BY_KIND = {
    Organisation.Kind.PLATFORM: ("bank", "supplier", "currency", "due_from", "due_to"),
    Organisation.Kind.BANK: ("supplier", "currency", "due_from", "due_to"),
}
FILTERS_OF_OTHERS = ("currency", "due_from", "due_to")


def chip_names() -> list[tuple[str, str]]:
    """The chips over the list, in order."""
    names = {
        "running": _("Running"), "due_soon": _("Due in 14 days"), "overdue": _("Overdue"), "closed": _("Repaid"),
        "all": _("All"),
    }  # fmt: skip
    return [(code, names[code]) for code in selectors.CHIPS]


class LoanList(SeesLoans, View):
    """Loans by due date with where they stand today; also as CSV and XLSX."""

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """A page, or a file of what is shown."""
        chip, text = request.GET.get("chip", "running"), request.GET.get("q", "").strip()[:100]
        loans, today = selectors.loans_visible_to(self.membership), clock.today()
        kind = Organisation.Kind(self.membership.organisation.kind)
        form = forms.ListFilters(request.GET or None, loans=loans)
        form = form.narrowed_to(FILTERS_BY_KIND.get(kind, FILTERS_OF_OTHERS))
        filters = form.filters(chip=chip, text=text)
        if request.GET.get("format") in ("csv", "xlsx"):
            return _as_file(loans, filters, today, request.GET["format"])
        page = selectors.list_loans(loans, filters=filters, on=today, after=request.GET.get("after", ""), limit=PAGE)
        context: dict[str, Any] = {
            "rows": page.rows, "next_after": page.next_after, "chips": chip_names(), "chip": chip, "q": text,
            "form": form, "sums": selectors.sums_of(loans, filters=filters, on=today), "today": today,
            "is_filtered": any(request.GET.get(name) for name in form.fields) or bool(text),
            "is_supplier": kind == Organisation.Kind.SUPPLIER, "month": forms.Month(initial={"month": today}),
        }  # fmt: skip
        if context["is_supplier"] and page.rows:
            year = {"first": today.replace(month=1, day=1), "last": today}
            context["interest"] = forms.InterestAsked(loans=loans, initial=year, auto_id="interest_%s")
        return shortcuts.render(request, "servicing/loan_list.html", context)


def _as_file(loans: Any, filters: selectors.Filters, today: date, kind: str) -> http.HttpResponse:
    header = [
        _("Number"), _("Case"), _("Supplier"), _("Lender"), _("Buyer"), _("Currency"), _("Principal lent"),
        _("Principal left"), _("Interest"), _("Penalty"), _("To pay off today"), _("Drawn on"), _("Due on"),
        _("Days past due"), _("State"),
    ]  # fmt: skip
    page = selectors.list_loans(loans, filters=filters, on=today, after="", limit=ROWS_IN_FILE_MAX)
    rows: list[list[Cell]] = [
        [
            stand.loan.number, stand.loan.reference, str(stand.loan.supplier), str(stand.loan.bank),
            str(stand.loan.buyer or ""), stand.loan.currency, stand.loan.principal.amount, stand.now.principal.amount,
            stand.now.interest.amount, stand.now.penalty.amount, stand.now.payoff.amount, stand.loan.drawdown_date,
            stand.loan.maturity_date, stand.now.days_past_due, stand.loan.get_state_display(),
        ]
        for stand in page.rows
    ]  # fmt: skip
    write = as_csv if kind == "csv" else as_xlsx
    return write(header, rows, f"loans-{today}.{kind}")


class LoanPage(SeesLoans, View):
    """A loan: where it stands on a day, its plan, its history, its books."""

    def get(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        """The page; `?on=` asks for another day than today."""
        loan, today = self.loan(number), clock.today()
        on = asked_day(request.GET.get("on", ""), today)
        on = max(on, loan.drawdown_date)
        movements = selectors.history(loan)
        may_see_books = _may_see_books(self.membership, loan)
        lines = selectors.ledger_lines(loan) if may_see_books else []
        context = {
            "loan": loan, "today": today, "on": on, "stand": selectors.standing(loan, on),
            "plan": selectors.plan_of(loan), "movements": movements, "sums": _sums(loan, movements),
            "chart": charts.principal(loan, movements, max(today, loan.maturity_date), today),
            "may_see_books": may_see_books,
            "ledger": lines, "debits": sum(line.debit_minor or 0 for line in lines),
            "credits": sum(line.credit_minor or 0 for line in lines),
            "refunds": selectors.refunds_of(loan), "penalty_rate": loan.annual_rate * loan.penalty_factor,
            "month": forms.Month(initial={"month": min(today, loan.closed_on or today)}),
            "period": forms.Period(initial={"first": loan.drawdown_date, "last": today}),
            "incoming": loan.incoming.select_related("entry").order_by("value_date", "id") if may_see_books else [],
        }  # fmt: skip
        return shortcuts.render(request, "servicing/loan.html", context)


def _may_see_books(membership: Membership, loan: Loan) -> bool:
    """The platform's finance staff, and the lender whose book it is."""
    if is_platform(membership):
        return may(membership, "servicing.reconcile")
    return membership.organisation_id == loan.bank_id


def _sums(loan: Loan, movements: list[selectors.Movement]) -> dict[str, Any]:
    """What was repaid so far, by rank."""
    repaid = [m for m in movements if m.event.kind != m.event.Kind.DRAWDOWN]
    names = ("amount", "principal", "interest", "penalty", "surplus")
    return {name: total([getattr(m, name) for m in repaid], loan.currency) for name in names}
