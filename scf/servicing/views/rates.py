"""Reference rates: what holds, what waits for a second person, and how new values come in."""

# budget: one desk: values, chart, forms and decisions on one page
from datetime import date
from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View

from scf.domain.errors import DomainError
from scf.domain.rates import Index, RateUnknown, publication_day
from scf.kernel import clock
from scf.kernel.calendars import china
from scf.parties import refusals
from scf.parties.access import may
from scf.parties.models import Membership

from .. import forms
from ..models import IndexName, RateProposal
from ..selectors import rates as selectors
from ..services import rates
from . import rate_chart
from .base import Guarded, asked_day

SHOWN, WAITING_SHOWN = 12, 200


class KeepsRates(Guarded):
    """People of the platform who enter and confirm values."""

    permission_required = "servicing.rates"


class RateList(Guarded, View):
    """What each index stands at; for those who keep the rates also what waits, and the forms."""

    def has_permission(self) -> bool:
        """Those who keep the rates, and lenders, who price by them."""
        membership: Membership | None = getattr(self.request, "membership", None)
        return any(may(membership, name) for name in ("servicing.rates", "financing.make", "financing.check"))

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page."""
        return page(self, request)


class Enter(KeepsRates, View):
    """POST: the values of one publication."""

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """They wait for a second person, or the form says what is wrong."""
        form = forms.RatesPublished(request.POST)
        if not form.is_valid():
            return page(self, request, enter=form, status=422)
        data, entered = dict(form.cleaned_data), 0  # an error takes its field out of the form's own
        for name, (index, rate) in form.values.items():
            try:
                rates.propose(
                    index=index, effective_from=data["effective_from"], rate=rate, source=data["source"],
                    by=self.membership, at=clock.now(),
                )  # fmt: skip
                entered += 1
            except DomainError as refusal:
                at_field = name if refusal.detail.get("field") == "rate" else "effective_from"
                form.add_error(at_field, f"{IndexName(index).label}: {refusals.explain(refusal)}")
        if form.errors:
            return page(self, request, enter=form, status=422)
        _say_entered(request, entered)
        return shortcuts.redirect("servicing:rate-list")


class Upload(KeepsRates, View):
    """POST: a CSV file of values."""

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page again with what became of the file."""
        form = forms.RateFile(request.POST, request.FILES)
        if not form.is_valid():
            return page(self, request, upload=form, status=422)
        file = form.cleaned_data["file"]
        brought = rates.propose_file(
            content=file.read(), name=file.name, source=form.cleaned_data["source"], by=self.membership, at=clock.now()
        )
        return page(self, request, brought=brought)


class Decide(KeepsRates, View):
    """POST: confirm or refuse what colleagues entered; take back what one entered oneself."""

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """Back to the page with what was done."""
        action, by, at = request.POST.get("action", ""), self.membership, clock.now()
        ids = [int(pk) for pk in request.POST.getlist("ids") if pk.isdecimal()]
        if action == "confirm_all":
            # those that the page showed, and no other that came meanwhile
            ids = [int(pk) for pk in request.POST.getlist("shown") if pk.isdecimal()]
        if not ids:
            messages.warning(request, _("Nothing is chosen. Tick the values that you have compared."))
            return shortcuts.redirect("servicing:rate-list")
        try:
            if action in ("confirm", "confirm_all"):
                touched = rates.confirm(proposal_ids=ids, by=by, at=at)
                _say_confirmed(request, len(ids), touched)
            else:
                rates.refuse(proposal_ids=ids, note=request.POST.get("note", ""), by=by, at=at)
                messages.success(request, _("Taken off the list."))
        except DomainError as refusal:
            return page(self, request, refusal=refusals.explain(refusal), status=refusals.status_of(refusal))
        return shortcuts.redirect("servicing:rate-list")


def _say_entered(request: http.HttpRequest, count: int) -> None:
    words = ngettext(
        "%(count)s value is entered. It counts when a colleague has confirmed it.",
        "%(count)s values are entered. They count when a colleague has confirmed them.", count,
    )  # fmt: skip
    messages.success(request, words % {"count": count})


def _say_confirmed(request: http.HttpRequest, count: int, touched: int) -> None:
    text = ngettext("%(count)s value is confirmed.", "%(count)s values are confirmed.", count) % {"count": count}
    if touched:
        more = ngettext(
            "%(count)s loan takes it over at the next close of business.",
            "%(count)s loans take them over at the next close of business.", touched,
        )  # fmt: skip
        text = f"{text} {more % {'count': touched}}"
    messages.success(request, text)


def page(view: Guarded, request: http.HttpRequest, *, status: int = 200, **given: Any) -> http.HttpResponse:
    """The page of reference rates around a form with errors or what became of a file."""
    today = clock.today()
    index = request.GET.get("index", "")
    index = index if index in IndexName.values else str(Index.LPR1Y)
    before = asked_day(request.GET.get("after", ""), date.max)
    rows = list(selectors.confirmed(index).filter(effective_from__lt=before)[: SHOWN + 1])
    tables, waiting = selectors.tables(), list(selectors.proposals()[:WAITING_SHOWN])
    keeps = may(view.membership, "servicing.rates")
    expected = _expected(today)
    context = {
        "index": index, "indices": IndexName.choices, "keeps": keeps, "today": today, "expected": expected,
        "now": [_now(name, tables[name], today) for name in IndexName.values],
        "chart": rate_chart.steps(tables, today),
        "rows": _with_corrections(rows[:SHOWN]),
        "next_after": rows[SHOWN - 1].effective_from.isoformat() if len(rows) > SHOWN else None,
        "is_empty": not any(table.values for table in tables.values()) and not waiting,
        "waiting": _with_replaced(waiting, view.membership) if keeps else [],
        "others_count": sum(row.proposed_by_id != view.membership.user_id for row in waiting),
        "waiting_loans": [(IndexName(w.index).label, w) for w in selectors.waiting_loans()] if keeps else [],
        "enter": forms.RatesPublished(expected=expected), "upload": forms.RateFile(), **given,
    }  # fmt: skip
    return shortcuts.render(request, "servicing/rate_list.html", context, status=status)


def _expected(today: date) -> date:
    """The last day on which a value was to be published."""
    day = publication_day(today, china())
    return day if day <= today else publication_day(date.fromordinal(today.replace(day=1).toordinal() - 1), china())


def _now(name: str, table: Any, today: date) -> dict[str, Any]:
    """What an index stands at, or what is missing."""
    try:
        return {"label": IndexName(name).label, "value": table.on(today), "missing": ""}
    except RateUnknown as refusal:
        known = [value for value in table.values if value.effective_from <= today]
        missing = str(refusal.detail["missing"]) if known else ""
        return {"label": IndexName(name).label, "value": None, "missing": missing, "last": known[-1] if known else None}


def _with_corrections(rows: list[Any]) -> list[tuple[Any, bool]]:
    """Each value, and whether a later one has corrected it."""
    seen: set[date] = set()
    found = []
    for row in rows:
        found.append((row, row.effective_from in seen))
        seen.add(row.effective_from)
    return found


def _with_replaced(rows: list[RateProposal], me: Membership) -> list[dict[str, Any]]:
    replaced = selectors.replaced_by(rows)
    return [
        {
            "row": row,
            "is_mine": row.proposed_by_id == me.user_id,
            "replaces": replaced.get((row.index, row.effective_from)),
        }
        for row in rows
    ]
