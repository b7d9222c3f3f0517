"""Cheapest cash: the supplier names an amount and a day, and gets the documents that bring it at least cost."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms, http, shortcuts
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.kernel import clock
from scf.kernel.forms import DateInput, Form
from scf.parties import refusals

from .. import selectors
from ..services import cheapest
from .facts import goods_rows
from .worth import of_offerables


class CashWanted(Form):
    """How much, and from when."""

    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), min_value=Decimal("0.01"), max_digits=18, decimal_places=3
    )
    currency = forms.CharField(label=gettext_lazy("Currency"), min_length=3, max_length=3, initial="CNY")
    wanted_on = forms.DateField(label=gettext_lazy("Needed on"), widget=DateInput())

    def clean_wanted_on(self) -> date:
        """Not in the past."""
        day: date = self.cleaned_data["wanted_on"]
        if day < clock.today():
            raise forms.ValidationError(_("This day is over. Choose today or a later day."))
        return day

    @property
    def money(self) -> Money:
        """The amount. Raises AmountUnreadable."""
        return Money.of(self.cleaned_data["amount"], self.cleaned_data["currency"].upper())


class Cheapest(PermissionRequiredMixin, View):
    """GET: the form, and with an amount and a day the proposal. POST: take the proposal over into a draft."""

    permission_required = "financing.apply"

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        form = CashWanted(request.GET) if "amount" in request.GET else CashWanted(initial={"wanted_on": clock.today()})
        return self._page(request, form)

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        form = CashWanted(request.POST)
        if form.is_valid():
            by = request.membership  # type: ignore[attr-defined]
            try:
                draft = cheapest.take_over(
                    products=selectors.products(), amount=form.money, wanted_on=form.cleaned_data["wanted_on"], by=by,
                    on=clock.today(), at=clock.now(),
                )  # fmt: skip
                return shortcuts.redirect("financing:apply-review", number=draft.number)
            except DomainError as refusal:
                form.add_error("amount", refusals.explain(refusal))
        return self._page(request, form, status=422)

    def _page(self, request: http.HttpRequest, form: CashWanted, status: int = 200) -> http.HttpResponse:
        found = None
        if form.is_bound and form.is_valid():
            try:
                found = cheapest.find(
                    organisation=request.membership.organisation,  # type: ignore[attr-defined]
                    products=selectors.products(), amount=form.money, wanted_on=form.cleaned_data["wanted_on"],
                    on=clock.today(),
                )  # fmt: skip
            except DomainError as refusal:
                form.add_error("amount", refusals.explain(refusal))
        shown: dict[str, Any] = {}
        if found is not None:
            chart = of_offerables(found.lines, found.proposal.cost.currency)
            shown = {"rows": goods_rows(list(found.lines)), "waterfall": chart}
        context = {"form": form, "found": found, **shown}
        return shortcuts.render(request, "financing/apply_cheapest.html", context, status=status)
