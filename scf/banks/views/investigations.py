"""Payments that need a person, and one payment with all that is known of it; for the platform's clerks."""

from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.utils.translation import gettext as _
from django.views import View

from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.kernel.models import AuditEntry
from scf.parties import refusals

from ..forms.investigations import AskBack, Settled
from ..models import Investigation, Payment
from ..services import investigations, recalls

PAGE = 25
STEPS_SHOWN = 50


class InvestigationList(PermissionRequiredMixin, View):
    """What is open, the oldest first; then what was settled, the newest first, page by page."""

    permission_required = "servicing.reconcile"

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        rows = Investigation.objects.select_related("payment", "bank", "closed_by__user")
        settled = rows.filter(state=Investigation.State.CLOSED).order_by("-pk")
        after = request.GET.get("after", "")
        if after.isdecimal():
            settled = settled.filter(pk__lt=int(after))
        found = list(settled[: PAGE + 1])
        silent = Payment.objects.filter(state__in=[Payment.State.SENT, Payment.State.UNKNOWN]).select_related("bank")
        context = {
            "open": rows.filter(state=Investigation.State.OPEN).order_by("pk")[:PAGE], "form": Settled(),
            "silent": silent.order_by("pk")[:PAGE], "settled": found[:PAGE],
            "next_after": found[PAGE - 1].pk if len(found) > PAGE else None,
        }  # fmt: skip
        return shortcuts.render(request, "banks/investigation_list.html", context)


class Close(PermissionRequiredMixin, View):
    """POST: say what was done about one."""

    permission_required = "servicing.reconcile"

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        row = shortcuts.get_object_or_404(Investigation, pk=pk)
        try:
            investigations.close(
                investigation_id=row.pk, note=request.POST.get("note", ""), by=_who(request), at=clock.now()
            )
            messages.success(request, _("Settled, with your words on record."))
        except DomainError as refusal:
            messages.error(request, refusals.explain(refusal))
        return shortcuts.redirect("banks:investigation-list")


class PaymentPage(PermissionRequiredMixin, View):
    """One instruction: what was told, what the bank says, everything that happened. POST: ask it back."""

    permission_required = "servicing.reconcile"

    def get(self, request: http.HttpRequest, name: str) -> http.HttpResponse:
        return self._page(request, name, AskBack())

    def post(self, request: http.HttpRequest, name: str) -> http.HttpResponse:
        payment = shortcuts.get_object_or_404(Payment, end_to_end_id=name)
        form = AskBack(request.POST)
        if not form.is_valid():
            return self._page(request, name, form, status=422)
        try:
            recalls.recall(
                payment_id=payment.pk, reason_code=form.cleaned_data["reason_code"], note=form.cleaned_data["note"],
                by=_who(request), at=clock.now(),
            )  # fmt: skip
            messages.success(request, _("The bank is asked to get the money back. Its answer will stand here."))
        except DomainError as refusal:
            messages.error(request, refusals.explain(refusal))
        return shortcuts.redirect("banks:payment", name=name)

    def _page(self, request: http.HttpRequest, name: str, form: AskBack, status: int = 200) -> http.HttpResponse:
        found = Payment.objects.select_related("bank", "debtor_account", "creditor_account__organisation")
        payment = shortcuts.get_object_or_404(found, end_to_end_id=name)
        about = payment.investigations.select_related("closed_by__user").order_by("pk")
        steps = AuditEntry.objects.filter(thread=payment.thread, after__payment=payment.end_to_end_id).order_by("pk")
        files = payment.files.exclude(handed_at=None).select_related("taken_by__user").order_by("pk")
        context: dict[str, Any] = {
            "payment": payment, "about": about, "files": files, "steps": steps[:STEPS_SHOWN], "form": form,
            "may_recall": recalls.may_recall(payment),
        }  # fmt: skip
        return shortcuts.render(request, "banks/payment.html", context, status=status)


def _who(request: http.HttpRequest) -> Any:
    return request.membership  # type: ignore[attr-defined]
