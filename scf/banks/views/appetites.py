"""A lender's appetite: its versions, a form to enter one, a page to confirm or refuse it."""

# budget: a desk: forms, rows and decisions on its pages
from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import View

from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.parties import refusals
from scf.parties.models import Membership

from ..forms.appetites import Answer, AppetiteWanted, PriceRows, initial_of
from ..models import Appetite
from ..selectors import appetites as selectors
from ..services import appetites
from . import versions, words

PAST_SHOWN = 20
SEES, ENTERS, CONFIRMS = "banks.see_appetite", "banks.enter_appetite", "banks.confirm_appetite"


class AppetiteList(PermissionRequiredMixin, View):
    """What counts, what comes, what waits, and what has been."""

    permission_required = SEES

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        membership: Membership = request.membership  # type: ignore[attr-defined]
        today = clock.today()
        found = selectors.lines(membership, today)
        past, after = selectors.past(membership, today, now=found.now), request.GET.get("after", "")
        if after.isdecimal():
            past = past.filter(pk__lt=int(after))
        rows = list(past[: PAST_SHOWN + 1])
        context = {
            "waiting": found.waiting, "now": [(row, words.facts(row)) for row in found.now],
            "coming": [(row, words.facts(row)) for row in found.coming], "past": rows[:PAST_SHOWN], "today": today,
            "next_after": rows[PAST_SHOWN - 1].pk if len(rows) > PAST_SHOWN else None,
            "may_enter": request.user.has_perm(ENTERS),
        }  # fmt: skip
        return shortcuts.render(request, "banks/appetite_list.html", context)


class AppetiteNew(PermissionRequiredMixin, View):
    """A form for a version: of a new line, or by `from` of the line of an existing version."""

    permission_required = ENTERS

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        membership: Membership = request.membership  # type: ignore[attr-defined]
        initial: dict[str, Any] = {"valid_from": clock.today()}
        prices: list[dict[str, Any]] = []
        model_pk = request.GET.get("from", "")
        if model_pk:
            visible = selectors.visible_to(membership)
            model = shortcuts.get_object_or_404(visible, pk=int(model_pk) if model_pk.isdecimal() else 0)
            initial = {**initial_of(model), **initial}
            prices = model.prices
        return self.show(AppetiteWanted(initial=initial), PriceRows(initial=prices, prefix="price"))

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """The version waits for a colleague, or the form says what is wrong."""
        form, prices = AppetiteWanted(request.POST), PriceRows(request.POST, prefix="price")
        if all([form.is_valid(), prices.is_valid()]):
            cells = [row.cell for row in prices.forms if row.has_changed() and row.cell is not None]
            try:
                row = appetites.propose(
                    wanted=form.wanted(cells), why=form.cleaned_data["why"], at=clock.now(),
                    by=request.membership,  # type: ignore[attr-defined]
                )  # fmt: skip
                messages.success(request, _("Entered. It counts from its first day once a colleague has confirmed it."))
                return shortcuts.redirect("banks:appetite", pk=row.pk)
            except DomainError as refusal:
                field = str(refusal.detail.get("field", ""))
                form.add_error(field if field in form.fields else None, refusals.explain(refusal))
        return self.show(form, prices, status=422)

    def show(self, form: AppetiteWanted, prices: Any, *, status: int = 200) -> http.HttpResponse:
        """The page around the forms."""
        context = {"form": form, "prices": prices, "back": reverse("banks:appetite-list")}
        return shortcuts.render(self.request, "banks/appetite_new.html", context, status=status)


class AppetitePage(PermissionRequiredMixin, View):
    """One version beside the one whose place it takes; POST: confirm, refuse, or take back."""

    permission_required = SEES

    def get(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        return self.show(self.find(pk))

    def find(self, pk: int) -> Appetite:
        """The version, where it is of one's own lender."""
        visible = selectors.visible_to(self.request.membership)  # type: ignore[attr-defined]
        row: Appetite = shortcuts.get_object_or_404(visible, pk=pk)
        return row

    def show(self, row: Appetite, *, status: int = 200, **given: Any) -> http.HttpResponse:
        """The page, around a refusal where there is one."""
        user, is_open = self.request.user, row.state == Appetite.State.PROPOSED
        is_mine = row.proposed_by_id == user.pk
        before = selectors.version_before(row)
        context = {
            "row": row, "before": before, "facts": words.side_by_side(row, before), "form": Answer(),
            "may_decide": is_open and not is_mine and user.has_perm(CONFIRMS),
            "may_withdraw": is_open and is_mine, "is_open": is_open, "may_enter": user.has_perm(ENTERS), **given,
        }  # fmt: skip
        return shortcuts.render(self.request, "banks/appetite.html", context, status=status)

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """Decide; the page again where it cannot be."""
        row = self.find(pk)
        if not (request.user.has_perm(CONFIRMS) or request.user.has_perm(ENTERS)):
            raise PermissionDenied
        try:
            versions.decide(request, appetites, appetite_id=pk)
        except DomainError as refusal:
            explained = refusals.explain(refusal)
            return self.show(self.find(row.pk), status=refusals.status_of(refusal), refusal=explained)
        return shortcuts.redirect("banks:appetite-list")
