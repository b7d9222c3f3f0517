"""Market prices: what each commodity stands at and how old that is, what waits, and its way over time."""

# budget: one desk: rows, forms and decisions on one page
from datetime import date, timedelta
from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views import View

from scf.domain.errors import DomainError
from scf.domain.market import LENDS, Age, judge
from scf.kernel import clock
from scf.parties import refusals
from scf.parties.access import may

from ..forms.worth import PriceRead
from ..models import Commodity
from ..selectors import prices as selectors
from ..services import prices
from . import price_chart
from .base import Guarded, chosen_ids

SHOWN, WAITING_SHOWN = 12, 200
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


class Enter(Guarded, View):
    """POST: one price by hand."""

    permissions_any = (KEEPS,)

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """It waits for a second person, or the form says what is wrong."""
        form = PriceRead(request.POST)
        if form.is_valid():
            try:
                prices.propose(**form.cleaned_data, by=self.membership, at=clock.now())
                messages.success(request, _("The price is entered. It counts when a colleague has confirmed it."))
                return shortcuts.redirect("collateral:price-list")
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
            return shortcuts.redirect("collateral:price-list")
        try:
            if request.POST.get("action") in ("confirm", "confirm_all"):
                count = prices.confirm(proposal_ids=ids, by=by, at=at)
                words = ngettext("%(count)s price is confirmed.", "%(count)s prices are confirmed.", count)
                messages.success(request, words % {"count": count})
            else:
                prices.refuse(proposal_ids=ids, note=request.POST.get("note", ""), by=by, at=at)
                messages.success(request, _("Taken off the list."))
        except DomainError as refusal:
            return page(self, request, refusal=refusals.explain(refusal), status=refusals.status_of(refusal))
        return shortcuts.redirect("collateral:price-list")


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
        "form": PriceRead(initial={"as_of": today}), **given,
    }  # fmt: skip
    return shortcuts.render(request, "collateral/price_list.html", context, status=status)


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
