"""Who of a lender may decide: the matrix and its versions, and who is away."""

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
from scf.parties.models import Membership, Role

from ..forms.appetites import Answer
from ..forms.authority import AbsenceWanted, PowerRows, RungRows, Version, rows_of
from ..models import Absence, AuthorityMatrix
from ..selectors import authority as selectors
from ..services import absences, authority
from . import versions, words

PAST_SHOWN = 20
SEES, ENTERS, CONFIRMS = "banks.see_authority", "banks.enter_authority", "banks.confirm_authority"


def _who(request: http.HttpRequest) -> Membership:
    return request.membership  # type: ignore[attr-defined]


class AuthorityPage(PermissionRequiredMixin, View):
    """What counts today, what waits, what was; who is away."""

    permission_required = SEES

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        by, today = _who(request), clock.today()
        rows = selectors.visible_to(by)
        now = selectors.version_in_force(by.organisation_id, today)
        past, after = rows.exclude(state="PROPOSED").exclude(pk=now.pk if now else 0), request.GET.get("after", "")
        if after.isdecimal():
            past = past.filter(pk__lt=int(after))
        shown = list(past[: PAST_SHOWN + 1])
        context = {
            "now": now, "table": words.authority_table(rows.get(pk=now.pk)) if now else None,
            "general": _general(by) if now is None else [],
            "waiting": list(rows.filter(state="PROPOSED")), "past": shown[:PAST_SHOWN], "today": today,
            "next_after": shown[PAST_SHOWN - 1].pk if len(shown) > PAST_SHOWN else None,
            "absences": list(selectors.absences_of(by, today)), "may_enter": request.user.has_perm(ENTERS),
            "form": _absence_form(by),
        }  # fmt: skip
        return shortcuts.render(request, "banks/authority.html", context)


def _general(by: Membership) -> list[Any]:
    """Checkers with the authority that counts while there is no matrix."""
    currency = "CNY"
    matrix = selectors.matrix_of(by.organisation_id, currency, clock.today())
    names = {member.user_id: member.user for member in selectors.checkers(by.organisation_id)}
    return [(names[power.person], power.amount_max) for power in matrix.powers]  # type: ignore[index]


def _absence_form(by: Membership, data: Any = None) -> AbsenceWanted:
    officers = selectors.officers(by.organisation_id)
    own = [row for row in officers if row.user_id == by.user_id and row.role == by.role]
    people = officers if by.role == Role.ADMINISTRATOR else own
    return AbsenceWanted(data, people=people, substitutes=officers, today=clock.today())


class AuthorityNew(PermissionRequiredMixin, View):
    """A form for a version, filled with what counts today."""

    permission_required = ENTERS

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        powers, rungs = rows_of(selectors.version_in_force(_who(request).organisation_id, clock.today()))
        return self.show(Version(initial={"valid_from": clock.today()}), *self.rows(None, powers, rungs))

    def rows(self, data: Any, powers: Any = None, rungs: Any = None) -> tuple[Any, Any]:
        """The rows of the two tables."""
        people = list(selectors.checkers(_who(self.request).organisation_id))
        return (
            PowerRows(data, initial=powers, prefix="power", form_kwargs={"people": people}),
            RungRows(data, initial=rungs, prefix="rung"),
        )

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """The version waits for a colleague, or the forms say what is wrong."""
        form, (powers, rungs) = Version(request.POST), self.rows(request.POST)
        if all([form.is_valid(), powers.is_valid(), rungs.is_valid()]):
            try:
                authority.propose(
                    powers=[row.power for row in powers.forms if row.has_changed()],
                    rungs=[row.rung for row in rungs.forms if row.has_changed()],
                    by=_who(request), at=clock.now(), **form.cleaned_data,
                )  # fmt: skip
                messages.success(request, _("Entered. It counts from its first day once a colleague has confirmed it."))
                return shortcuts.redirect("banks:authority")
            except DomainError as refusal:
                form.add_error(None, refusals.explain(refusal))
        return self.show(form, powers, rungs, status=422)

    def show(self, form: Version, powers: Any, rungs: Any, *, status: int = 200) -> http.HttpResponse:
        """The page around the forms."""
        context = {"form": form, "powers": powers, "rungs": rungs}
        return shortcuts.render(self.request, "banks/authority_new.html", context, status=status)


class AuthorityVersion(PermissionRequiredMixin, View):
    """One version; POST: confirm, refuse, or take back."""

    permission_required = SEES

    def get(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        return self.show(pk)

    def show(self, pk: int, *, status: int = 200, **given: Any) -> http.HttpResponse:
        """The page, around a refusal where there is one."""
        row = shortcuts.get_object_or_404(selectors.visible_to(_who(self.request)), pk=pk)
        is_open, is_mine = row.state == AuthorityMatrix.State.PROPOSED, row.proposed_by_id == self.request.user.pk
        context = {
            "row": row, "table": words.authority_table(row), "form": Answer(), "is_open": is_open,
            "may_withdraw": is_open and is_mine,
            "may_decide": is_open and not is_mine and self.request.user.has_perm(CONFIRMS), **given,
        }  # fmt: skip
        return shortcuts.render(self.request, "banks/authority_version.html", context, status=status)

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """Decide; the page again where it cannot be."""
        shortcuts.get_object_or_404(selectors.visible_to(_who(request)), pk=pk)
        if not (request.user.has_perm(CONFIRMS) or request.user.has_perm(ENTERS)):
            raise PermissionDenied
        try:
            versions.decide(request, authority, matrix_id=pk)
        except DomainError as refusal:
            return self.show(pk, status=refusals.status_of(refusal), refusal=refusals.explain(refusal))
        return shortcuts.redirect("banks:authority")


class AbsenceNew(PermissionRequiredMixin, View):
    """Say who is away."""

    permission_required = SEES

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        form = _absence_form(_who(request), request.POST)
        if not form.is_valid():
            for errors in form.errors.values():
                messages.error(request, " ".join(map(str, errors)))
            return shortcuts.redirect("banks:authority")
        officers = {row.pk: row for row in selectors.officers(_who(request).organisation_id)}
        data = form.cleaned_data
        try:
            absences.enter(
                person=officers[data["person"]], substitute=officers.get(data["substitute"]),
                from_date=data["from_date"], to_date=data["to_date"], by=_who(request), at=clock.now(),
            )  # fmt: skip
            messages.success(request, _("Entered. It counts on these days, both included."))
        except DomainError as refusal:
            messages.error(request, refusals.explain(refusal))
        return shortcuts.redirect("banks:authority")


class AbsenceEnd(PermissionRequiredMixin, View):
    """Back again."""

    permission_required = SEES

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        row = shortcuts.get_object_or_404(Absence, pk=pk, bank=_who(request).organisation)
        try:
            absences.end(absence_id=row.pk, by=_who(request), at=clock.now())
            messages.success(request, _("The absence has ended; nobody stands in any more."))
        except DomainError as refusal:
            messages.error(request, refusals.explain(refusal))
        return shortcuts.redirect("banks:authority")
