"""Papers that are alike: the list of pairs, and a pair side by side with the reviewer's word on it."""

# budget: a page that shows two papers and takes a judgement on them meets every room

from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.utils.translation import gettext as _
from django.views import View

from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.parties import refusals

from ..forms.judgements import Reason
from ..models import Grade, Resemblance
from ..selectors import resemblances
from ..services import fingerprinting
from .base import Guarded

FIELDS = ("number", "amount", "date", "counterparty", "supplier", "file")


class MatchList(Guarded, View):
    """What waits for a look first, then what was judged."""

    permissions_any = ("collateral.judge",)

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page; `?grade=` narrows it, `?judged=1` shows what was judged."""
        grade = request.GET.get("grade", "")
        is_judged = request.GET.get("judged") == "1"
        rows, next_after = resemblances.listed(
            self.membership,
            is_waiting=not is_judged,
            grade=grade if grade in Grade.values else "",
            after=request.GET.get("after", ""),
        )
        context = {
            "rows": rows, "next_after": next_after, "grades": Grade.choices, "grade": grade, "is_judged": is_judged,
        }  # fmt: skip
        return shortcuts.render(request, "collateral/match_list.html", context)


class MatchPage(Guarded, View):
    """Both papers side by side, what agrees, when it was found, and the judgement."""

    permissions_any = ("collateral.judge",)

    def get(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """The page."""
        return self._page(request, self._row(pk), Reason())

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """The reviewer's word: same, different, or to be looked at again."""
        row, form = self._row(pk), Reason(request.POST)
        if not form.is_valid():
            return self._page(request, row, form, status=422)
        said: dict[str, Any] = {
            "resemblance_id": row.pk, "reason": form.cleaned_data["reason"], "by": self.membership, "at": clock.now(),
        }  # fmt: skip
        try:
            if request.POST.get("action") == "again":
                fingerprinting.look_again(**said)
            else:
                fingerprinting.judge(**said, is_same=request.POST.get("action") == "same")
        except DomainError as refusal:
            form.add_error(None, refusals.explain(refusal))
            return self._page(request, self._row(pk), form, status=refusals.status_of(refusal))
        messages.success(request, _("Your judgement is on record."))
        return shortcuts.redirect("collateral:match-list")

    def _row(self, pk: int) -> Resemblance:
        return shortcuts.get_object_or_404(resemblances.resemblances_visible_to(self.membership), pk=pk)

    def _page(self, request: http.HttpRequest, row: Resemblance, form: Reason, status: int = 200) -> http.HttpResponse:
        hits = resemblances.hits_of(row)
        agreeing = set(hits[0].agreeing) if hits else set()
        is_first = row.first_looked_by is not None and row.first_looked_by.user_id == self.membership.user_id
        context = {
            "row": row, "sides": resemblances.sides_of(row), "hits": hits, "form": form,
            "agreeing": [name for name in FIELDS if name in agreeing],
            "is_waiting": row.state in resemblances.WAITING, "is_first": is_first,
        }  # fmt: skip
        return shortcuts.render(request, "collateral/match.html", context, status=status)
