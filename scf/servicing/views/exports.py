"""Exports: ask, watch, come back, download."""

from django import http, shortcuts
from django.contrib import messages
from django.utils.translation import gettext as _
from django.views import View

from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.parties import refusals

from .. import forms, selectors
from ..services import exports
from .base import Guarded, stored

JOBS_SHOWN = 25


class ExportList(Guarded, View):
    """The form and the jobs of one's organisation."""

    permission_required = "servicing.export"

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page; unfinished jobs refresh themselves."""
        return self._page(request, forms.Export(initial={"month": forms.last_month(clock.today()), "kind": "ALL"}))

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """Ask for a job."""
        form = forms.Export(request.POST)
        if not form.is_valid():
            return self._page(request, form, status=422)
        try:
            exports.request_export(
                **form.cleaned_data,
                language=request.LANGUAGE_CODE,
                by=self.membership,
                at=clock.now(),
            )
        except DomainError as refusal:
            form.add_error(None, refusals.explain(refusal))
            return self._page(request, form, status=refusals.status_of(refusal))
        messages.success(request, _("The statements are being made. You may leave this page and come back."))
        return shortcuts.redirect("servicing:export-list")

    def _page(self, request: http.HttpRequest, form: forms.Export, *, status: int = 200) -> http.HttpResponse:
        jobs = selectors.export_jobs_visible_to(self.membership)[:JOBS_SHOWN]
        loans = selectors.loans_visible_to(self.membership)
        one = forms.OneStatement(loans=loans, initial={"month": forms.last_month(clock.today())}, prefix="one")
        context = {"form": form, "jobs": jobs, "one": one}
        return shortcuts.render(request, "servicing/export_list.html", context, status=status)


class OneStatement(Guarded, View):
    """GET: goes on to the PDF of the chosen supplier and month."""

    permission_required = "servicing.export"

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """A redirect, so that the address names what is shown."""
        form = forms.OneStatement(request.GET, loans=selectors.loans_visible_to(self.membership), prefix="one")
        if not form.is_valid():
            messages.error(request, _("Choose a supplier and a month."))
            return shortcuts.redirect("servicing:export-list")
        address = shortcuts.resolve_url("servicing:supplier-statement", code=form.cleaned_data["supplier"].code)
        return shortcuts.redirect(f"{address}?month={form.cleaned_data['month']:%Y-%m}")


class ExportRow(Guarded, View):
    """One job's progress, for HTMX."""

    permission_required = "servicing.export"

    def get(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """The row as it is now."""
        job = shortcuts.get_object_or_404(selectors.export_jobs_visible_to(self.membership), pk=pk)
        return shortcuts.render(request, "servicing/_export_row.html", {"job": job})


class ExportFile(Guarded, View):
    """The ZIP, for the organisation that asked for it."""

    permission_required = "servicing.export"

    def get(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """A download; 404 until it is there."""
        job = shortcuts.get_object_or_404(selectors.export_jobs_visible_to(self.membership), pk=pk)
        if job.file is None:
            raise http.Http404
        return stored(job.file)
