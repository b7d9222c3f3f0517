"""The desk: what waits on the left, the payment in hand with its suggestions on the right, all by keys."""

from datetime import date
from typing import Any

from django import http, shortcuts
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views import View

from scf.kernel import clock

from .. import selectors
from ..models import IncomingPayment
from ..selectors import suspense
from .base import PlatformOnly
from .incoming import UNDO, panel
from .match_words import why_it_waits

ROWS = 50
AGES = (
    pgettext_lazy("age of a payment", "Today"),
    _("1–3 business days"),
    _("4–10 business days"),
    _("More than 10 business days"),
)
TONES = ("good", "move", "taken", "bad")


class Desk(PlatformOnly, View):
    """Payments that wait, fifty at a time by key; `item` is in hand, the first one by default."""

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """The desk."""
        after = request.GET.get("after", "")
        waiting = suspense.to_decide(self.membership)
        page = waiting.filter(pk__gt=int(after)) if after.isdecimal() and len(after) < 19 else waiting
        rows = list(page[: ROWS + 1])
        shown = rows[:ROWS]
        item = self._in_hand(request, shown)
        context: dict[str, Any] = {
            "rows": [(row, why_it_waits(row)[0]) for row in shown],
            "count": waiting.count(),
            "after": after,
            "next_after": shown[-1].pk if len(rows) > ROWS else None,
            "ageing": ageing_bars(clock.today()),
            "undo": self._undo(request),
            "here": request.get_full_path(),
        }
        if item is not None:
            context |= panel(item) | _neighbours(shown, item, after)
        return shortcuts.render(request, "servicing/desk.html", context)

    def _in_hand(self, request: http.HttpRequest, shown: list[IncomingPayment]) -> IncomingPayment | None:
        """The one asked for; where it waits no more, the next one behind it."""
        asked = request.GET.get("item", "")
        number = int(asked) if asked.isdecimal() else 0
        found = next((row for row in shown if row.pk >= number), None)
        return found or (shown[-1] if shown else None)

    def _undo(self, request: http.HttpRequest) -> IncomingPayment | None:
        """The payment that this person decided last and may undo."""
        done = request.session.get(UNDO, [])
        return selectors.incoming_visible_to(self.membership).filter(pk__in=done[-1:]).first()


def _neighbours(shown: list[IncomingPayment], item: IncomingPayment, after: str) -> dict[str, str]:
    """Where the keys lead: one row back, one on, and where to go when this one is decided."""
    place = next(index for index, row in enumerate(shown) if row.pk == item.pk)
    before, behind = shown[max(0, place - 1)], shown[min(len(shown) - 1, place + 1)]
    address = reverse("servicing:desk")

    def link(row: IncomingPayment) -> str:
        return f"{address}?after={after}&item={row.pk}" if after else f"{address}?item={row.pk}"

    return {"previous_link": link(before), "next_link": link(behind), "then": link(behind)}


def ageing_bars(today: date) -> list[dict[str, Any]]:
    """What waits by age, as bars."""
    found = suspense.ages(today)
    most = max((age.count for age in found), default=0) or 1
    return [
        {
            "label": AGES[age.number],
            "text": " · ".join([str(age.count), *map(str, age.amounts)]),
            "share": age.count * 100 // most,
            "tone": TONES[age.number],
        }
        for age in found
    ]
