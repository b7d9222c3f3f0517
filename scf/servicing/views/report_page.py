"""What all reports share: a form over tables with charts, and the same tables as files."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from django import http, shortcuts
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.views import View

from scf.documents import report as documents
from scf.documents.report import Cell, Report, Section
from scf.kernel import clock
from scf.parties.models import Organisation

from .. import forms, selectors
from . import base, charts
from .base import SeesBooks

FORMATS = ("csv", "xlsx", "pdf")


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell on the page: its text, the title of its column for narrow screens, and how it stands."""

    text: str
    label: str
    is_figure: bool
    is_nil: bool


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A section on the page; rows (link, cells)."""

    heading: str
    chart: charts.Columns | None
    rows: list[tuple[str, list[Shown]]]
    total: list[Shown]
    proofs: tuple[str, ...]


class ReportPage(SeesBooks, View):
    """What all reports share: a form over a table with a chart, and the same table as a file."""

    form_class: ClassVar[type[forms.Asked]]

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page, or `?format=csv|xlsx|pdf` of it; a question that cannot be answered is said over the form."""
        form = self.form_class(request.GET, today=clock.today(), lenders=self.lenders())
        if not form.is_valid():
            context = {"form": form, "title": self.title()}
            return shortcuts.render(request, "servicing/report.html", context, status=422)
        kind = request.GET.get("format", "")
        report, more = self.report(form.cleaned_data, kind if kind in FORMATS else "")
        if kind in FORMATS:
            return as_file(report, kind)
        context = {
            "form": form, "title": report.title, "report": report, "next_after": more,
            "sections": [shown(report, section, self.chart(section)) for section in report.sections],
        }  # fmt: skip
        return shortcuts.render(request, "servicing/report.html", context)

    def chosen(self, asked: dict[str, Any]) -> QuerySet[Organisation]:
        """The lender that was chosen, or all that the reader may see."""
        lender = asked.get("lender")
        return self.lenders().filter(pk=lender.pk) if lender else self.lenders()

    def loans(self, asked: dict[str, Any]) -> QuerySet[Any]:
        """The loans of those lenders."""
        return selectors.loans_visible_to(self.membership).filter(bank__in=self.chosen(asked))

    def title(self) -> str:
        """The report's name, where there is none yet."""
        raise NotImplementedError

    def report(self, asked: dict[str, Any], kind: str) -> tuple[Report, str | None]:
        """The report, and the cursor of its next page."""
        raise NotImplementedError

    def chart(self, section: Section) -> charts.Columns | None:
        """The chart of a section; most have none."""
        return None


def shown(report: Report, section: Section, chart: charts.Columns | None) -> ShownSection:
    """A section as the template draws it."""

    def row(cells: tuple[Cell, ...]) -> list[Shown]:
        return [
            Shown(text := documents.text_of(cell), field.title, field.is_figure, text in ("", "–"))
            for field, cell in zip(report.fields, cells, strict=True)
        ]

    rows = [(line.link, row(line.cells)) for line in section.lines]
    return ShownSection(section.heading, chart, rows, row(section.total) if section.total else [], section.proofs)


def as_file(report: Report, kind: str) -> http.HttpResponse:
    """The report as CSV, XLSX or PDF; a spreadsheet has its sections below one another, each row with its heading."""
    if kind == "pdf":
        return base.pdf(documents.render(report), f"{report.number}.pdf")
    header = [_("Section"), *(field.title for field in report.fields)]
    write = base.as_csv if kind == "csv" else base.as_xlsx
    return write(header, _flat(report), f"{report.number}.{kind}")


def _flat(report: Report) -> Iterable[list[base.Cell]]:
    for section in report.sections:
        for cells in (*(line.cells for line in section.lines), *([section.total] if section.total else [])):
            yield [section.heading, *(documents.value_of(cell) for cell in cells)]
