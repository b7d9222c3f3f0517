"""The end of a day on a collection account: the proof, its signatures, and its paper."""

from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.utils.translation import gettext as _
from django.views import View

from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.kernel import clock
from scf.parties import refusals

from .. import forms
from ..selectors import day_end as selectors
from ..services import day_end
from .base import PlatformOnly, stored

SHOWN = 30


class DayEndList(PlatformOnly, View):
    """An account and a day by the address, and what was signed; POST signs."""

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """The proof as it stands."""
        form = forms.DayEndAsked(request.GET) if "account" in request.GET else forms.DayEndAsked()
        return self._page(request, form)

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """Sign what was shown."""
        form = forms.DayEndAsked(request.POST)
        if not form.is_valid():
            return self._page(request, form, status=422)
        account, day = form.cleaned_data["account"], form.cleaned_data["day"]
        seen = request.POST.get("seen", "")
        try:
            proof = day_end.sign(account_id=account.pk, day=day, seen=seen, by=self.membership, at=clock.now())
        except DomainError as refusal:
            status = refusals.status_of(refusal)
            return self._page(request, form, status=status, problem=refusals.explain(refusal))
        messages.success(request, _("%(number)s is signed.") % {"number": proof.number})
        return shortcuts.redirect("servicing:day-end-list")

    def _page(
        self, request: http.HttpRequest, form: forms.DayEndAsked, *, status: int = 200, **given: Any
    ) -> http.HttpResponse:
        after = request.GET.get("after", "")
        signed = selectors.proofs()
        signed = signed.filter(pk__lt=int(after)) if after.isdecimal() and len(after) < 19 else signed
        rows = list(signed[: SHOWN + 1])
        context = {
            "form": form,
            "signed": rows[:SHOWN],
            "next_after": rows[SHOWN - 1].pk if len(rows) > SHOWN else None,
            **given,
        }
        if form.is_bound and form.is_valid():
            found = selectors.day_end(form.cleaned_data["account"], form.cleaned_data["day"])
            context |= {"asked": form.cleaned_data, "found": found, "seen": day_end.digest(found) if found else ""}
            context["lines"] = [
                (day_end.name_of(line), day_end.detail_of(line), Money(int(str(line["minor"])), found.closing.currency))
                for line in (found.lines if found else [])
                if found is not None
            ]
        return shortcuts.render(request, "servicing/day_end.html", context, status=status)


class DayEndFile(PlatformOnly, View):
    """The paper of a signed proof, the bytes that were signed."""

    def get(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        """As a PDF."""
        return stored(shortcuts.get_object_or_404(selectors.proofs(), number=number).file)
