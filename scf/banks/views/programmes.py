"""Programmes: how cases are placed with lenders, a form to enter a version, a page to confirm or refuse it."""

# budget: a desk: forms, rows and decisions on its pages
from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.utils.translation import gettext as _
from django.views import View

from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.parties import refusals

from ..forms.appetites import Answer
from ..forms.programmes import ProgrammeWanted, initial_of, seat_rows
from ..models import Programme
from ..selectors import programmes as selectors
from ..services import programmes
from . import versions, words

PAST_SHOWN = 20
PLACES = "banks.place"


class ProgrammeList(PermissionRequiredMixin, View):
    """What counts in the order in which cases are looked through, what waits, what comes, what has been."""

    permission_required = PLACES

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        rows, today = selectors.visible_to(request.membership), clock.today()  # type: ignore[attr-defined]
        now, confirmed = selectors.in_force(today), Programme.State.CONFIRMED
        coming = selectors.coming(today)
        past = rows.exclude(state=Programme.State.PROPOSED).exclude(pk__in=[row.pk for row in now]).order_by("-pk")
        past, after = past.exclude(state=confirmed, valid_from__gt=today), request.GET.get("after", "")
        if after.isdecimal():
            past = past.filter(pk__lt=int(after))
        shown = list(past[: PAST_SHOWN + 1])
        context = {
            "waiting": list(rows.filter(state=Programme.State.PROPOSED).order_by("pk")),
            "now": [(row, words.programme_facts(row)) for row in now],
            "coming": [(row, words.programme_facts(row)) for row in coming],
            "past": shown[:PAST_SHOWN], "today": today,
            "next_after": shown[PAST_SHOWN - 1].pk if len(shown) > PAST_SHOWN else None,
        }  # fmt: skip
        return shortcuts.render(request, "banks/programme_list.html", context)


class ProgrammeNew(PermissionRequiredMixin, View):
    """A form for a version: of a new programme, or by `from` of an existing one."""

    permission_required = PLACES

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        initial: dict[str, Any] = {"valid_from": clock.today()}
        model, model_pk = None, request.GET.get("from", "")
        if model_pk:
            visible = selectors.visible_to(request.membership)  # type: ignore[attr-defined]
            model = shortcuts.get_object_or_404(visible, pk=int(model_pk) if model_pk.isdecimal() else 0)
            initial = {**initial_of(model), **initial}
        return self.show(ProgrammeWanted(initial=initial), seat_rows(row=model))

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """The version waits for a colleague, or the form says what is wrong."""
        before = selectors.named(request.POST.get("name", ""))
        form, seats = ProgrammeWanted(request.POST), seat_rows(request.POST, before)
        if all([form.is_valid(), seats.is_valid()]):
            try:
                row = programmes.propose(
                    wanted=form.wanted([each.seat for each in seats.forms if each.has_changed()]),
                    why=form.cleaned_data["why"], by=request.membership, at=clock.now(),  # type: ignore[attr-defined]
                )  # fmt: skip
                messages.success(request, _("Entered. It counts from its first day once a colleague has confirmed it."))
                return shortcuts.redirect("banks:programme", pk=row.pk)
            except DomainError as refusal:
                field = str(refusal.detail.get("field", ""))
                form.add_error(field if field in form.fields else None, refusals.explain(refusal))
        return self.show(form, seats, status=422)

    def show(self, form: ProgrammeWanted, seats: Any, *, status: int = 200) -> http.HttpResponse:
        """The page around the forms."""
        context = {"form": form, "seats": seats}
        return shortcuts.render(self.request, "banks/programme_new.html", context, status=status)


class ProgrammePage(PermissionRequiredMixin, View):
    """One version beside the one whose place it takes; POST: confirm, refuse, or take back."""

    permission_required = PLACES

    def get(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        return self.show(pk)

    def show(self, pk: int, *, status: int = 200, **given: Any) -> http.HttpResponse:
        """The page, around a refusal where there is one."""
        visible = selectors.visible_to(self.request.membership)  # type: ignore[attr-defined]
        row: Programme = shortcuts.get_object_or_404(visible, pk=pk)
        is_open, is_mine = row.state == Programme.State.PROPOSED, row.proposed_by_id == self.request.user.pk
        before = selectors.version_before(row)
        context = {
            "row": row, "before": before, "form": Answer(), "is_open": is_open,
            "facts": words.beside(words.programme_facts(row), words.programme_facts(before) if before else {}),
            "may_decide": is_open and not is_mine, "may_withdraw": is_open and is_mine, **given,
        }  # fmt: skip
        return shortcuts.render(self.request, "banks/programme.html", context, status=status)

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """Decide; the page again where it cannot be."""
        shortcuts.get_object_or_404(selectors.visible_to(request.membership), pk=pk)  # type: ignore[attr-defined]
        try:
            versions.decide(request, programmes, programme_id=pk)
        except DomainError as refusal:
            return self.show(pk, status=refusals.status_of(refusal), refusal=refusals.explain(refusal))
        return shortcuts.redirect("banks:programme-list")
