"""A keeper's stock: what waits to be locked and handed out, what is counted, what papers and lenders say of it."""

# budget: one desk: stocks, counts, locks and releases
from collections.abc import Callable
from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.utils.translation import gettext as _
from django.views import View

from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.parties import refusals
from scf.parties.access import may
from scf.parties.services import confirm_person

from ..forms.keeping import Capacity, Count, Proof
from ..models import Stock
from ..selectors import stock as selectors
from ..selectors import stock_rows
from ..services import keeping, stock
from .base import Guarded

PAGE = 30
KEEPS, JUDGES = "collateral.keep", "collateral.judge"


class StockList(Guarded, View):
    """What waits for the keeper, then its stocks; for the platform the stocks of all keepers."""

    permissions_any = (KEEPS, JUDGES)

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page."""
        return page(self, request)


class StockPage(Guarded, View):
    """One stock: its position as bars, its counts, and the form to count it or to set what fits."""

    permissions_any = (KEEPS, JUDGES)

    def get(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """The page."""
        return stock_page(self, request, pk)


class RecordCount(Guarded, View):
    """POST: what the keeper's signer has counted."""

    permissions_any = (KEEPS,)

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """The person is proved, then the count is kept."""
        row, form = _visible(self, pk), Count(request.POST)

        def keep() -> None:
            confirm_person(self.membership.user, form.cleaned_data["proof"])
            stock.record_count(
                stock_id=row.pk, quantity=form.cleaned_data["quantity"], by=self.membership, at=clock.now(),
                note=form.cleaned_data["note"],
            )  # fmt: skip

        return _kept(self, request, row, form, keep, _("The count is recorded."))


class SetCapacity(Guarded, View):
    """POST: what the warehouse can hold."""

    permissions_any = (JUDGES,)

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """Kept, or the form says what is wrong."""
        row, form = _visible(self, pk), Capacity(request.POST)

        def keep() -> None:
            capacity = form.cleaned_data["capacity"]
            stock.set_capacity(stock_id=row.pk, capacity=capacity, by=self.membership, at=clock.now())

        return _kept(self, request, row, form, keep, _("The capacity is recorded."))


class Lock(Guarded, View):
    """POST: lock the goods of a case for its lender."""

    permissions_any = (KEEPS,)

    def post(self, request: http.HttpRequest, reference: str) -> http.HttpResponse:
        """The person is proved, then the goods are locked; or the list says why not."""

        def act() -> None:
            keeping.lock(reference=reference, by=self.membership, at=clock.now())

        return _proved(self, request, act, _("The goods are locked for the lender."))


class HandOut(Guarded, View):
    """POST: hand out goods that the lender has let go."""

    permissions_any = (KEEPS,)

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """The person is proved, then the release is recorded; or the list says why not."""

        def act() -> None:
            keeping.hand_out(line_id=pk, by=self.membership, at=clock.now())

        return _proved(self, request, act, _("The release is recorded."))


def _proved(view: Guarded, request: http.HttpRequest, act: Callable[[], None], done: str) -> http.HttpResponse:
    form = Proof(request.POST)
    if not form.is_valid():
        return page(view, request, refusal=_("Give your code or password, so that it is your act."), status=422)
    try:
        confirm_person(view.membership.user, form.cleaned_data["proof"])
        act()
    except DomainError as refusal:
        return page(view, request, refusal=refusals.explain(refusal), status=refusals.status_of(refusal))
    messages.success(request, done)
    return shortcuts.redirect("collateral:stock-list")


def _kept(
    view: Guarded, request: http.HttpRequest, row: Stock, form: Any, keep: Callable[[], None], done: str
) -> http.HttpResponse:
    if form.is_valid():
        try:
            keep()
            messages.success(request, done)
            return shortcuts.redirect("collateral:stock", pk=row.pk)
        except DomainError as refusal:
            form.add_error(None, refusals.explain(refusal))
    return stock_page(view, request, row.pk, form=form, status=422)


def _visible(view: Guarded, pk: int) -> Stock:
    return shortcuts.get_object_or_404(selectors.stocks_visible_to(view.membership), pk=pk)


def page(view: Guarded, request: http.HttpRequest, *, status: int = 200, **given: Any) -> http.HttpResponse:
    """The keeper's page around a refusal."""
    after, keeps = request.GET.get("after", ""), may(view.membership, KEEPS)
    found = list(
        selectors.stocks_visible_to(view.membership).filter(pk__gt=int(after) if after.isdecimal() else 0)[: PAGE + 1]
    )
    context = {
        "rows": stock_rows.rows_of(found[:PAGE]), "keeps": keeps, "proof": Proof(auto_id=False),
        "next_after": found[PAGE - 1].pk if len(found) > PAGE else None,
        "cases": stock_rows.cases_to_lock(view.membership.organisation) if keeps else [],
        "releases": selectors.to_hand_out(view.membership.organisation) if keeps else [], **given,
    }  # fmt: skip
    return shortcuts.render(request, "collateral/stock_list.html", context, status=status)


def stock_page(
    view: Guarded, request: http.HttpRequest, pk: int, *, status: int = 200, form: Any = None
) -> http.HttpResponse:
    """The page of one stock around a form with errors."""
    row, keeps = _visible(view, pk), may(view.membership, KEEPS)
    after = request.GET.get("after", "")
    counts = row.counts.select_related("counted_by__user").order_by("-id")
    found = list((counts.filter(pk__lt=int(after)) if after.isdecimal() else counts)[: PAGE + 1])
    context = {
        "stock": row, "keeps": keeps, **stock_rows.rows_of([row])[0], "counts": found[:PAGE],
        "next_after": found[PAGE - 1].pk if len(found) > PAGE else None,
        "form": form or (Count() if keeps else Capacity(initial={"capacity": row.capacity})),
    }  # fmt: skip
    return shortcuts.render(request, "collateral/stock.html", context, status=status)
