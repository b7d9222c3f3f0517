"""What a lender lets its own rules decide, and what they decided."""

from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.parties import refusals
from scf.parties.models import Membership

from .. import forms
from ..models import AutoDecision, AutoRule
from ..services import automatic

PAGE = 25
SEES, ENTERS, CONFIRMS = "banks.see_appetite", "banks.enter_appetite", "banks.confirm_appetite"
REASONS: dict[str, str | Promise] = {
    "CURRENCY": gettext_lazy("another currency"),
    "AMOUNT": gettext_lazy("the amount is above the rule"),
    "TENOR": gettext_lazy("the tenor is longer than the rule"),
    "PRODUCT": gettext_lazy("the product is not in the rule"),
    "GRADE": gettext_lazy("the borrower's grade is not known or too low"),
    "WARNING": gettext_lazy("a check warns"),
    "LIMIT": gettext_lazy("a limit or the licence stands against it"),
    "NO_PRICE": gettext_lazy("the price list says nothing for it"),
    "FEE": gettext_lazy("the price list names a fee"),
    "RATE": gettext_lazy("the rate is out of bounds"),
}


class RuleList(PermissionRequiredMixin, View):
    """The rule that decides, what waits to be confirmed, and the last decisions. POST: enter one."""

    permission_required = SEES

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        return self._page(request, forms.AutoRuleWanted(initial={"valid_from": clock.today(), "offer_days": 3}))

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        if not request.user.has_perm(ENTERS):
            return self.handle_no_permission()
        form = forms.AutoRuleWanted(request.POST)
        if not form.is_valid():
            return self._page(request, form, status=422)
        try:
            automatic.propose(**form.terms, by=_who(request), at=clock.now())
            messages.success(request, _("The rule is entered. It decides once a colleague has confirmed it."))
        except DomainError as refusal:
            form.add_error(None, refusals.explain(refusal))
            return self._page(request, form, status=422)
        return shortcuts.redirect("financing:rule-list")

    def _page(self, request: http.HttpRequest, form: Any, status: int = 200) -> http.HttpResponse:
        by = _who(request)
        own = AutoRule.objects.filter(bank=by.organisation).select_related("proposed_by", "decided_by", "stopped_by")
        decided = AutoDecision.objects.filter(bank_case__bank=by.organisation).order_by("-pk")
        after = request.GET.get("after", "")
        if after.isdecimal():
            decided = decided.filter(pk__lt=int(after))
        rows = list(decided.select_related("bank_case__application")[: PAGE + 1])
        context = {
            "waiting": own.filter(state=AutoRule.State.PROPOSED).first(), "form": form,
            "rules": own.filter(state=AutoRule.State.CONFIRMED).order_by("-valid_from", "-pk")[:5],
            "decisions": [(row, [REASONS.get(code, code) for code in row.reasons], automatic.is_reproduced(row))
                          for row in rows[:PAGE]],
            "next_after": rows[PAGE - 1].pk if len(rows) > PAGE else None, "today": clock.today(),
            "may_enter": request.user.has_perm(ENTERS), "may_confirm": request.user.has_perm(CONFIRMS),
        }  # fmt: skip
        return shortcuts.render(request, "financing/rule_list.html", context, status=status)


class RuleDecide(PermissionRequiredMixin, View):
    """POST: confirm or refuse a rule that a colleague entered; take back one's own; stop one at once."""

    permission_required = SEES

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        by, action = _who(request), request.POST.get("action", "")
        row = shortcuts.get_object_or_404(AutoRule, pk=pk, bank=by.organisation)
        if action != "stop" and not request.user.has_perm(CONFIRMS):
            return self.handle_no_permission()
        try:
            if action == "stop":
                automatic.stop(rule_id=row.pk, by=by, at=clock.now())
                messages.success(request, _("Stopped. From now on people decide every case."))
            elif action == "confirm":
                automatic.confirm(rule_id=row.pk, by=by, at=clock.now())
                messages.success(request, _("The rule stands. It decides from its first day on."))
            else:
                automatic.take_off(rule_id=row.pk, note=request.POST.get("note", ""), by=by, at=clock.now())
                messages.success(request, _("The rule is off the list."))
        except DomainError as refusal:
            messages.error(request, refusals.explain(refusal))
        return shortcuts.redirect("financing:rule-list")


def _who(request: http.HttpRequest) -> Membership:
    return request.membership  # type: ignore[attr-defined]
