"""The life of the goods on a document as a picture and in figures; a person links lines whose order is not named."""

# budget: the picture, its figures and the linking of lines are one page
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.utils.translation import gettext as _
from django.views import View

from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.orders.models import TradeDocument
from scf.orders.selectors import documents_visible_to
from scf.orders.selectors import lineage as origins
from scf.orders.services import lineage
from scf.parties import refusals
from scf.parties.access import is_platform, may

from ..forms.lineage import Link
from ..selectors import life
from ..selectors.conditions import conditions_of
from ..selectors.life import Life
from .base import Guarded
from .naming import named_lines


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar: where it begins and how wide it is, of 100; its tone, name and quantity."""

    x: float
    width: float
    tone: str
    name: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Bar:
    """One stage of the goods' life."""

    name: str
    quantity: Decimal
    parts: tuple[Part, ...]


class GoodsLife(Guarded, View):
    """The page of a document's goods, for who brought it and for the platform."""

    permissions_any = ("orders.import", "orders.link", "servicing.reconcile")

    def get(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """The page."""
        return self._page(pk)

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """Link a line to the order line that its goods come from."""
        document = self._document(pk)
        form = Link(request.POST)
        if not self._may_link(document):
            raise http.Http404
        if not form.is_valid() or not document.lines.filter(pk=form.cleaned_data["line"]).exists():
            return self._page(pk, _("Choose a line and the order line that it comes from."), status=422)
        said = form.cleaned_data
        try:
            lineage.link_line(
                line_id=said["line"],
                origin_id=said["origin"],
                factor=said["factor"],
                by=self.membership,
                at=clock.now(),
            )
        except DomainError as refusal:
            return self._page(pk, refusals.explain(refusal), status=refusals.status_of(refusal))
        messages.success(request, _("The line is linked to its order."))
        return shortcuts.redirect("collateral:goods-life", pk=pk)

    def _document(self, pk: int) -> TradeDocument:
        found = documents_visible_to(self.membership)
        if not is_platform(self.membership):
            found = found.filter(owner=self.membership.organisation_id)
        return shortcuts.get_object_or_404(found.select_related("owner"), pk=pk)

    def _may_link(self, document: TradeDocument) -> bool:
        is_own = may(self.membership, "orders.import") and document.owner_id == self.membership.organisation_id
        return is_own or may(self.membership, "orders.link")

    def _page(self, pk: int, why_not: str = "", status: int = 200) -> http.HttpResponse:
        document = self._document(pk)
        unlinked = origins.unlinked_lines(document) if self._may_link(document) else []
        likely = origins.suggestions_on(document, unlinked)
        lives = life.lives_on(document)
        context: dict[str, Any] = {
            "document": document,
            "lives": [(each, bars(each)) for each in lives],
            "conditions": conditions_of(document, lives, clock.today()),
            "unlinked": [(line, likely[line.pk]) for line in unlinked],
            "why_not": why_not,
            "named": named_lines(document, self.membership),
        }
        return shortcuts.render(self.request, "collateral/goods_life.html", context, status=status)


def bars(each: Life) -> list[Bar]:
    """The stages from the order to the loan, one under another, all to one scale."""
    kept = each.received - each.rejected
    stages = [
        (_("Ordered"), each.ordered + each.over, [
            (_("received"), each.received, "good"), (_("still to come"), each.open, "soft"),
            (_("cancelled"), each.cancelled, "taken")]),
        (_("Shipped"), each.shipped, [(_("shipped"), each.shipped, "move")]),
        (_("Received"), each.received, [(_("kept"), kept, "good"), (_("rejected"), each.rejected, "bad")]),
        (_("Stored"), each.stored, [(_("stored"), each.stored, "move")]),
        (_("Invoiced"), each.invoiced, [
            (_("invoiced"), each.invoiced - each.credited, "move"), (_("credited"), each.credited, "taken")]),
        (_("Credited"), Decimal(0) if each.invoiced else each.credited, [(_("credited"), each.credited, "taken")]),
        (_("For loans"), each.pledged + each.paid + each.free, [
            (_("pledged"), each.pledged, "move"), (_("paid"), each.paid, "taken"), (_("free"), each.free, "good")]),
    ]  # fmt: skip
    shown = [stage for stage in stages if stage[1] > 0]
    scale = max((quantity for _name, quantity, _parts in shown), default=Decimal(1))
    return [Bar(name, quantity, _parts_of(parts, scale)) for name, quantity, parts in shown]


def _parts_of(parts: list[tuple[str, Decimal, str]], scale: Decimal) -> tuple[Part, ...]:
    found: list[Part] = []
    x = 0.0
    for name, quantity, tone in parts:
        if quantity > 0:
            width = round(float(quantity / scale * 100), 2)
            found.append(Part(round(x, 2), width, tone, name, quantity))
            x += width
    return tuple(found)
