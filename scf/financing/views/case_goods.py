"""The goods behind a running loan: what may leave, what could come, what is asked for, and what happened to them."""

# budget: one desk for both sides of a change: the supplier's proposal, its cover, the lender's decision
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from scf.collateral import selectors as collateral
from scf.collateral.models import CollateralChange, Exposure, Pledge, PledgeLine
from scf.collateral.selectors import Offerable
from scf.collateral.selectors import security as found
from scf.collateral.services import changing, registers
from scf.collateral.services.pledging import Taking
from scf.domain import margin
from scf.domain.errors import DomainError
from scf.domain.margin import Piece
from scf.domain.units import STEP
from scf.kernel import clock
from scf.orders.selectors import TooManyLines
from scf.parties import refusals
from scf.parties.access import may
from scf.parties.models import Membership

from ..services import backing
from ..services.backing import Foreseen, NothingAsked

Quantities = dict[int, Decimal]
CHANGES_SHOWN = 20
NEEDED = {
    **dict.fromkeys(("preview", "propose", "top_up", "withdraw"), ("collateral.change",)),
    **dict.fromkeys(("approve", "refuse"), ("collateral.decide",)),
}


class QuantityUnreadable(DomainError):
    """A quantity is not a number that goods can be counted in."""

    code = "QUANTITY_UNREADABLE"


refusals.register(
    {
        "QUANTITY_UNREADABLE": gettext_lazy(
            "“%(text)s” is not a quantity. Write it like 12.5, with at most four decimals."
        )
    }
)


@dataclass(frozen=True, slots=True)
class Behind:
    """One line behind the loan: what it carries, what could leave, what was asked for, and what happened to it."""

    line: PledgeLine
    piece: Piece
    releasable: Decimal
    asked: str


@dataclass(frozen=True, slots=True)
class Free:
    """One line that is behind nothing, and how much of it is to come in."""

    offerable: Offerable
    piece: Piece
    asked: str


