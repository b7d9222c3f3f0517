"""A lender's licence: its administrator enters what it allows, the platform compares it with the paper and confirms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scf.domain.errors import DomainError
from scf.domain.licences import SINGLE_SHARE, SMALL_LOAN_BURDEN_MAX, LicenceKind
from scf.domain.money import Money
from scf.kernel import audit, proposals
from scf.parties import refusals
from scf.parties.access import is_platform
from scf.parties.models import Membership

from ..models import Licence


class LicenceNotSound(DomainError):
    """The licence cannot stand as entered, or another one of the lender waits already."""

    code = "LICENCE_NOT_SOUND"


refusals.register({"LICENCE_NOT_SOUND": gettext_lazy("This licence cannot stand: %(why)s")})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A licence as somebody enters it; what its fields mean says the model."""

    kind: str
    number: str
    net_capital: Money
    valid_from: date
    valid_to: date | None = None
    single_share: Decimal = SINGLE_SHARE
    regions: Sequence[str] = ()
    burden_max: Decimal | None = None


def why_not(wanted: Wanted) -> tuple[str, str] | None:
    """Why a licence cannot stand: the field, and what to do; None where it can."""
    if wanted.net_capital.minor <= 0:
        return "net_capital", _("lending needs capital: enter it from the last yearly report")
    if not 0 < wanted.single_share <= SINGLE_SHARE:
        return "single_share", _("one borrower may owe at most 10 % of the capital: enter that or less")
    if wanted.valid_to is not None and wanted.valid_to < wanted.valid_from:
        return "valid_to", _("it ends before it begins: correct the days")
    if wanted.kind == LicenceKind.SMALL_LOAN:
        if wanted.burden_max is None or wanted.burden_max > SMALL_LOAN_BURDEN_MAX:
            return "burden_max", _(
                "a small-loan company charges at most 24 % a year, fees included: enter that or less"
            )
        if not wanted.regions:
            return "regions", _("a small-loan company lends in the region of its licence: enter its digits")
    return None


@transaction.atomic
def propose(*, wanted: Wanted, by: Membership, at: datetime) -> Licence:
    """Enter one's own licence; it counts once the platform has confirmed it. Raises LicenceNotSound."""
    fault = why_not(wanted)
    if fault is not None:
        raise LicenceNotSound("not sound", why=fault[1], field=fault[0])
    if Licence.objects.filter(bank=by.organisation, state=Licence.State.PROPOSED).exists():
        raise LicenceNotSound("waits already", why=_("one waits for the platform: take it back first"), field="number")
    row = Licence.objects.create(
        bank=by.organisation, kind=wanted.kind, number=wanted.number, currency=wanted.net_capital.currency,
        net_capital_minor=wanted.net_capital.minor, single_share=wanted.single_share, regions=list(wanted.regions),
        burden_max=wanted.burden_max, valid_from=wanted.valid_from, valid_to=wanted.valid_to,
        proposed_by=by.user, proposed_at=at,
    )  # fmt: skip
    audit.record(action="licence.propose", subject=row, by=by, at=at, after=_facts(row), private_to=by.organisation)
    return row


def _facts(row: Licence) -> dict[str, str]:
    return {"number": row.number, "kind": row.kind, "capital": str(row.net_capital), "from": str(row.valid_from)}


def _locked(licence_id: int, by: Membership) -> Licence:
    rows = Licence.objects.select_for_update(of=("self",)).select_related("bank")
    return rows.get(pk=licence_id) if is_platform(by) else rows.get(pk=licence_id, bank=by.organisation)


@transaction.atomic
def confirm(*, licence_id: int, by: Membership, at: datetime) -> Licence:
    """The platform has compared it with the paper. Raises TakesTwo, NotAllowedNow."""
    return proposals.confirm(_locked(licence_id, by), facts=_facts, by=by, at=at)


@transaction.atomic
def take_off(*, licence_id: int, note: str, by: Membership, at: datetime) -> None:
    """The platform refuses it, or the lender takes it back. Raises WhyNotMissing, NotAllowedNow."""
    proposals.take_off([_locked(licence_id, by)], note=note, facts=_facts, by=by, at=at)
