"""The lender's security on the case page: legal elements, registers, cover and its cures; and the acts on it."""

# budget: orchestration: a case shows what every app below knows of its goods
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views import View

from scf.collateral import selectors as collateral
from scf.collateral.forms.security import CallOff, Endorsement, MoreTime, Sale, Sold, TakingBack, Waiver
from scf.collateral.models import Pledge
from scf.collateral.selectors import perfection, registers, resemblances
from scf.collateral.selectors import security as found
from scf.collateral.services import changing, perfecting
from scf.collateral.services.perfecting import ELEMENT_NAMES
from scf.domain import margin
from scf.domain.errors import DomainError
from scf.domain.margin import Cure
from scf.domain.perfection import Element
from scf.kernel import clock
from scf.kernel.models import AuditEntry
from scf.orders.selectors import TooManyLines
from scf.parties import refusals
from scf.parties.access import is_kind, may
from scf.parties.models import Membership, Organisation

from .. import selectors
from ..models import Application
from ..services import backing, securing

State = Application.State
BRINGERS: dict[Element, str | Promise] = {
    Element.CONTRACT: gettext_lazy("The system keeps it when the offer is signed."),
    Element.BUYER_CONFIRMED: gettext_lazy("The buyer's registered signer confirms the papers."),
    Element.REGISTERED: gettext_lazy("The register of movable property answers the filing."),
    Element.ENDORSED: gettext_lazy("The supplier's signatory endorses the warehouse receipts."),
    Element.KEEPER_SEALED: gettext_lazy("The warehouse keeper's registered signer seals the receipt."),
    Element.KEEPER_MANDATED: gettext_lazy(
        "The warehouse keeper's registered signer undertakes to hold for the lender."
    ),
    Element.STOCK_LOCKED: gettext_lazy("The warehouse keeper's registered signer counts and locks the goods."),
}
GRADES: dict[str, str | Promise] = {
    "EXACT": pgettext_lazy("grade", "the same as another lender's"),
    "STRONG": pgettext_lazy("grade", "very much like another lender's"),
    "WEAK": pgettext_lazy("grade", "a little like another lender's"),
}
STANDS_FROM = (State.ACCEPTED, State.PLEDGED, State.DISBURSING, State.PAYMENT_FAILED, State.DISBURSED)


@dataclass(frozen=True, slots=True)
class ElementRow:
    """One legal element as the page shows it."""

    standing: perfection.Standing
    name: str | Promise
    bringer: str | Promise
    waiver: Waiver | None
    taking_back: TakingBack | None
    endorsement: Endorsement | None
    papers: list[tuple[str, str]]  # what stands against it: number, and the page on which its owner asks for a word


def security_context(membership: Membership, application: Application, timeline: list[AuditEntry]) -> dict[str, Any]:
    """What the case page shows of the security; the caller has seen to it that the reader may see the money."""
    pledge = collateral.pledge_of(application.number)
    if pledge is None or application.state == State.DRAFT:
        return {}
    has_element = application.state in STANDS_FROM
    elements = _elements(membership, pledge) if has_element else []
    is_supplier = is_kind(membership, Organisation.Kind.SUPPLIER)
    return {
        "elements": elements,
        "missing_names": [row.name for row in elements if not row.standing.is_there],
        "asked": list(registers.requests_of(application.number)[:20]),
        "alike": "" if is_supplier else GRADES.get(resemblances.grade_told(application.number), ""),
        "may_judge": may(membership, "collateral.judge"),
        "held": _held(application, timeline),
        "may_go_on": may(membership, "financing.review") and application.state in (State.ACCEPTED, State.PLEDGED),
        **cover_context(membership, application, pledge),
    }


def awaited(membership: Membership, application: Application) -> list[ElementRow]:
    """What people must still bring between the signature and the payment; what the system or a register brings, not."""
    pledge = collateral.pledge_of(application.number)
    by_itself = (Element.CONTRACT, Element.REGISTERED)
    rows = _elements(membership, pledge) if pledge is not None else []
    return [row for row in rows if not row.standing.is_there and row.standing.element not in by_itself]


def _elements(membership: Membership, pledge: Pledge) -> list[ElementRow]:
    is_pledged = pledge.state == Pledge.State.PLEDGED
    waives = is_pledged and may(membership, "collateral.decide") and membership.organisation_id == pledge.bank_id
    endorses = is_pledged and may(membership, "collateral.change") and membership.organisation_id == pledge.supplier_id
    rows = []
    for standing in perfection.elements_of(pledge):
        code, is_missing = standing.element, not standing.is_there
        rows.append(ElementRow(
            standing=standing,
            name=ELEMENT_NAMES[code],
            bringer=BRINGERS[code],
            waiver=Waiver(initial={"element": code.value}, auto_id=f"waive-{code.value}-%s")
            if waives and is_missing else None,
            taking_back=TakingBack(initial={"element": code.value}, auto_id=f"take-back-{code.value}-%s")
            if waives and perfecting.can_be_taken_back(standing) else None,
            endorsement=Endorsement(auto_id="endorse-%s")
            if endorses and is_missing and code == Element.ENDORSED else None,
            papers=_papers(membership, pledge, standing),
        ))  # fmt: skip
    return rows


