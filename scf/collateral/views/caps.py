"""Limits: what may be lent under each name, how much of it is in use, and changes by two people."""

# budget: one desk: rows, forms and decisions on one page
from typing import Any

from django import http, shortcuts
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View

from scf.domain.money import Money
from scf.kernel import clock
from scf.parties.access import may

from ..forms.worth import CapWanted
from ..models import Cap
from ..selectors import caps as selectors
from ..selectors.cap_history import history_of
from ..services import caps
from .base import DecideTwo, EnterOne, Guarded
from .prices import KEEPS

SHOWN, WAITING_SHOWN = 50, 200
NEARLY = 80


class CapList(Guarded, View):
    """The page of limits: all of them for the platform, its own for a lender."""

    permissions_any = (KEEPS, "financing.review", "financing.make", "financing.check")

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page."""
        return page(self, request)


class CapPage(Guarded, View):
    """One limit: its use, a picture of it over time, and what blocked, used and released it."""

    permissions_any = CapList.permissions_any

    def get(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """The page; the steps page by page, the newest first."""
        cap = shortcuts.get_object_or_404(selectors.caps_visible_to(self.membership), pk=pk)
        history = history_of(cap, clock.now())
        after = request.GET.get("after", "")
        first = int(after) if after.isdecimal() else 0
        context = {
            "cap": cap, "use": selectors.with_use([cap])[0], "history": history,
            "shown": history.steps[first : first + SHOWN],
            "next_after": first + SHOWN if len(history.steps) > first + SHOWN else None,
        }  # fmt: skip
        return shortcuts.render(request, "collateral/cap.html", context)


class Enter(EnterOne):
    """A limit, new or changed."""

    permissions_any = (KEEPS,)
    form_class = CapWanted
    list_url = "collateral:cap-list"

    def propose(self, form: CapWanted) -> str:
        """It stands when a colleague has confirmed it."""
        caps.propose(wanted=form.wanted, why=form.cleaned_data["why"], by=self.membership, at=clock.now())
        return _("The limit is entered. It stands when a colleague has confirmed it.")

    def page(self, *, status: int = 200, **given: Any) -> http.HttpResponse:
        """The limits."""
        return page(self, self.request, status=status, **given)


class Decide(DecideTwo):
    """Limits that colleagues entered."""

    permissions_any = (KEEPS,)
    list_url = "collateral:cap-list"

    def confirm(self, ids: list[int]) -> str:
        """They stand."""
        count = caps.confirm(change_ids=ids, by=self.membership, at=clock.now())
        return ngettext("%(count)s limit stands now.", "%(count)s limits stand now.", count) % {"count": count}

    def refuse(self, ids: list[int], note: str) -> None:
        """They do not."""
        caps.refuse(change_ids=ids, note=note, by=self.membership, at=clock.now())

    def page(self, *, status: int = 200, **given: Any) -> http.HttpResponse:
        """The limits."""
        return page(self, self.request, status=status, **given)


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
