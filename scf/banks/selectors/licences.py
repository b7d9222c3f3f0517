"""Reading what lenders are licensed for."""

from datetime import date

from django.db.models import QuerySet

from scf.domain import licences
from scf.parties.access import is_platform
from scf.parties.models import Membership, Organisation

from ..models import Licence


def in_force(on: date) -> dict[int, licences.Licence]:
    """By lender: the last licence confirmed for a day not later than `on`. One query.

    A licence whose last day is over is there too, so that its lender is asked no more.
    """
    rows = Licence.objects.filter(state=Licence.State.CONFIRMED, valid_from__lte=on)
    return {row.bank_id: row.terms for row in rows.order_by("bank_id", "-valid_from", "-id").distinct("bank_id")}


def licence_of(bank: Organisation, on: date) -> licences.Licence | None:
    """One lender's; None where none was ever confirmed."""
    return in_force(on).get(bank.pk)


def visible_to(membership: Membership | None) -> QuerySet[Licence]:
    """A lender's own, all for the platform, newest first."""
    rows = Licence.objects.select_related("bank", "proposed_by", "decided_by").order_by("-id")
    if membership is None:
        return rows.none()
    if is_platform(membership):
        return rows
    return rows.filter(bank=membership.organisation)
