"""A pledge becomes effective once every element that its kind needs has evidence, or the lender goes without it."""

# budget: evidence of an element changes what goods carry and whether a pledge stands
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.documents.models import StoredFile
from scf.domain.errors import DomainError
from scf.domain.perfection import Element
from scf.kernel import audit, outbox
from scf.parties import access, refusals
from scf.parties.models import Membership

from ..models import CoverCheck, ElementEvidence, Pledge
from ..selectors import perfection
from . import covering
from .pledging import NothingReserved

Kind = ElementEvidence.Kind
ELEMENT_NAMES = {
    Element.CONTRACT: _("contract signed by both sides"),
    Element.BUYER_CONFIRMED: _("confirmed by the buyer's registered signer"),
    Element.REGISTERED: _("filed in the register of movable property"),
    Element.ENDORSED: _("endorsed “质押” by the supplier"),
    Element.KEEPER_SEALED: _("sealed by the keeper"),
    Element.KEEPER_MANDATED: _("keeper holds for the lender"),
    Element.STOCK_LOCKED: _("goods counted and locked"),
}


class NotEffective(DomainError):
    """The pledge lacks an element that the law wants."""

    code = "PLEDGE_NOT_EFFECTIVE"


class NotYoursToGive(DomainError):
    """This person cannot bring evidence of this element."""

    code = "NOT_YOURS_TO_GIVE"


class WaiverRefused(DomainError):
    """Only a checker of the lender goes without an element, for a reason."""

    code = "WAIVER_REFUSED"


class TakingBackRefused(DomainError):
    """Only a checker of the lender says that evidence does not hold, for a reason."""

    code = "TAKING_BACK_REFUSED"


refusals.register(
    {
        "TAKING_BACK_REFUSED": _(
            "Only a checker of the lender says that evidence does not hold after all. Write what is wrong with it."
        ),
        "PLEDGE_NOT_EFFECTIVE": _(
            "The pledge is not effective yet: %(missing)s. Nothing is paid before; see on the case page who brings it."
        ),
        "NOT_YOURS_TO_GIVE": _("This evidence is brought by somebody else. The case page says by whom."),
        "WAIVER_REFUSED": _(
            "Only a checker of the lender goes without an element, names it and says why. Write the reason."
        ),
    }
)
# who may bring which element by hand; the others are seen by the system itself
GIVERS = {
    Element.ENDORSED: "collateral.change",
    Element.KEEPER_SEALED: "collateral.keep",
    Element.KEEPER_MANDATED: "collateral.keep",
    Element.STOCK_LOCKED: "collateral.keep",
}


@transaction.atomic
def give(
    *, reference: str, element: str, by: Membership, at: datetime, note: str = "", file: StoredFile | None = None
) -> ElementEvidence:
    """Bring evidence of one element. Raises NotYoursToGive, NothingReserved."""
    pledge = _locked(reference)
    wanted = GIVERS.get(Element(element))
    if wanted is None or not access.may(by, wanted) or not _is_theirs(pledge, Element(element), by):
        raise NotYoursToGive("somebody else brings it", element=element)
    return _write(pledge, element, Kind.EVIDENCE, by=by, at=at, note=note, file=file)


@transaction.atomic
def note_seen(*, reference: str, element: str, note: str, at: datetime, file: StoredFile | None = None) -> None:
    """The system itself has seen an element: the register's answer, the signed contract. Safe to repeat."""
    pledge = Pledge.objects.select_for_update().filter(reference=reference).first()
    if pledge is None or any(each.element == element and each.is_there for each in perfection.elements_of(pledge)):
        return
    _write(pledge, element, Kind.EVIDENCE, by=None, at=at, note=note, file=file)


@transaction.atomic
def waive(*, reference: str, element: str, reason: str, by: Membership, at: datetime) -> ElementEvidence:
    """The lender's checker goes without one element, by name and on record. Raises WaiverRefused, NothingReserved."""
    pledge = _locked(reference)
    is_lender = access.may(by, "collateral.decide") and by.organisation_id == pledge.bank_id
    if not is_lender or not reason.strip() or Element(element) not in perfection.missing(pledge):
        raise WaiverRefused("only the lender's checker, with a reason, and what is missing", element=element)
    return _write(pledge, element, Kind.WAIVER, by=by, at=at, note=reason.strip()[:500])


