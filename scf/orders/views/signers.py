"""The platform registers who may speak for buyers and keepers: one proposes, another confirms, any one revokes."""

# budget: one desk: rows, the form and the decisions on one page
from typing import Any
from urllib.parse import quote

from django import http, shortcuts
from django.contrib import messages
from django.utils.translation import gettext as _
from django.views import generic

from scf.documents.services import read_file, store_file
from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.orders.forms.signing import SignerWanted
from scf.orders.models import SignerRegistration
from scf.orders.selectors.words import registrations
from scf.orders.services import signers
from scf.parties import refusals

from .base import Guarded

PAGE, WAITING_SHOWN = 50, 200
State = SignerRegistration.State


class SignerList(Guarded, generic.View):
    """Who waits to be confirmed, who speaks, who did; and the form to enter one."""

    permission_required = signers.PERMISSION

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page."""
        return page(self, request)


class Propose(Guarded, generic.View):
    """POST: enter a signer with the letter of authority."""

    permission_required = signers.PERMISSION

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """It waits for a colleague, or the form says what is wrong."""
        form = SignerWanted(request.POST, request.FILES)
        if form.is_valid():
            given, now = form.cleaned_data, clock.now()
            letter = store_file(
                content=form.content, name=given["evidence"].name or "letter", media_type=form.media_type,
                owner=given["organisation"], by=self.membership, at=now,
            )  # fmt: skip
            try:
                signers.propose(**{**given, "evidence": letter}, by=self.membership, at=now)
                messages.success(request, _("The signer is entered and speaks when a colleague has confirmed it."))
                return shortcuts.redirect("orders:signer-list")
            except DomainError as refusal:
                form.add_error(None, refusals.explain(refusal))
        return page(self, request, form=form, status=422)


class Decide(Guarded, generic.View):
    """POST: confirm or refuse what a colleague entered, or end a signer's authority."""

    permission_required = signers.PERMISSION

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """Back to the page with what was done."""
        row = shortcuts.get_object_or_404(SignerRegistration, pk=pk)
        act, note = request.POST.get("action", ""), request.POST.get("note", "")
        given: dict[str, Any] = {"registration_id": row.pk, "by": self.membership, "at": clock.now()}
        try:
            if act == "confirm":
                signers.confirm(**given)
                messages.success(request, _("%(name)s may speak from now on.") % {"name": row.name})
            elif act == "refuse":
                signers.refuse(note=note, **given)
                messages.success(request, _("Taken off the list."))
            elif act == "revoke":
                signers.revoke(why=note, **given)
                messages.success(request, _("%(name)s does not speak any more.") % {"name": row.name})
        except DomainError as refusal:
            return page(self, request, refusal=refusals.explain(refusal), status=refusals.status_of(refusal))
        return shortcuts.redirect("orders:signer-list")


class Evidence(Guarded, generic.View):
    """The letter of authority, as a download."""

    permission_required = signers.PERMISSION

    def get(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """Its bytes as they came."""
        stored = shortcuts.get_object_or_404(SignerRegistration.objects.select_related("evidence"), pk=pk).evidence
        response = http.HttpResponse(read_file(stored), content_type="application/octet-stream")
        response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(stored.name)}"
        response["X-Content-Type-Options"] = "nosniff"
        return response


def page(view: Guarded, request: http.HttpRequest, *, status: int = 200, **given: Any) -> http.HttpResponse:
    """The page of signers around a form with errors or a refusal."""
    after = request.GET.get("after", "")
    rows = registrations(State.CONFIRMED)
    found = list((rows.filter(pk__lt=int(after)) if after.isdecimal() else rows)[: PAGE + 1])
    waiting = registrations(State.PROPOSED)[:WAITING_SHOWN]
    context = {
        "waiting": [{"row": row, "is_mine": row.proposed_by_id == view.membership.user_id} for row in waiting],
        "rows": found[:PAGE], "next_after": found[PAGE - 1].pk if len(found) > PAGE else None,
        "form": SignerWanted(), **given,
    }  # fmt: skip
    return shortcuts.render(request, "orders/signer_list.html", context, status=status)
