"""One payment that came in: what it may mean, and what a clerk decides about it."""

# budget: a decision is read, taken, explained and answered here

from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views import View

from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.parties import refusals

from .. import forms, selectors
from ..models import IncomingPayment
from ..selectors import suggestions
from ..services import matching
from .base import PlatformOnly
from .match_words import fit_of, why_it_waits, words_of

State = IncomingPayment.State
UNDO = "undo_matching"  # in the session: payments decided, the last one at the end
UNDO_MAX = 50


class Incoming(PlatformOnly, View):
    """One payment: which loan it means, or why none."""

    def get(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """The payment with the likeliest loans."""
        return self._page(request, self._incoming(pk))

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """Decide: `action` says what; without one, the loan that `number` names."""
        incoming = self._incoming(pk)
        action = request.POST.get("action", "allocate")
        form = self._form(request, incoming, action)
        if form is not None and not form.is_valid():
            return self._page(request, incoming, status=422, form=form, action=action)
        try:
            words = self._decide(incoming, action, form.cleaned_data if form is not None else {})
        except DomainError as refusal:
            status = refusals.status_of(refusal)
            return self._page(request, incoming, status=status, action=action, problem=refusals.explain(refusal))
        remember(request, pk, action)
        messages.success(request, words)
        then = request.POST.get("then", "")
        is_ours = url_has_allowed_host_and_scheme(then, allowed_hosts={request.get_host()})
        return shortcuts.redirect(then if is_ours else "servicing:reconciliation")

    def _incoming(self, pk: int) -> IncomingPayment:
        return shortcuts.get_object_or_404(selectors.incoming_visible_to(self.membership), pk=pk)

    def _form(self, request: http.HttpRequest, incoming: IncomingPayment, action: str) -> forms.Form | None:
        if action == "set_aside":
            return forms.SetAside(request.POST)
        if action == "take":
            return forms.Parts(request.POST, incoming=incoming)
        return forms.Allocate(request.POST, incoming=incoming) if action == "allocate" else None

    def _decide(self, incoming: IncomingPayment, action: str, data: dict[str, Any]) -> str:
        who: Any = {"incoming_id": incoming.pk, "by": self.membership, "at": clock.now()}
        if action == "undo":
            action = "take_up" if incoming.state == State.SET_ASIDE else "take_back"
        if action == "take":
            matching.split(parts=data["parts"], **who)
            return _("The payment is on %(count)s loans.") % {"count": len(data["parts"])}
        if action == "set_aside":
            matching.set_aside(note=data["note"], **who)
            return _("The payment is set aside.")
        if action == "take_back":
            matching.unmatch(**who)
            return _("The payment is off its loan.")
        if action == "take_up":
            matching.take_up(**who)
            return _("The payment waits again.")
        if action == "give_back":
            matching.give_back(**who)
            return _("The payment is noted as returned.")
        matching.allocate(loan_id=data["number"].pk, **who)
        return _("The payment is on loan %(loan)s.") % {"loan": data["number"].number}

    def _page(
        self, request: http.HttpRequest, incoming: IncomingPayment, *, status: int = 200, **given: Any
    ) -> http.HttpResponse:
        form, action = given.pop("form", None), given.pop("action", "")
        context = panel(incoming) | given
        if form is not None:
            context["allocate" if action == "allocate" else action] = form
        return shortcuts.render(request, "servicing/incoming.html", context, status=status)


def remember(request: http.HttpRequest, pk: int, action: str) -> None:
    """Keep in the session what may be undone by one key."""
    done = [each for each in request.session.get(UNDO, []) if each != pk]
    if action in ("take", "allocate", "set_aside"):
        done.append(pk)
    request.session[UNDO] = done[-UNDO_MAX:]


def panel(incoming: IncomingPayment) -> dict[str, Any]:
    """What the page of a payment shows, and the desk beside its list."""
    is_waiting = incoming.state == State.SUSPENSE
    is_gone = incoming.returned_by_id is not None or incoming.entry.missing_from_id is not None
    may_suggest = is_waiting and not is_gone
    found = suggestions.suggestions_for(incoming) if may_suggest else suggestions.Found([], [])
    why, then = why_it_waits(incoming)
    return {
        "incoming": incoming,
        "entry": incoming.entry,
        "why": why,
        "next_step": then,
        "is_waiting": is_waiting,
        "is_gone": is_gone,
        "may_suggest": may_suggest,
        "back_days": max(0, (incoming.entry.booking_date - incoming.value_date).days),
        "waiting": selectors.waiting_of(incoming),
        "parts": list(incoming.parts.filter(reversed_by=None).select_related("loan").order_by("id")),
        "offers": [
            {
                "score": offer.suggestion.score,
                "reasons": [words_of(reason) for reason in offer.suggestion.reasons],
                "parts": [(part, fit_of(part)) for part in offer.parts],
            }
            for offer in found.offers
        ],
        "split": found.split,
        "allocate": forms.Allocate(incoming=incoming),
        "set_aside": forms.SetAside(),
    }
