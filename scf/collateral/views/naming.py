"""Which commodity stored goods are: what is known of each line, and a reviewer's word on it."""

from dataclasses import dataclass

from django import http, shortcuts
from django.contrib import messages
from django.utils.translation import gettext as _
from django.views import View

from scf.kernel import clock
from scf.orders.models import DocumentLine, TradeDocument
from scf.orders.selectors import documents_visible_to
from scf.parties.access import may
from scf.parties.models import Membership

from ..forms.worth import GoodsAre
from ..selectors import naming as selectors
from ..services import naming
from .base import Guarded

SAYS = "collateral.judge"


@dataclass(frozen=True, slots=True)
class Named:
    """A line of stored goods, and the form to say what it is for those who may."""

    line: DocumentLine
    form: GoodsAre | None


def named_lines(document: TradeDocument, membership: Membership) -> list[Named]:
    """The document's stored lines; none where it is another kind of paper."""
    if document.kind != selectors.STORED:
        return []
    choices = selectors.choices() if may(membership, SAYS) else []
    return [Named(line, _form_of(line, choices) if choices else None) for line in selectors.stored_lines(document)]


def _form_of(line: DocumentLine, choices: list) -> GoodsAre:
    known = getattr(line, "commodity", None)
    kind = f"{known.commodity_id}:{known.grade}" if known else ""
    return GoodsAre(choices=choices, initial={"line": line.pk, "kind": kind}, auto_id=f"kind-{line.pk}-%s")


class SayWhat(Guarded, View):
    """POST: a line is this commodity and grade."""

    permissions_any = (SAYS,)

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """Back to the page of the goods."""
        document = shortcuts.get_object_or_404(documents_visible_to(self.membership), pk=pk)
        form = GoodsAre(request.POST, choices=selectors.choices())
        line = (
            selectors.stored_lines(document).filter(pk=form.data.get("line") or 0).first() if form.is_valid() else None
        )
        if line is None:
            messages.error(request, _("Choose which goods these are."))
            return self._back(pk)
        commodity, grade = form.said
        naming.say(line=line, commodity=commodity, grade=grade, by=self.membership, at=clock.now())
        messages.success(request, _("Noted. What these goods carry follows their price from now on."))
        if not selectors.is_comparable(line, commodity):
            words = _("Prices of %(name)s are for one %(unit)s, these goods count in %(own)s: nothing is lent on them.")
            messages.warning(request, words % {"name": commodity, "unit": commodity.unit, "own": line.unit})
        return self._back(pk)

    @staticmethod
    def _back(pk: int) -> http.HttpResponse:
        return http.HttpResponseRedirect(f"{shortcuts.resolve_url('collateral:goods-life', pk=pk)}#names")