def _papers(membership: Membership, pledge: Pledge, standing: perfection.Standing) -> list[tuple[str, str]]:
    is_own = membership.organisation_id == pledge.supplier_id
    if standing.is_there or standing.element != Element.BUYER_CONFIRMED or not is_own:
        return [(number, "") for number in standing.lacking]
    found = perfection.papers_of(pledge, standing.lacking)
    return [(paper.number, reverse("orders:document-detail", args=[paper.pk])) for paper in found]


def _held(application: Application, timeline: list[AuditEntry]) -> AuditEntry | None:
    """Why a signed case does not go on; None where it does, or somebody has dealt with it."""
    if application.state not in (State.ACCEPTED, State.PLEDGED):
        return None
    turns = ("application.hold", "application.go_on", "application.accept", "application.pledge")
    last = next((entry for entry in timeline if entry.action in turns), None)
    return last if last is not None and last.action == "application.hold" else None


def cover_context(membership: Membership, application: Application, pledge: Pledge) -> dict[str, Any]:
    """Cover, its calls and what the reader can do about them."""
    cover = collateral.cover_of(application.number, clock.now())
    if cover is None:
        return {"cover": None}
    is_lender = may(membership, "collateral.decide") and membership.organisation_id == pledge.bank_id
    call = cover.call
    return {
        "cover": cover,
        "cures": _cures(membership, pledge, cover) if call is not None and call.state == "OPEN" else [],
        "extension": MoreTime(today=clock.today(), auto_id="extend-%s") if is_lender else None,
        "sale": Sale(auto_id="sell-%s") if is_lender else None,
        "may_sell": call is not None and (call.is_urgent or clock.today() > call.deadline),
        "calling_off": CallOff(auto_id="call-off-%s") if is_lender else None,
        "sold": Sold(currency=cover.exposure.currency, auto_id="sold-%s") if is_lender else None,
        "change_waits": found.changes_visible_to(membership).filter(pledge=pledge, state="PROPOSED").exists(),
        "is_running": pledge.state == Pledge.State.PLEDGED,
    }


@dataclass(frozen=True, slots=True)
class CureRow:
    """One way out of a margin call, with the goods by name; fields are what the button sends."""

    cure: Cure
    goods: list[tuple[str, Decimal, str]]
    gives_back: list[tuple[str, Decimal, str]]
    fields: list[tuple[str, str]]


def _cures(membership: Membership, pledge: Pledge, cover: collateral.Cover) -> list[CureRow]:
    """The cheapest cures, for the supplier: they name goods that are nobody else's business."""
    if membership.organisation_id != pledge.supplier_id or not may(membership, "collateral.change"):
        return []
    try:
        free = backing.free_goods(
            pledge.supplier, clock.today(), currency=cover.exposure.currency, lender_id=pledge.bank_id
        )
    except TooManyLines:  # cash cures as well
        free = []
    names = {each.line.line_id: (each.line.document_number, each.line.unit) for each in free}
    held = {row.pk: row.goods for row in collateral.lines_of(pledge.reference) if row.counts}
    rows = []
    for cure in margin.cures(
        changing.pieces_of(pledge), [backing.as_piece(each) for each in free], cover.owed, cover.exposure.thresholds
    ):
        adds = [(int(str(key)), quantity) for key, quantity in cure.adds.items()]
        gives = [(int(str(key)), quantity) for key, quantity in cure.gives_back.items()]
        fields = [(f"in-{key}", f"{quantity.normalize():f}") for key, quantity in adds]
        fields += [(f"out-{key}", f"{quantity.normalize():f}") for key, quantity in gives]
        rows.append(CureRow(
            cure,
            [(names[key][0], quantity, names[key][1]) for key, quantity in adds],
            [(held[key].document.number, quantity, held[key].unit) for key, quantity in gives],
            fields,
        ))  # fmt: skip
    return rows


class GoOn(PermissionRequiredMixin, View):
    """POST: a reviewer has dealt with what stood against a signed case."""

    permission_required = "financing.review"

    def post(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        """The registers are asked again, and the case goes on by itself."""
        membership: Membership = request.membership  # type: ignore[attr-defined]
        application = shortcuts.get_object_or_404(selectors.applications_visible_to(membership), number=number)
        try:
            securing.go_on(application_id=application.pk, by=membership, at=clock.now())
            messages.success(request, _("%(number)s is looked at again. It goes on by itself if nothing is left.") % {
                "number": number
            })  # fmt: skip
        except DomainError as refusal:
            messages.error(request, refusals.explain(refusal))
        return shortcuts.redirect("financing:case", number=number)
