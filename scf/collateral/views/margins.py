"""Margin calls: the list by deadline, and what the lender's checker does about one."""

# budget: five acts on one thing
from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.forms import Form
from django.utils.translation import gettext as _
from django.views import View

from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.parties import refusals
from scf.parties.services import confirm_person

from ..forms import security as forms
from ..models import MarginCall
from ..selectors import security as selectors
from ..services import calling
from .base import Guarded


class MarginList(Guarded, View):
    """Margin calls that one sees: those that run by deadline, or those that have ended."""

    permissions_any = ("financing.view",)

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page."""
        is_running = request.GET.get("chip") != "ended"
        rows, next_after = selectors.listed_calls(
            self.membership, is_running=is_running, after=request.GET.get("after", "")
        )
        context = {"rows": rows, "next_after": next_after, "is_running": is_running, "today": clock.today()}
        return shortcuts.render(request, "collateral/margin_list.html", context)


class OnCall(Guarded, View):
    """POST: something that only the lender's checker does about a call."""

    permissions_any = ("collateral.decide",)

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """Back to the case, with what was done or why not."""
        call = shortcuts.get_object_or_404(selectors.calls_visible_to(self.membership), pk=pk)
        form = self.form(call)
        try:
            if form.is_valid():
                self.act(call, form.cleaned_data)
                messages.success(request, self.words())
        except DomainError as refusal:
            messages.error(request, refusals.explain(refusal))
        for errors in form.errors.values():
            messages.error(request, " ".join(map(str, errors)))
        return http.HttpResponseRedirect(
            f"{shortcuts.resolve_url('financing:case', number=call.pledge.reference)}#cover"
        )

    def form(self, call: MarginCall) -> Form:
        """What was filled in."""
        raise NotImplementedError

    def act(self, call: MarginCall, said: dict[str, Any]) -> None:
        """Do it."""
        raise NotImplementedError

    def words(self) -> str:
        """What was done."""
        raise NotImplementedError


class Extend(OnCall):
    """POST: more time for the supplier."""

    def form(self, call: MarginCall) -> Form:
        """A later deadline and why."""
        return forms.MoreTime(self.request.POST, today=clock.today())

    def act(self, call: MarginCall, said: dict[str, Any]) -> None:
        """The deadline moves."""
        calling.extend(call_id=call.pk, **said, by=self.membership, at=clock.now())

    def words(self) -> str:
        """What was done."""
        return _("The deadline is moved.")


class Sell(OnCall):
    """POST: the goods are to be sold."""

    def form(self, call: MarginCall) -> Form:
        """Why, and who says so."""
        return forms.Sale(self.request.POST)

    def act(self, call: MarginCall, said: dict[str, Any]) -> None:
        """The person is proved first."""
        confirm_person(self.membership.user, said["proof"])
        calling.sell(call_id=call.pk, note=said["note"], by=self.membership, at=clock.now())

    def words(self) -> str:
        """What was done."""
        return _("The sale of the goods has begun. Record the price when they are sold.")


class RecordSale(OnCall):
    """POST: the goods are sold."""

    def form(self, call: MarginCall) -> Form:
        """The price and the buyer."""
        return forms.Sold(self.request.POST, currency=call.currency)

    def act(self, call: MarginCall, said: dict[str, Any]) -> None:
        """The price goes to the loan when it comes in."""
        calling.record_sale(call_id=call.pk, **said, by=self.membership, at=clock.now())

    def words(self) -> str:
        """What was done."""
        return _("The sale is recorded. The price goes to the loan when it comes in at your account.")


class CallOff(OnCall):
    """POST: the goods are not sold after all."""

    def form(self, call: MarginCall) -> Form:
        """Why."""
        return forms.CallOff(self.request.POST)

    def act(self, call: MarginCall, said: dict[str, Any]) -> None:
        """The pledge stands again, or goes where nothing is owed any more."""
        calling.call_off(call_id=call.pk, note=said["note"], by=self.membership, at=clock.now())

    def words(self) -> str:
        """What was done."""
        return _("The sale is called off.")
