"""What every page of this app starts from."""

from typing import Any

from django import http
from django.contrib.auth.mixins import PermissionRequiredMixin

from scf.orders import selectors
from scf.orders.models import TradeDocument
from scf.parties.models import Membership


class Guarded(PermissionRequiredMixin):
    """Lets in who has the permission; knows for whom the person acts."""

    permission_required = "orders.view"
    request: http.HttpRequest
    kwargs: dict[str, Any]

    @property
    def membership(self) -> Membership:
        """The acting membership; present wherever a permission was granted."""
        membership: Membership | None = self.request.membership  # type: ignore[attr-defined]
        if membership is None:
            raise http.Http404
        return membership

    def document(self) -> TradeDocument:
        """The document of the address, if the person may see it; 404 otherwise."""
        found = selectors.document_page(self.membership, self.kwargs["pk"])
        if found is None:
            raise http.Http404
        return found
