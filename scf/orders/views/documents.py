"""The list of documents, and a document."""

from typing import Any
from urllib.parse import quote

from django import http
from django.core.paginator import Paginator
from django.views import generic

from scf.documents.services import read_file
from scf.orders import selectors
from scf.orders.forms import files as forms
from scf.orders.forms import words
from scf.orders.models import TradeDocument
from scf.orders.services.confirmations import speaks_for
from scf.parties import access

from .base import Guarded

LINES_PER_PAGE = 100


class DocumentList(Guarded, generic.TemplateView):
    """Documents that the person may see, newest first, narrowed by chips and search."""

    template_name = "orders/document_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The page asked for, and the chips."""
        asked = self.request.GET
        filters = selectors.Filters(
            text=asked.get("q", ""),
            kind=asked.get("kind", ""),
            state=asked.get("state", ""),
            has_problem=asked.get("problem") == "1",
        )
        page = selectors.list_documents(self.membership, filters=filters, after=asked.get("after", ""))
        return super().get_context_data(
            documents=page.rows,
            next_after=page.next_after,
            filters=filters,
            kinds=TradeDocument.Kind.choices,
            states=TradeDocument.State.choices,
            may_import=access.may(self.membership, "orders.import"),
            **kwargs,
        )


class DocumentPage(Guarded, generic.TemplateView):
    """A document as a page: parties, goods, their life on other papers, problems, fingerprint."""

    template_name = "orders/document_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Everything the page shows, by few queries."""
        document = self.document()
        lines = Paginator(selectors.lines_of(document), LINES_PER_PAGE).get_page(self.request.GET.get("lines"))
        may_link = access.may(self.membership, "orders.link") and document.state == TradeDocument.State.RECORDED
        return super().get_context_data(
            document=document,
            details=getattr(document, "warehouse_details", None),
            detail_rows=detail_rows(document),
            lines=lines,
            columns=columns_of(lines.object_list),
            related=selectors.related_documents(self.membership, document),
            problems=words.explained(document.problems),
            financeable=_financeable(document, self.membership.organisation_id),
            may_speak=speaks_for(self.membership, document),
            may_ask=access.may(self.membership, "orders.ask") and document.state == TradeDocument.State.MATCHED,
            asked=selectors.request_about(document),
            word=selectors.last_word_on(document),
            paid=selectors.last_word_of_payment(document),
            link_form=forms.LinkParty(document=document) if may_link else None,
            **kwargs,
        )


class DocumentFile(Guarded, generic.View):
    """The bytes as they came, for those who may see the document."""

    def get(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """A download, never shown inline: it came from outside."""
        stored = self.document().file
        if stored is None:
            raise http.Http404
        response = http.HttpResponse(read_file(stored), content_type="application/octet-stream")
        response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(stored.name)}"
        response["X-Content-Type-Options"] = "nosniff"
        return response


def columns_of(lines: Any) -> list[str]:
    """The quantities that any line on the page carries."""
    names = ("ordered", "confirmed", "shipped", "received", "rejected", "short", "oversupplied")
    found = [name for name in names if any(getattr(line, name) is not None for line in lines)]
    return found or ["quantity"]


def detail_rows(document: TradeDocument) -> list[tuple[str, str]]:
    """What a warehouse receipt states beside its goods: names and values."""
    details = getattr(document, "warehouse_details", None)
    if details is None:
        return []
    skipped = ("id", "document", "stored_to_date")
    fields = [field for field in details._meta.fields if field.name not in skipped]
    return [(str(field.verbose_name), getattr(details, field.name)) for field in fields]


def _financeable(document: TradeDocument, organisation_id: int) -> list[dict]:
    """What of this document could be financed, for its owner."""
    if document.owner_id != organisation_id:
        return []
    lines = selectors.financeable_lines(organisation=document.owner, documents=[document.pk])
    return [
        {"line": line, "problems": [words.SENTENCES.get(code, code) for code in line.problems]}
        for line in lines[:LINES_PER_PAGE]
    ]
