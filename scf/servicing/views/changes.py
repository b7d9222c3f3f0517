"""Changes of running loans: the maker sees what one would do and proposes it, the checker decides."""

# budget: a page that shows a proposal, what it does, and its decision meets every room

from collections.abc import Callable
from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import View

from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.parties import refusals
from scf.parties.access import may

from ..forms import changes as forms
from ..models import Loan, LoanChange
from ..selectors import changes as selectors
from ..selectors import standing
from ..services import changes
from .base import Guarded

PAGE = 25


class OfLender(Guarded):
    """Officers of the loan's own lender."""

    def has_permission(self) -> bool:
        """Makers and checkers."""
        membership = getattr(self.request, "membership", None)
        return may(membership, "servicing.propose") or may(membership, "servicing.decide")

    def change(self, pk: int) -> LoanChange:
        """The change, if it is the lender's; 404 otherwise."""
        return shortcuts.get_object_or_404(selectors.changes_visible_to(self.membership), pk=pk)


class ChangeList(OfLender, View):
    """What waits for a decision first, then what was decided."""

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page; `?after=` goes on behind a decided one."""
        found = selectors.changes_visible_to(self.membership)
        decided = found.exclude(state=LoanChange.State.PROPOSED)
        after = request.GET.get("after", "")
        rows = list((decided.filter(pk__lt=int(after)) if after.isdecimal() else decided)[: PAGE + 1])
        context = {
            "waiting": list(found.filter(state=LoanChange.State.PROPOSED).order_by("id")[:100]),
            "decided": rows[:PAGE], "next_after": rows[PAGE - 1].pk if len(rows) > PAGE else None,
            "is_checker": may(self.membership, "servicing.decide"),
        }  # fmt: skip
        return shortcuts.render(request, "servicing/change_list.html", context)


class ChangeNew(OfLender, View):
    """A proposal: choose a kind, fill it in, see what it does, propose it."""

    permission = "servicing.propose"

    def has_permission(self) -> bool:
        """Makers only."""
        return may(getattr(self.request, "membership", None), self.permission)

    def get(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        """The kinds; with `?kind=` its form."""
        loan, kind = self.loan(number), request.GET.get("kind", "")
        form = forms.FORMS[kind](loan=loan, initial={"value_date": clock.today()}) if kind in forms.FORMS else None
        return self._page(request, loan, form)

    def post(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        """Show what it does; with `action=propose` lay it before the checkers."""
        loan, kind = self.loan(number), request.POST.get("kind", "")
        if kind not in forms.FORMS:
            return self._page(request, loan, None, status=422)
        form = forms.FORMS[kind](request.POST, loan=loan)
        if not form.is_valid():
            return self._page(request, loan, form, status=422)
        try:
            foreseen = selectors.foresee(loan, form.proposal().draft(loan), clock.today())
            if request.POST.get("action") != "propose":
                return self._page(request, loan, form, foreseen=foreseen)
            proposal = form.proposal()
            change = changes.propose(loan_id=loan.pk, proposal=proposal, by=self.membership, at=clock.now())
        except DomainError as refusal:
            form.add_error(None, refusals.explain(refusal))
            return self._page(request, loan, form, status=refusals.status_of(refusal))
        messages.success(request, _("It is laid before your checkers. Nothing changes until one of them approves it."))
        return shortcuts.redirect("servicing:change", pk=change.pk)

    def _page(
        self, request: http.HttpRequest, loan: Loan, form: forms.ChangeForm | None, *, status: int = 200, **given: Any
    ) -> http.HttpResponse:
        context = {
            "loan": loan, "form": form, "kinds": LoanChange.Kind.choices, "kind": form.kind if form else "",
            "label": LoanChange.Kind(form.kind).label if form else "", "stand": standing(loan, clock.today()), **given,
        }  # fmt: skip
        return shortcuts.render(request, "servicing/change_new.html", context, status=status)


class ChangePage(OfLender, View):
    """One change: what it does to the loan, and what was decided."""

    def get(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """The page."""
        return self._page(request, self.change(pk), forms.Decision())

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """The checker approves or refuses; the maker withdraws."""
        change = self.change(pk)
        if request.POST.get("action") == "withdraw":
            return self._do(request, change, lambda: changes.withdraw(change_id=pk, **self._who()), forms.Decision())
        form = forms.Decision(request.POST)
        if not form.is_valid():
            return self._page(request, change, form, status=422)
        decide = changes.approve if form.cleaned_data["action"] == "approve" else changes.refuse
        answer = form.cleaned_data["answer"]
        return self._do(request, change, lambda: decide(change_id=pk, answer=answer, **self._who()), form)

    def _who(self) -> dict[str, Any]:
        return {"by": self.membership, "at": clock.now()}

    def _do(
        self, request: http.HttpRequest, change: LoanChange, work: Callable[[], LoanChange], form: forms.Decision
    ) -> http.HttpResponse:
        try:
            done = work()
        except DomainError as refusal:
            form.is_valid()
            form.add_error(None, refusals.explain(refusal))
            return self._page(request, change, form, status=refusals.status_of(refusal))
        messages.success(request, _("The change is %(state)s.") % {"state": done.get_state_display()})
        return shortcuts.redirect("servicing:change", pk=change.pk)

    def _page(
        self, request: http.HttpRequest, change: LoanChange, form: forms.Decision, *, status: int = 200
    ) -> http.HttpResponse:
        is_open, foreseen, why_not = change.state == LoanChange.State.PROPOSED, None, ""
        if is_open:
            try:
                foreseen = selectors.foresee(change.loan, change, clock.today())
            except DomainError as refusal:
                why_not = refusals.explain(refusal)
        is_mine = change.made_by.user_id == self.membership.user_id
        context = {
            "change": change, "loan": change.loan, "form": form, "foreseen": foreseen, "why_not": why_not,
            "may_withdraw": is_open and is_mine,
            "may_decide": is_open and not is_mine and may(self.membership, "servicing.decide"),
            "stand": standing(change.loan, clock.today()), "back": reverse("servicing:change-list"),
        }  # fmt: skip
        return shortcuts.render(request, "servicing/change.html", context, status=status)
