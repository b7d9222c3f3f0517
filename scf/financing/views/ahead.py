"""Signing the first good offer ahead: a box on the last page of an application, and on the case while it waits."""

from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.utils.translation import gettext as _
from django.views import View

from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.parties import refusals
from scf.parties.access import may
from scf.parties.models import Membership

from .. import selectors
from ..forms import AheadWanted
from ..models import Application
from ..services import ahead


def ahead_context(membership: Membership, application: Application) -> dict[str, Any]:
    """What is signed ahead, for the borrower only, and the form where it can be signed now."""
    if application.supplier_id != membership.organisation_id:
        return {}
    is_in_time = application.state in ahead.BEFORE_SIGNING and application.amount_minor and application.tenor_days
    may_sign = bool(is_in_time and may(membership, "financing.accept"))
    form = AheadWanted(auto_id="ahead-%s", today=clock.today()) if may_sign else None
    signed = ahead.of(application)
    stale = signed is not None and (signed.amount_minor, signed.tenor_days) != (
        application.amount_minor, application.tenor_days
    )  # fmt: skip
    return {"ahead": signed, "ahead_form": form, "ahead_is_stale": stale, "ahead_counts": bool(is_in_time)}


class SignAhead(PermissionRequiredMixin, View):
    """Sign ahead, or take it back."""

    permission_required = "financing.accept"

    def post(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        by: Membership = request.membership  # type: ignore[attr-defined]
        own = selectors.applications_visible_to(by).filter(supplier=by.organisation)
        application = shortcuts.get_object_or_404(own, number=number)
        if request.POST.get("action") == "revoke":
            ahead.revoke(application_id=application.pk, by=by, at=clock.now())
            messages.success(request, _("Taken back. You compare and sign the offers yourself."))
        else:
            self._sign(application, by)
        page = "apply-review" if application.state == Application.State.DRAFT else "case"
        return shortcuts.redirect(f"financing:{page}", number=application.number)

    def _sign(self, application: Application, by: Membership) -> None:
        form = AheadWanted(self.request.POST, today=clock.today())
        if not form.is_valid():
            for name, errors in form.errors.items():
                label = form.fields[name].label if name in form.fields else ""
                messages.error(self.request, f"{label}: " + " ".join(map(str, errors)))
            return
        try:
            ahead.sign(application_id=application.pk, by=by, at=clock.now(), **form.terms)
            messages.success(self.request, _("Signed ahead. The first offer that keeps within it is taken at once."))
        except DomainError as refusal:
            messages.error(self.request, refusals.explain(refusal))
