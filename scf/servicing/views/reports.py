"""The reports for finance staff and lenders, each on the page, as CSV, XLSX and PDF."""

from typing import Any

from django import http, shortcuts
from django.utils.translation import gettext as _
from django.views import View

from scf.documents.report import Report, Section
from scf.kernel import clock
from scf.parties.access import may

from .. import forms, selectors
from ..selectors import book_reports, loan_reports
from . import charts
from .report_page import ReportPage, SeesBooks

LEGS_ON_PAGE, LEGS_IN_FILE_MAX, LEGS_IN_PDF_MAX = 50, 50_000, 5_000


class ReportList(SeesBooks, View):
    """Where the reports and papers are."""

    def has_permission(self) -> bool:
        """Those who read books, and those who may only export statements."""
        return super().has_permission() or may(getattr(self.request, "membership", None), "servicing.export")

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """A card each."""
        may_export = may(self.membership, "servicing.export")
        reads_books = super().has_permission()
        context = {
            "lenders": self.lenders() if reads_books else [], "today": clock.today(), "may_export": may_export,
            "reads_books": reads_books,
        }  # fmt: skip
        return shortcuts.render(request, "servicing/report_list.html", context)


class TrialBalance(ReportPage):
    """Opening, movements and closing of every account; debits equal credits."""

    form_class = forms.BooksAsked

    def title(self) -> str:
        """Its name."""
        return _("Trial balance")

    def report(self, asked: dict[str, Any], kind: str) -> tuple[Report, str | None]:
        """By booking date."""
        return book_reports.trial_balance(self.chosen(asked), first=asked["first"], last=asked["last"]), None


class Subledger(ReportPage):
    """The legs of an account, a loan or a party."""

    form_class = forms.LegsAsked

    def title(self) -> str:
        """Its name."""
        return _("Subledger")

    def report(self, asked: dict[str, Any], kind: str) -> tuple[Report, str | None]:
        """A page of legs; a file holds as many as people can use."""
        wanted = book_reports.LegsWanted(
            first=asked["first"], last=asked["last"], book=asked["book"], kind=asked["kind"],
            loan=asked["loan"].strip(), party=asked["party"].strip(),
        )  # fmt: skip
        limit = {"": LEGS_ON_PAGE, "pdf": LEGS_IN_PDF_MAX}.get(kind, LEGS_IN_FILE_MAX)
        after = "" if kind else self.request.GET.get("after", "")
        loans = selectors.loans_visible_to(self.membership)
        page = book_reports.subledger(self.lenders(), loans, wanted, after=after, limit=limit)
        return page.report, page.next_after


class Arrears(ReportPage):
    """What is outstanding by days past due."""

    form_class = forms.DayAsked

    def title(self) -> str:
        """Its name."""
        return _("Arrears by age")

    def report(self, asked: dict[str, Any], kind: str) -> tuple[Report, str | None]:
        """On the day."""
        return loan_reports.ageing(self.loans(asked), on=asked["on"], by=asked["by"]), None

    def chart(self, section: Section) -> charts.Columns | None:
        """A column a bucket; what is not overdue is left out, or nothing else would be seen."""
        names = [loan_reports.bucket_name(bucket) for bucket in loan_reports.BUCKETS[1:]]
        return charts.of_cells(names, section.total[4:10], ("bad", _("Overdue principal")))


class DueCalendar(ReportPage):
    """What falls due when."""

    form_class = forms.DueAsked

    def title(self) -> str:
        """Its name."""
        return _("Due calendar")

    def report(self, asked: dict[str, Any], kind: str) -> tuple[Report, str | None]:
        """As it stands today."""
        days = {"first": asked["first"], "last": asked["last"], "by": asked["by"]}
        return loan_reports.due_calendar(self.loans(asked), **days, today=clock.today()), None

    def chart(self, section: Section) -> charts.Columns | None:
        """Principal with interest and charges on top."""
        legend = [("move", _("Principal")), ("soft", _("Interest and charges"))]
        return charts.of_lines(section.lines, (2, 3), legend)


class AccrualByDay(ReportPage):
    """What the loans of a book earned, day by day."""

    form_class = forms.DaysAsked

    def title(self) -> str:
        """Its name."""
        return _("Accrual by day")

    def report(self, asked: dict[str, Any], kind: str) -> tuple[Report, str | None]:
        """As close of business booked it."""
        return book_reports.accrual(self.chosen(asked), first=asked["first"], last=asked["last"]), None

    def chart(self, section: Section) -> charts.Columns | None:
        """Interest with penalty and compound interest on top."""
        legend = [("move", _("Interest")), ("bad", _("Penalty interest")), ("soft", _("Compound interest"))]
        return charts.of_lines(section.lines, (1, 2, 3), legend)
