"""Limits: one person enters a change, another one confirms it; only then does it stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scf.domain.caps import Level
from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.kernel import audit, proposals
from scf.parties import refusals
from scf.parties.models import Membership, Organisation

from ..models import Cap, CapChange, Commodity


class CapNotSound(DomainError):
    """The limit cannot stand as entered, or a change of it waits already."""

    code = "CAP_NOT_SOUND"


refusals.register({"CAP_NOT_SOUND": gettext_lazy("This limit cannot stand: %(why)s")})

_KINDS = {Level.SUPPLIER: "SUPPLIER", Level.WAREHOUSE: "WAREHOUSE", Level.BANK: "BANK"}
_KEY = ("level", "organisation_id", "commodity_id", "lender_id", "currency")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A limit as somebody wants it. whom: the organisation, or the commodity for that level."""

    level: str
    whom: Organisation | Commodity
    limit: Money
    valid_from: date
    valid_to: date | None = None
    lender: Organisation | None = None


def why_not(wanted: Wanted) -> tuple[str, str] | None:
    """Why a limit cannot stand: the field, and what to do; None where it can."""
    if wanted.limit.minor < 0:
        return "limit", _("an amount below zero is none: enter 0 to lend nothing")
    if wanted.valid_to is not None and wanted.valid_to < wanted.valid_from:
        return "valid_to", _("it ends before it begins: correct the days")
    is_commodity = isinstance(wanted.whom, Commodity)
    if is_commodity != (wanted.level == Level.COMMODITY):
        return "whom", _("choose whose limit it is: a commodity for the level commodity, else an organisation")
    kind = _KINDS.get(Level(wanted.level))
    if isinstance(wanted.whom, Organisation):
        is_buyer = wanted.level == Level.BUYER and (wanted.whom.is_buyer or wanted.whom.kind == "BUYER")
        if not is_buyer and wanted.whom.kind != kind:
            return "whom", _("%(name)s is none of that level: choose another") % {"name": wanted.whom}
    if wanted.lender is not None and (wanted.level == Level.BANK or wanted.lender.kind != "BANK"):
        return "lender", _("leave the lender out, or name a lender that limits others")
    return None


@transaction.atomic
def propose(*, wanted: Wanted, why: str, by: Membership, at: datetime) -> CapChange:
    """Enter a limit, new or changed; it stands when a second person has confirmed it. Raises CapNotSound."""
    fault = why_not(wanted)
    if fault is not None:
        raise CapNotSound("not sound", why=fault[1], field=fault[0])
    change = CapChange(
        level=wanted.level, currency=wanted.limit.currency, limit_minor=wanted.limit.minor, lender=wanted.lender,
        organisation=wanted.whom if isinstance(wanted.whom, Organisation) else None,
        commodity=wanted.whom if isinstance(wanted.whom, Commodity) else None,
        valid_from=wanted.valid_from, valid_to=wanted.valid_to, why=why, proposed_by=by.user, proposed_at=at,
    )  # fmt: skip
    if CapChange.objects.filter(state=CapChange.State.PROPOSED, **_key(change)).exists():
        raise CapNotSound("waits already", why=_("a change of it waits to be confirmed: decide on that one first"),
                          field="whom")  # fmt: skip
    change.save()
    audit.record(action="capchange.propose", subject=change, by=by, at=at, after=_facts(change), note=why)
    return change


def _key(row: CapChange) -> dict[str, object]:
    return {name: getattr(row, name) for name in _KEY}


def _facts(row: CapChange | Cap) -> dict[str, str]:
    return {"level": row.level, "whom": row.whom, "limit": str(row.limit), "lender": str(row.lender or ""),
            "from": str(row.valid_from), "to": str(row.valid_to or "")}  # fmt: skip


def _locked(change_ids: Sequence[int]) -> list[CapChange]:
    rows = CapChange.objects.select_for_update(of=("self",)).filter(pk__in=change_ids)
    return list(rows.select_related("organisation", "commodity", "lender").order_by("pk"))


@transaction.atomic
def confirm(*, change_ids: Sequence[int], by: Membership, at: datetime) -> int:
    """A second person agrees: all of these stand from now on, or none.

    Returns how many. Raises TakesTwo, NotAllowedNow.
    """
    rows = _locked(change_ids)
    for change in rows:
        proposals.confirm(change, facts=_facts, by=by, at=at)
        cap = Cap.objects.select_for_update().filter(**_key(change)).first() or Cap(**_key(change))
        before = _facts(cap) if cap.pk else {}
        cap.limit_minor, cap.valid_from, cap.valid_to = change.limit_minor, change.valid_from, change.valid_to
        cap.save()
        audit.record(action="cap.change", subject=cap, by=by, at=at, before=before, after=_facts(cap), note=change.why)
    return len(rows)


@transaction.atomic
def refuse(*, change_ids: Sequence[int], note: str, by: Membership, at: datetime) -> None:
    """Refuse what colleagues entered, take back one's own. Raises WhyNotMissing, NotAllowedNow."""
    proposals.take_off(_locked(change_ids), note=note, facts=_facts, by=by, at=at)
