"""The list of loans."""

# budget: a loan page shows its plan, its life, its figures and its papers

from datetime import date
from typing import Any

from django import http, shortcuts
from django.utils.translation import gettext as _
from django.views import View

from scf.kernel import clock
from scf.parties.models import Organisation

from .. import forms, selectors
from .base import Cell, SeesLoans, as_csv, as_xlsx

PAGE = 25
ROWS_IN_FILE_MAX = 5000
FILTERS_BY_KIND = {
    Organisation.Kind.PLATFORM: ("bank", "supplier", "currency", "due_from", "due_to"),
    Organisation.Kind.BANK: ("supplier", "currency", "due_from", "due_to"),
}
FILTERS_OF_OTHERS = ("currency", "due_from", "due_to")


def chip_names(*, is_borrower: bool) -> list[tuple[str, str]]:
    """The chips over the list, in order; what is written off is no word for the borrower."""
    names = {
        "running": _("Running"), "due_soon": _("Due in 14 days"), "overdue": _("Overdue"), "closed": _("Repaid"),
        "written_off": _("Written off"), "all": _("All"),
    }  # fmt: skip
    return [(code, names[code]) for code in selectors.CHIPS if not is_borrower or code != "written_off"]


class LoanList(SeesLoans, View):
    """Loans by due date with where they stand today; also as CSV and XLSX."""

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """A page, or a file of what is shown."""
        chip, text = request.GET.get("chip", "running"), request.GET.get("q", "").strip()[:100]
        loans, today = selectors.loans_visible_to(self.membership), clock.today()
        kind = Organisation.Kind(self.membership.organisation.kind)
        form = forms.ListFilters(request.GET or None, loans=loans)
        form = form.narrowed_to(FILTERS_BY_KIND.get(kind, FILTERS_OF_OTHERS))
        is_supplier = kind == Organisation.Kind.SUPPLIER
        filters = form.filters(chip=chip, text=text, is_borrower=is_supplier)
        if request.GET.get("format") in ("csv", "xlsx"):
            return _as_file(loans, filters, today, request.GET["format"])
        page = selectors.list_loans(loans, filters=filters, on=today, after=request.GET.get("after", ""), limit=PAGE)
        context: dict[str, Any] = {
            "rows": page.rows, "next_after": page.next_after, "chip": chip, "q": text,
            "chips": chip_names(is_borrower=is_supplier),
            "form": form, "sums": selectors.sums_of(loans, filters=filters, on=today), "today": today,
            "is_filtered": any(request.GET.get(name) for name in form.fields) or bool(text),
            "is_supplier": is_supplier, "month": forms.Month(initial={"month": today}),
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
            stand.loan.due_on, stand.now.days_past_due, stand.loan.get_state_display(),
        ]
        for stand in page.rows
    ]  # fmt: skip
    write = as_csv if kind == "csv" else as_xlsx
    return write(header, rows, f"loans-{today}.{kind}")
