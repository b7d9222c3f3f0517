"""Licences: a lender enters its own, the platform compares it with the paper and confirms it."""

# budget: a desk: forms, rows and decisions on its pages
from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.views import View

from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.parties import refusals
from scf.parties.access import may
from scf.parties.models import Membership

from ..forms.licences import LicenceWanted
from ..forms.names import region_name
from ..models import Licence
from ..selectors import licences as selectors
from ..services import licences
from .appetites import ENTERS, SEES

CONFIRMS = "banks.confirm_licence"
SHOWN = 50


class Guarded(PermissionRequiredMixin, View):
    """Whoever enters, sees or confirms licences; each act asks for its own permission."""

    needs: tuple[str, ...] = (SEES, CONFIRMS)

    @property
    def membership(self) -> Membership:
        """For whom the person acts."""
        membership: Membership = self.request.membership  # type: ignore[attr-defined]
        return membership

    def has_permission(self) -> bool:
        """True with any of the permissions."""
        return any(may(getattr(self.request, "membership", None), name) for name in self.needs)

    def page(self, *, status: int = 200, **given: Any) -> http.HttpResponse:
        """The licences that the reader may see, around a form or a refusal."""
        rows = list(selectors.visible_to(self.membership)[:SHOWN])
        confirms = may(self.membership, CONFIRMS)
        shown = [
            {"row": row, "regions": [region_name(code) for code in row.regions],
             "is_open": row.state == Licence.State.PROPOSED,
             "may_withdraw": row.state == Licence.State.PROPOSED and row.proposed_by_id == self.membership.user_id}
            for row in rows
        ]  # fmt: skip
        context = {
            "rows": shown, "confirms": confirms, "today": clock.today(), "may_enter": may(self.membership, ENTERS),
            "form": LicenceWanted(initial={"valid_from": clock.today()}), **given,
        }  # fmt: skip
        return shortcuts.render(self.request, "banks/licence_list.html", context, status=status)


class LicenceList(Guarded):
    """One's own licences, or for the platform those of all lenders."""

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        return self.page()


class LicenceEnter(Guarded):
    """POST: one's own licence, which waits for the platform."""

    needs = (ENTERS,)

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        form = LicenceWanted(request.POST)
        if form.is_valid():
            try:
                licences.propose(wanted=form.wanted, by=self.membership, at=clock.now())
                messages.success(request, _("Entered. It counts once the platform has compared it with the paper."))
                return shortcuts.redirect("banks:licence-list")
            except DomainError as refusal:
                field = str(refusal.detail.get("field", ""))
                form.add_error(field if field in form.fields else None, refusals.explain(refusal))
        return self.page(form=form, status=422)


class LicenceDecide(Guarded):
    """POST: the platform confirms or refuses, the lender takes back."""

    needs = (ENTERS, CONFIRMS)

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        shortcuts.get_object_or_404(selectors.visible_to(self.membership), pk=pk)
        common: dict[str, Any] = {"licence_id": pk, "by": self.membership, "at": clock.now()}
        try:
            if request.POST.get("action") == "confirm":
                if not may(self.membership, CONFIRMS):
                    raise PermissionDenied
                licences.confirm(**common)
                messages.success(request, _("Confirmed. The lender is asked within it from its first day on."))
            else:
                licences.take_off(note=request.POST.get("note", ""), **common)
                messages.success(request, _("Taken off the list."))
        except DomainError as refusal:
            return self.page(refusal=refusals.explain(refusal), status=refusals.status_of(refusal))
        return shortcuts.redirect("banks:licence-list")
