"""Limits: what may be lent under each name, how much of it is in use, and changes by two people."""

# budget: one desk: rows, forms and decisions on one page
from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View

from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.kernel import clock
from scf.parties import refusals
from scf.parties.access import may

from ..forms.worth import CapWanted
from ..models import Cap
from ..selectors import caps as selectors
from ..services import caps
from .base import Guarded, chosen_ids
from .prices import KEEPS

SHOWN, WAITING_SHOWN = 50, 200
NEARLY = 80


class CapList(Guarded, View):
    """The page of limits: all of them for the platform, its own for a lender."""

    permissions_any = (KEEPS, "financing.review", "financing.make", "financing.check")

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page."""
        return page(self, request)


class Enter(Guarded, View):
    """POST: a limit, new or changed."""

    permissions_any = (KEEPS,)

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """It waits for a second person, or the form says what is wrong."""
        form = CapWanted(request.POST)
        if form.is_valid():
            why = form.cleaned_data["why"]
            try:
                caps.propose(wanted=form.wanted, why=why, by=self.membership, at=clock.now())
                messages.success(request, _("The limit is entered. It stands when a colleague has confirmed it."))
                return shortcuts.redirect("collateral:cap-list")
            except DomainError as refusal:
                field = str(refusal.detail.get("field", ""))
                form.add_error(field if field in form.fields else None, refusals.explain(refusal))
        return page(self, request, form=form, status=422)


class Decide(Guarded, View):
    """POST: confirm or refuse what colleagues entered; take back what one entered oneself."""

    permissions_any = (KEEPS,)

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """Back to the page with what was done."""
        ids, by, at = chosen_ids(request), self.membership, clock.now()
        if not ids:
            messages.warning(request, _("Nothing is chosen. Tick what you have compared."))
            return shortcuts.redirect("collateral:cap-list")
        try:
            if request.POST.get("action") in ("confirm", "confirm_all"):
                count = caps.confirm(change_ids=ids, by=by, at=at)
                words = ngettext("%(count)s limit stands now.", "%(count)s limits stand now.", count)
                messages.success(request, words % {"count": count})
            else:
                caps.refuse(change_ids=ids, note=request.POST.get("note", ""), by=by, at=at)
                messages.success(request, _("Taken off the list."))
        except DomainError as refusal:
            return page(self, request, refusal=refusals.explain(refusal), status=refusals.status_of(refusal))
        return shortcuts.redirect("collateral:cap-list")


def page(view: Guarded, request: http.HttpRequest, *, status: int = 200, **given: Any) -> http.HttpResponse:
    """The page of limits around a form with errors or a refusal."""
    today, keeps = clock.today(), may(view.membership, KEEPS)
    after = request.GET.get("after", "")
    rows = selectors.caps_visible_to(view.membership).filter(pk__gt=int(after) if after.isdecimal() else 0)
    found = list(rows[: SHOWN + 1])
    waiting = list(selectors.cap_changes()[:WAITING_SHOWN]) if keeps else []
    context = {
        "rows": _with_use(found[:SHOWN]), "keeps": keeps, "today": today,
        "next_after": found[SHOWN - 1].pk if len(found) > SHOWN else None,
        "waiting": [{"row": row, "is_mine": row.proposed_by_id == view.membership.user_id} for row in waiting],
        "others_count": sum(row.proposed_by_id != view.membership.user_id for row in waiting),
        "form": CapWanted(initial={"valid_from": today}), **given,
    }  # fmt: skip
    return shortcuts.render(request, "collateral/cap_list.html", context, status=status)


def _with_use(rows: list[Cap]) -> list[dict[str, Any]]:
    """Each limit with its use, as an amount, as a share and as a bar of at most its full width."""
    today = clock.today()
    return [
        {"cap": row, "used": cap.used, "room": cap.room, "share": share, "bar": min(share, 100),
         "tone": "bad" if share >= 100 else "wait" if share >= NEARLY else "good", "holds": row.holds_on(today)}
        for row, cap in zip(rows, selectors.with_use(rows), strict=True)
        for share in [_share(cap.used, cap.limit)]
    ]  # fmt: skip


def _share(used: Money, limit: Money) -> int:
    return used.minor * 100 // limit.minor if limit.minor else 100
