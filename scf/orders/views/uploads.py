"""Upload of files, what became of them, and blank templates."""

from typing import Any

from django import http, shortcuts
from django.conf import settings
from django.views import generic

from scf.kernel import clock
from scf.orders import services
from scf.orders.forms import files as forms
from scf.orders.forms import words
from scf.orders.gateways import Kind, blanks
from scf.orders.models import ImportBatch, ImportedFile
from scf.orders.services import FileOutcome

from .base import Guarded

_MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class UploadPage(Guarded, generic.FormView):
    """Bring files in, dropped or chosen: with JavaScript one request a file, without it one for all."""

    permission_required = "orders.import"
    template_name = "orders/upload.html"
    form_class = forms.Upload

    def get_form_kwargs(self) -> dict[str, Any]:
        """The form offers the organisation's own mappings."""
        return {**super().get_form_kwargs(), "organisation": self.membership.organisation}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Templates to download, and recent uploads."""
        recent = ImportBatch.objects.filter(owner=self.membership.organisation).order_by("-pk")[:5]
        return super().get_context_data(
            kinds=[(kind.value, label) for kind, label in forms.SHEET_KINDS],
            bytes_max=settings.UPLOAD_BYTES_MAX,
            megabytes_max=settings.UPLOAD_BYTES_MAX // 1024 // 1024,
            recent=recent,
            **kwargs,
        )

    def form_valid(self, form: forms.Upload) -> http.HttpResponse:
        """Import, then say what became of each file."""
        outcomes = services.import_files(
            files=form.uploads(),
            owner=self.membership.organisation,
            by=self.membership,
            at=clock.now(),
            mapping=form.cleaned_data["mapping"],
        )
        if self.request.headers.get("Accept", "").startswith("application/json"):
            return http.JsonResponse({"files": [_as_json(outcome) for outcome in outcomes]})
        return shortcuts.redirect("orders:batch-detail", pk=outcomes[0].batch_id)

    def form_invalid(self, form: forms.Upload) -> http.HttpResponse:
        """The form again; for a script its errors."""
        if self.request.headers.get("Accept", "").startswith("application/json"):
            return http.JsonResponse(
                {"errors": [str(error) for errors in form.errors.values() for error in errors]}, status=422
            )
        return super().form_invalid(form)


class BatchPage(Guarded, generic.TemplateView):
    """What became of each file of one upload."""

    permission_required = "orders.import"
    template_name = "orders/batch_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The batch's files with their problems in words."""
        mine = ImportBatch.objects.filter(owner=self.membership.organisation)
        batch = shortcuts.get_object_or_404(mine, pk=self.kwargs["pk"])
        files = ImportedFile.objects.filter(batch=batch).prefetch_related("documents").order_by("pk")
        rows = [{"file": file, "problems": words.explained(file.problems)} for file in files]
        return super().get_context_data(batch=batch, rows=rows, **kwargs)


class Template(Guarded, generic.View):
    """A blank sheet to fill in."""

    permission_required = "orders.import"

    def get(self, request: http.HttpRequest, kind: str, language: str, form: str) -> http.HttpResponse:
        """The sheet as a download; 404 for what we do not make."""
        if kind not in {known.value for known in blanks.COLUMNS} or language not in blanks.LANGUAGES:
            raise http.Http404
        if form not in blanks.FORMATS:
            raise http.Http404
        content = blanks.template(Kind(kind), language=language, form=form)
        response = http.HttpResponse(content, content_type=_MEDIA_TYPES[form])
        response["Content-Disposition"] = f'attachment; filename="{kind}-{language}.{form}"'
        return response


def _as_json(outcome: FileOutcome) -> dict[str, Any]:
    """One file's outcome for the page's script."""
    parsed = outcome.parsed
    problems = [{"code": p.code, "where": p.where, "message": p.message} for p in parsed.problems]
    return {
        "name": parsed.name,
        "status": str(parsed.status),
        "label": str(ImportedFile.Status(parsed.status).label),
        "problems": words.explained(problems),
        "documents": [
            {"text": str(row), "url": shortcuts.resolve_url("orders:document-detail", pk=row.pk)}
            for row in outcome.documents[:20]
        ],
    }