class CaseGoods(PermissionRequiredMixin, View):
    """The page, and what is done on it."""

    permission_required = "financing.view"

    def setup(self, request: http.HttpRequest, *args: Any, **kwargs: Any) -> None:
        """For whom the person acts, and which day it is."""
        super().setup(request, *args, **kwargs)
        self.membership: Membership | None = request.membership  # type: ignore[attr-defined]
        self.today: date = clock.today()

    def get(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        """The page; what may leave first is filled in already."""
        return self._page(number)

    def post(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        """Look ahead, or do it."""
        pledge = self._pledge(number)
        action = request.POST.get("action", "")
        if not any(
            may(self.membership, name) for name in NEEDED.get(action, ("collateral.change", "collateral.decide"))
        ):
            raise PermissionDenied
        try:
            if action in ("preview", "propose", "top_up"):
                return self._ask(pledge, action)
            if action in ("approve", "refuse", "withdraw"):
                self._decide(pledge, action)
                return shortcuts.redirect("financing:case-goods", number=number)
        except DomainError as refusal:
            return self._page(number, why_not=refusals.explain(refusal), status=refusals.status_of(refusal))
        return self._page(number, status=422)

    def _pledge(self, number: str) -> Pledge:
        return shortcuts.get_object_or_404(found.pledges_visible_to(self.membership), reference=number)

    def _ask(self, pledge: Pledge, action: str) -> http.HttpResponse:
        leaves, comes = self._quantities("out-"), self._quantities("in-")
        exposure = collateral.exposure_of(pledge.reference)
        if exposure is None or not self._asks(pledge):
            raise changing.NotYoursToDecide("only the supplier asks", reference=pledge.reference)
        takings = self._takings(pledge, exposure, comes)
        if action == "preview":
            foreseen = backing.foresee(changing.pieces_of(pledge), exposure, leaves, takings)
            return self._page(pledge.reference, foreseen=foreseen)
        by, at = self.membership, clock.now()
        assert by is not None, "who may ask is somebody"
        if action == "top_up":
            if not takings:
                raise NothingAsked("nothing is to come in")
            changing.top_up(reference=pledge.reference, takings=takings, by=by, at=at)
            said = _(
                "The goods stand behind the loan. They carry once registers have answered and their evidence is there."
            )
            messages.success(self.request, said)
            return shortcuts.redirect("financing:case", number=pledge.reference)
        if not leaves:
            raise NothingAsked("nothing is to go out")
        changing.propose(reference=pledge.reference, leaves=leaves, takings=takings, by=by, at=at)
        messages.success(self.request, _("The lender is asked. You are told when it has decided."))
        return shortcuts.redirect("financing:case-goods", number=pledge.reference)

    def _decide(self, pledge: Pledge, action: str) -> None:
        change = found.changes_visible_to(self.membership).filter(pledge=pledge, state="PROPOSED").first()
        if change is None or self.membership is None:
            raise changing.LoanNotRunning("nothing waits", reference=pledge.reference)
        said: dict[str, Any] = {"change_id": change.pk, "by": self.membership, "at": clock.now()}
        if action == "withdraw":
            changing.withdraw(**said)
            messages.success(self.request, _("Your request is withdrawn."))
        elif action == "refuse":
            changing.refuse(**said, note=self.request.POST.get("note", "").strip()[:500])
            messages.success(self.request, _("The change is refused; the supplier is told."))
        else:
            exposure = Exposure.objects.get(pledge=pledge)
            registers.ask_what_is_left(reference=pledge.reference, at=clock.now())  # an answer may have aged, or failed
            changing.approve(**said, takings=self._takings(pledge, exposure, changing.comes_of(change)))
            messages.success(self.request, _("The goods have changed places; the supplier is told."))

    def _takings(self, pledge: Pledge, exposure: Exposure, comes: Quantities) -> list[Taking]:
        if not comes:
            return []
        free = backing.free_goods(
            pledge.supplier, self.today, currency=exposure.currency, line_ids=list(comes), lender_id=pledge.bank_id
        )
        return backing.joining(pledge.reference, free, comes, self.today)

    def _quantities(self, prefix: str) -> Quantities:
        """What was written into the fields of one side; empty ones are left out. Raises QuantityUnreadable."""
        quantities: Quantities = {}
        for name, text in self.request.POST.items():
            pk = name.removeprefix(prefix)
            if not name.startswith(prefix) or not pk.isdecimal() or len(pk) > 18 or not str(text).strip():
                continue
            quantity = _quantity(str(text))
            if quantity:
                quantities[int(pk)] = quantity
        return quantities

    def _asks(self, pledge: Pledge) -> bool:
        is_own = self.membership is not None and self.membership.organisation_id == pledge.supplier_id
        return is_own and may(self.membership, "collateral.change")

    def _page(
        self, number: str, *, foreseen: Foreseen | None = None, why_not: str = "", status: int = 200
    ) -> http.HttpResponse:
        pledge = self._pledge(number)
        exposure = collateral.exposure_of(number)
        past = list(found.lines_with_past(number))
        change = found.changes_visible_to(self.membership).filter(pledge=pledge, state="PROPOSED").first()
        is_running = exposure is not None and pledge.state == Pledge.State.PLEDGED
        asks = self._asks(pledge) and is_running and change is None
        context: dict[str, Any] = {
            "pledge": pledge, "exposure": exposure, "past": past, "change": change, "is_running": is_running,
            "asks": asks, "foreseen": foreseen, "why_not": why_not,
            "decided": list(found.changes_visible_to(self.membership).filter(pledge=pledge).exclude(
                state="PROPOSED").select_related("asked_by__user", "decided_by__user").order_by("-pk")[:CHANGES_SHOWN]),
        }  # fmt: skip
        if exposure is not None and is_running:
            context |= self._behind(pledge, exposure, past, asks)
        if exposure is not None and change is not None:
            context |= self._proposed(pledge, exposure, change, past)
        template = "financing/_foreseen.html" if self._is_fragment() and foreseen else "financing/case_goods.html"
        return shortcuts.render(self.request, template, context, status=status)

    def _is_fragment(self) -> bool:
        return self.request.headers.get("HX-Request") == "true"

    def _behind(self, pledge: Pledge, exposure: Exposure, past: list[PledgeLine], asks: bool) -> dict[str, Any]:
        rows = [line for line in past if line.counts and line.unpaid_quantity]
        pieces = {row.pk: row.piece for row in rows}
        is_short = margin.goods_to_cure(exposure.carries, exposure.owed, exposure.thresholds).minor > 0
        spare = {} if is_short else margin.releasable(list(pieces.values()), exposure.owed, exposure.thresholds)
        is_new = self.request.method == "GET"
        out = {
            row.pk: _plain(spare.get(row.pk)) if is_new else self.request.POST.get(f"out-{row.pk}", "") for row in rows
        }
        behind = [Behind(row, pieces[row.pk], spare.get(row.pk, Decimal(0)), out[row.pk]) for row in rows]
        free: list[Offerable] = []
        if asks:
            try:
                free = backing.free_goods(
                    pledge.supplier, self.today, currency=exposure.currency, lender_id=pledge.bank_id
                )
            except TooManyLines as refusal:
                messages.warning(self.request, refusals.explain(refusal))
        shown = sorted(free, key=lambda each: -each.lendable.minor)[: backing.FREE_SHOWN_MAX]
        return {
            "behind": behind,
            "free": [
                Free(each, backing.as_piece(each), self.request.POST.get(f"in-{each.line.line_id}", ""))
                for each in shown
            ],
            "free_left_out": len(free) - len(shown),
            "cover": margin.cover(exposure.carries, exposure.owed),
        }

    def _proposed(
        self, pledge: Pledge, exposure: Exposure, change: CollateralChange, past: list[PledgeLine]
    ) -> dict[str, Any]:
        """What waits for the lender: goods by name, cover before and after, or why it cannot be done any more."""
        leaves, comes = changing.leaves_of(change), changing.comes_of(change)
        lines = {line.pk: line for line in past}
        context: dict[str, Any] = {
            "leaving": [(lines[pk].goods, quantity) for pk, quantity in leaves.items() if pk in lines],
            "may_decide": may(self.membership, "collateral.decide"),
            "may_withdraw": self._asks(pledge),
        }
        try:
            takings = self._takings(pledge, exposure, comes)
        except DomainError as refusal:
            return {**context, "cannot": refusals.explain(refusal)}
        foreseen = backing.foresee(changing.pieces_of(pledge), exposure, leaves, takings)
        return {**context, "coming": takings, "change_foreseen": foreseen}


def _quantity(text: str) -> Decimal:
    try:
        quantity = Decimal(text.replace(",", "").strip())
        if not quantity.is_finite() or quantity < 0 or quantity != quantity.quantize(STEP):
            raise InvalidOperation
    except InvalidOperation as error:
        raise QuantityUnreadable("not a quantity", text=text[:40]) from error
    return quantity


def _plain(quantity: Decimal | None) -> str:
    return f"{quantity.normalize():f}" if quantity else ""
