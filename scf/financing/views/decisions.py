"""What an officer saw when deciding, as it was; files in a thread of questions; what must be there before payment."""

from decimal import Decimal
from typing import Any

from csp.decorators import csp_replace
from django import http, shortcuts
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied
from django.utils.decorators import method_decorator
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from scf.documents.services import read_file
from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.kernel.templatetags.figures import percent
from scf.parties import refusals

from .. import selectors
from ..models import BankCase, Precedent
from ..services import precedents

SEEN_POLICY = {
    "default-src": ["'none'"], "style-src": ["'unsafe-inline'"], "frame-ancestors": ["'self'"], "sandbox": [],
}  # fmt: skip


TERM_NAMES = {
    "amount": gettext_lazy("Amount"),
    "rate": gettext_lazy("Yearly rate"),
    "tenor_days": gettext_lazy("Tenor in days"),
    "expires_on": gettext_lazy("Stands until"),
    "conditions": gettext_lazy("Conditions"),
    "precedents": gettext_lazy("Before payment"),
    "index": gettext_lazy("Index"),
    "spread_bp": gettext_lazy("Points in bp"),
    "fee_bp": gettext_lazy("One-off fee in bp"),
    "reason": gettext_lazy("Reason for declining"),
}


class DecisionPage(PermissionRequiredMixin, View):
    """One officer's word about a case, with the page that the officer had before it; for that lender only."""

    permission_required = "financing.view"

    def get(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        visible = selectors.decisions_visible_to(request.membership)  # type: ignore[attr-defined]
        decision = shortcuts.get_object_or_404(visible, pk=pk)
        others = visible.filter(bank_case=decision.bank_case).order_by("pk")
        said = dict(decision.terms)
        if said.get("rate"):
            said["rate"] = percent(Decimal(said["rate"]))
        if "reason" in said:
            said["reason"] = BankCase.DeclineReason(said["reason"]).label
        terms = {TERM_NAMES[name]: value for name, value in said.items() if name in TERM_NAMES and value}
        context = {
            "decision": decision, "application": decision.bank_case.application, "others": others, "terms": terms
        }  # fmt: skip
        return shortcuts.render(request, "financing/decision.html", context)


class DecisionSeen(PermissionRequiredMixin, View):
    """The page as it was kept: shown in a frame that runs nothing and loads nothing."""

    permission_required = "financing.view"

    @method_decorator(csp_replace(SEEN_POLICY))
    def get(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        visible = selectors.decisions_visible_to(request.membership)  # type: ignore[attr-defined]
        decision = shortcuts.get_object_or_404(visible.exclude(seen=None), pk=pk)
        assert decision.seen is not None
        return http.HttpResponse(read_file(decision.seen), content_type="text/html; charset=utf-8")


class InfoFile(PermissionRequiredMixin, View):
    """A file that came with an answer, for those who read the thread."""

    permission_required = "financing.view"

    def get(self, request: http.HttpRequest, number: str, pk: int) -> http.HttpResponse:
        visible = selectors.info_visible_to(request.membership)  # type: ignore[attr-defined]
        found = visible.filter(bank_case__application__number=number).exclude(file=None)
        return _as_download(shortcuts.get_object_or_404(found, pk=pk).file)


class PrecedentFile(PermissionRequiredMixin, View):
    """The evidence that something is met."""

    permission_required = "financing.view"

    def get(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        visible = selectors.precedents_visible_to(request.membership)  # type: ignore[attr-defined]
        return _as_download(shortcuts.get_object_or_404(visible.exclude(evidence=None), pk=pk).evidence)


def _as_download(stored: Any) -> http.HttpResponse:
    response = http.HttpResponse(read_file(stored), content_type=stored.media_type)
    response["Content-Disposition"] = content_disposition_header(True, stored.name) or ""
    return response


NEEDS = {"bring": ("financing.answer", "financing.make"), "turn_down": ("financing.check",),
         "tick_off": ("financing.check",), "waive": ("financing.check",)}  # fmt: skip


class PrecedentAct(PermissionRequiredMixin, View):
    """Bring, turn down, tick off, or do without."""

    permission_required = "financing.view"

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        by = request.membership  # type: ignore[attr-defined]
        row: Precedent = shortcuts.get_object_or_404(selectors.precedents_visible_to(by), pk=pk)
        action = request.POST.get("action", "")
        if not any(request.user.has_perm(permission) for permission in NEEDS.get(action, ())):
            raise PermissionDenied
        common: dict[str, Any] = {"precedent_id": row.pk, "by": by, "at": clock.now()}
        note, upload = request.POST.get("note", ""), request.FILES.get("file")
        try:
            if action == "bring":
                precedents.bring(
                    said=note, file_name=upload.name or "" if upload else "", content=upload.read() if upload else b"",
                    **common,
                )  # fmt: skip
            elif action == "tick_off":
                precedents.tick_off(**common)
            else:
                getattr(precedents, action)(note=note, **common)
            messages.success(request, _("Noted."))
        except DomainError as refusal:
            messages.error(request, refusals.explain(refusal))
        return shortcuts.redirect("financing:case", number=row.bank_case.application.number)