@transaction.atomic
def take_back(*, reference: str, element: str, reason: str, by: Membership, at: datetime) -> ElementEvidence:
    """The lender's checker says that evidence, or a waiver, does not hold after all: a keeper's or register's error.

    Nothing is paid before it is brought again; goods behind a running loan carry nothing until then.
    Raises TakingBackRefused, NothingReserved.
    """
    pledge = _locked(reference)
    is_lender = access.may(by, "collateral.decide") and by.organisation_id == pledge.bank_id
    there = {each.element for each in perfection.elements_of(pledge) if can_be_taken_back(each)}
    if not is_lender or not reason.strip() or Element(element) not in there:
        raise TakingBackRefused("only the lender's checker, with a reason, and what is there", element=element)
    Pledge.objects.filter(pk=pledge.pk).update(effective_at=None)
    outbox.put(topic="collateral.pledge.weakened", payload={"reference": reference}, at=at)
    return _write(pledge, element, Kind.REVOKED, by=by, at=at, note=reason.strip())


@transaction.atomic
def check_effective(*, reference: str, at: datetime) -> Pledge | None:
    """Mark the pledge effective where every element is there, and tell the world once. Safe to repeat."""
    pledge = Pledge.objects.select_for_update().filter(reference=reference).first()
    if pledge is None or pledge.state != Pledge.State.PLEDGED or pledge.effective_at is not None:
        return pledge
    if perfection.missing(pledge):
        return pledge
    pledge.effective_at = at
    pledge.save(update_fields=["effective_at"])
    audit.record(action="pledge.effective", subject=pledge, by=None, at=at, thread=pledge.thread)
    outbox.put(topic="collateral.pledge.effective", payload={"reference": reference}, at=at)
    return pledge


def can_be_taken_back(standing: perfection.Standing) -> bool:
    """What somebody has waived, or can bring again; the signed contract and the register's entry stand as they are."""
    is_brought = standing.is_waived or standing.element in GIVERS
    return standing.is_there and standing.row is not None and is_brought


def require_effective(*, reference: str) -> None:
    """Raise NotEffective, naming what is missing, unless every element is there now."""
    pledge = Pledge.objects.filter(reference=reference).first()
    if pledge is None:
        raise NothingReserved("no goods stand behind this case", reference=reference)
    require_every_element(pledge)
    if pledge.effective_at is None:
        raise NotEffective("not marked effective", missing="", elements=[])


def require_every_element(pledge: Pledge) -> None:
    """Raise NotEffective, naming what is missing, unless every element of the goods behind it now is there."""
    lacking = perfection.missing(pledge)
    if lacking:
        names = ", ".join(str(ELEMENT_NAMES[element]) for element in lacking)
        raise NotEffective("elements are missing", missing=names, elements=[element.value for element in lacking])


def _write(
    pledge: Pledge, element: str, kind: str, *, by: Membership | None, at: datetime, note: str,
    file: StoredFile | None = None,
) -> ElementEvidence:  # fmt: skip
    row = ElementEvidence.objects.create(
        pledge=pledge, element=element, kind=kind, given_by=by, at=at, note=note[:500], file=file
    )
    facts = {"element": element}
    action = f"pledge.{kind.lower()}"
    audit.record(action=action, subject=pledge, by=by, at=at, thread=pledge.thread, after=facts, note=note)
    check_effective(reference=pledge.reference, at=at)
    covering.look_again([pledge.pk], cause=CoverCheck.Cause.GOODS, at=at)
    return row


def _is_theirs(pledge: Pledge, element: Element, by: Membership) -> bool:
    """The supplier endorses; a keeper of the goods does the rest, once every keeper has locked what it holds."""
    if element == Element.ENDORSED:
        return by.organisation_id == pledge.supplier_id
    keepers = pledge.lines.filter(counts=True, stock_holding__isnull=False)
    ids = set(keepers.values_list("stock_holding__stock__warehouse_id", flat=True))
    return by.organisation_id in ids


def _locked(reference: str) -> Pledge:
    pledge = Pledge.objects.select_for_update().filter(reference=reference).first()
    if pledge is None or not pledge.lines.filter(counts=True).exists():
        raise NothingReserved("no goods stand behind this case", reference=reference)
    return pledge
