"""Market prices: what each commodity stands at and how old that is, what waits, and its way over time."""

# budget: one desk: rows, forms and decisions on one page
from datetime import date, timedelta
from typing import Any

from django import http, shortcuts
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views import View

from scf.domain.market import LENDS, Age, judge
from scf.kernel import clock
from scf.parties.access import may

from ..forms.worth import PriceFile, PriceRead
from ..models import Commodity
from ..selectors import naming, price_feeds
from ..selectors import prices as selectors
from ..services import prices
from . import price_chart
from .base import DecideTwo, EnterOne, Guarded

SHOWN, WAITING_SHOWN, UNNAMED_SHOWN = 12, 200, 20
KEEPS = "collateral.worth"
AGES: dict[Age, tuple[str, str, str | Promise]] = {
    Age.FRESH: ("good", "circle-check", gettext_lazy("fresh")),
    Age.STALE: ("wait", "hourglass", gettext_lazy("old: higher haircut")),
    Age.STOPPED: ("bad", "alert-triangle", gettext_lazy("too old: nothing is lent")),
    Age.MISSING: ("bad", "alert-triangle", gettext_lazy("no price: nothing is lent")),
    Age.WORTHLESS: ("bad", "alert-triangle", gettext_lazy("not above zero: nothing is lent")),
}


class PriceList(Guarded, View):
    """The page of prices, for those who keep them and those who decide on goods."""

    permissions_any = (KEEPS, "financing.review", "financing.make", "financing.check")

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page."""
        return page(self, request)


class Enter(EnterOne):
    """One price by hand."""

    permissions_any = (KEEPS,)
    form_class = PriceRead
    list_url = "collateral:price-list"

    def propose(self, form: PriceRead) -> str:
        """It counts when a colleague has confirmed it."""
        prices.propose(**form.cleaned_data, by=self.membership, at=clock.now())
        return _("The price is entered. It counts when a colleague has confirmed it.")

    def page(self, *, status: int = 200, **given: Any) -> http.HttpResponse:
        """The prices."""
        return page(self, self.request, status=status, **given)


class Upload(Guarded, View):
    """POST: a CSV file of prices."""

    permissions_any = (KEEPS,)

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page again with what became of the file."""
        form = PriceFile(request.POST, request.FILES)
        if not form.is_valid():
            return page(self, request, upload=form, status=422)
        file, origin = form.cleaned_data["file"], form.cleaned_data["origin"]
        brought = prices.propose_file(
            content=file.read(), name=file.name, origin=origin, by=self.membership, at=clock.now()
        )
        return page(self, request, brought=brought)


class Decide(DecideTwo):
    """Prices that colleagues entered."""

    permissions_any = (KEEPS,)
    list_url = "collateral:price-list"

    def confirm(self, ids: list[int]) -> str:
        """They count."""
        count = prices.confirm(proposal_ids=ids, by=self.membership, at=clock.now())
        return ngettext("%(count)s price is confirmed.", "%(count)s prices are confirmed.", count) % {"count": count}

    def refuse(self, ids: list[int], note: str) -> None:
        """They do not."""
        prices.refuse(proposal_ids=ids, note=note, by=self.membership, at=clock.now())

    def page(self, *, status: int = 200, **given: Any) -> http.HttpResponse:
        """The prices."""
        return page(self, self.request, status=status, **given)


def page(view: Guarded, request: http.HttpRequest, *, status: int = 200, **given: Any) -> http.HttpResponse:
    """The page of market prices around a form with errors or a refusal."""
    today, keeps = clock.today(), may(view.membership, KEEPS)
    rows = _now(today)
    code, grade = request.GET.get("commodity", ""), request.GET.get("grade", "")
    chosen = next((row for row in rows if (row["commodity"].code, row["grade"]) == (code, grade)), None)
    chosen = chosen or next((row for row in rows if row["quote"]), None)
    waiting = list(selectors.price_proposals()[:WAITING_SHOWN]) if keeps else []
    context = {
        "rows": rows, "keeps": keeps, "today": today, "chosen": chosen,
        "waiting": [{"row": row, "is_mine": row.proposed_by_id == view.membership.user_id} for row in waiting],
        "others_count": sum(row.proposed_by_id != view.membership.user_id for row in waiting),
        **(_past(chosen, request.GET.get("after", ""), today) if chosen else {}),
        "feeds": _feeds() if keeps else [],
        "unnamed": list(naming.unnamed_lines()[:UNNAMED_SHOWN]) if may(view.membership, "collateral.judge") else [],
        "form": PriceRead(initial={"as_of": today}), "upload": PriceFile(), **given,
    }  # fmt: skip
    return shortcuts.render(request, "collateral/price_list.html", context, status=status)


def _feeds() -> list[dict[str, Any]]:
    """How each feed does, with what it sent that cannot be taken in the reader's language."""
    return [{"state": state, "bad": state.bad.get(get_language() or "", [])} for state in price_feeds.feed_states()]


def _now(today: date) -> list[dict[str, Any]]:
    """Each commodity and grade with its last price and what that is good for."""
    grades = selectors.priced_grades()
    quotes = selectors.quotes(grades, today)
    commodities = {row.pk: row for row in selectors.commodities()}
    return [_row(commodities[pk], grade, quotes.get((pk, grade)), today) for pk, grade in grades]


def _row(commodity: Commodity, grade: str, quote: Any, today: date) -> dict[str, Any]:
    market = judge(quote, commodity.rules, today)
    tone, icon, words = AGES[market.age]
    return {
        "commodity": commodity, "grade": grade, "quote": quote, "tone": tone, "icon": icon, "words": words,
        "age_days": (today - quote.as_of).days if quote else None,
        "haircut": market.haircut if market.age in LENDS else None,
    }  # fmt: skip


def _past(chosen: dict[str, Any], after: str, today: date) -> dict[str, Any]:
    """The chosen grade over time, and a page of its prices, newest first."""
    commodity, grade = chosen["commodity"], chosen["grade"]
    series = selectors.series(commodity.pk, grade, today - timedelta(days=price_chart.DAYS_MAX), today)
    history = selectors.history(commodity.pk, grade)
    try:
        history = history.filter(as_of__lt=date.fromisoformat(after)) if after else history
    except ValueError:
        pass
    found = list(history[: SHOWN + 1])
    shown = found[:SHOWN]
    marked = [(row, any(other.as_of == row.as_of for other in shown[:at])) for at, row in enumerate(shown)]
    return {
        "chart": price_chart.over_time(series, f"{commodity} {grade}".strip(), today),
        "history": marked,
        "next_after": found[SHOWN - 1].as_of.isoformat() if len(found) > SHOWN else None,
    }
