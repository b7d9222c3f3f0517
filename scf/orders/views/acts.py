"""What the platform does about a document."""

from django import http, shortcuts
from django.contrib import messages
from django.utils.translation import gettext as _
from django.views import generic

from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.orders import services
from scf.orders.forms import files as forms
from scf.parties import refusals

from .base import Guarded


class LinkParty(Guarded, generic.View):
    """POST: the platform names the organisation that a document means."""

    permission_required = "orders.link"

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """Link one party, then back to the document."""
        document = self.document()
        form = forms.LinkParty(request.POST, document=document)
        if not form.is_valid():
            messages.error(request, _("Choose a party and an organisation."))
            return shortcuts.redirect("orders:document-detail", pk=pk)
        try:
            services.link_party(document_id=document.pk, by=self.membership, at=clock.now(), **form.cleaned_data)
        except DomainError as refusal:
            messages.error(request, refusals.explain(refusal))
        else:
            messages.success(request, _("The party is linked."))
        return shortcuts.redirect("orders:document-detail", pk=pk)
