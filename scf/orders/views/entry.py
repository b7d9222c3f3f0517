"""Orders, goods receipts and warehouse receipts typed in by hand."""

import uuid
from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.utils.translation import gettext as _
from django.views import generic

from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.orders import services
from scf.orders.forms import entry as entry_forms
from scf.orders.gateways import Kind
from scf.parties import refusals

from .base import Guarded


class NewDocument(Guarded, generic.TemplateView):
    """GET an empty form with a few lines; POST records the document once."""

    permission_required = "orders.import"
    template_name = "orders/document_form.html"

    def setup(self, request: http.HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Choose the form by the kind in the address; 404 for other kinds."""
        super().setup(request, *args, **kwargs)
        if kwargs["kind"] not in entry_forms.HEADERS:
            raise http.Http404
        self.kind = Kind(kwargs["kind"])
        data = request.POST if request.method == "POST" else None
        self.header = entry_forms.HEADERS[self.kind](data, initial={"key": uuid.uuid4()})
        self.lines = entry_forms.line_forms(self.kind, data)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Both forms and the kind's name."""
        label = dict(entry_forms.LABELS)[self.kind]
        return super().get_context_data(form=self.header, lines=self.lines, kind_label=label, **kwargs)

    def post(self, request: http.HttpRequest, *args: Any, **kwargs: Any) -> http.HttpResponse:
        """Record, then show the document; or the forms again with what is wrong."""
        is_valid = self.header.is_valid()
        if not self.lines.is_valid() or not is_valid:
            return self.render_to_response(self.get_context_data(), status=422)
        parsed = entry_forms.document_of(self.kind, self.header, self.lines)
        try:
            document = services.record_by_form(
                document=parsed,
                owner=self.membership.organisation,
                by=self.membership,
                at=clock.now(),
                key=str(self.header.cleaned_data["key"]),
            )
        except DomainError as refusal:
            self.header.add_error(None, refusals.explain(refusal))
            for problem in refusal.detail.get("problems", []):  # type: ignore[attr-defined]
                self.header.add_error(None, entry_forms.sentence_of(problem))
            return self.render_to_response(self.get_context_data(), status=422)
        messages.success(request, _("Recorded."))
        return shortcuts.redirect("orders:document-detail", pk=document.pk)
