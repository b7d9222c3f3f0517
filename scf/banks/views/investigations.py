"""Payments that need a person, and one payment with all that is known of it; for the platform's clerks."""

from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db.models import QuerySet
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


def _slice(rows: QuerySet[Any], after: str, *, is_newest_first: bool = False) -> tuple[list[Any], int | None]:
    """The rows behind the key `after`, as many as a page shows, and the key behind which there are more."""
    if after.isdecimal():
        rows = rows.filter(pk__lt=int(after)) if is_newest_first else rows.filter(pk__gt=int(after))
    found = list(rows.order_by("-pk" if is_newest_first else "pk")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


class InvestigationList(PermissionRequiredMixin, View):
    """What is open and what has no answer, the oldest first; then what was settled, the newest first. Each by key."""

    permission_required = "servicing.reconcile"

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        rows = Investigation.objects.select_related("payment", "bank", "closed_by__user")
        waiting = rows.filter(state=Investigation.State.OPEN)
        silent = Payment.objects.filter(state__in=[Payment.State.SENT, Payment.State.UNKNOWN]).select_related("bank")
        lists = {
            "open": _slice(waiting, request.GET.get("open_after", "")),
            "silent": _slice(silent, request.GET.get("silent_after", "")),
            "settled": _slice(
                rows.filter(state=Investigation.State.CLOSED), request.GET.get("after", ""), is_newest_first=True
            ),
        }
        for row in lists["open"][0]:
            row.trouble = investigations.trouble_of(row)
        context: dict[str, Any] = {name: shown for name, (shown, _next) in lists.items()}
        context |= {f"{name}_next": following for name, (_shown, following) in lists.items()}
        context |= {"open_count": waiting.count(), "silent_count": silent.count(), "form": Settled()}
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
        about = list(payment.investigations.select_related("closed_by__user").order_by("pk"))
        for row in about:
            row.trouble = investigations.trouble_of(row)
        steps = AuditEntry.objects.filter(thread=payment.thread, after__payment=payment.end_to_end_id).order_by("pk")
        files = payment.files.exclude(handed_at=None).select_related("taken_by__user").order_by("pk")
        context: dict[str, Any] = {
            "payment": payment, "about": about, "files": files, "steps": steps[:STEPS_SHOWN], "form": form,
            "may_recall": recalls.may_recall(payment),
        }  # fmt: skip
        return shortcuts.render(request, "banks/payment.html", context, status=status)


def _who(request: http.HttpRequest) -> Any:
    return request.membership  # type: ignore[attr-defined]
