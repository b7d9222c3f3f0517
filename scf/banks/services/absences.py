"""Officers who are away, and who speaks for them meanwhile."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.kernel import audit
from scf.kernel.clock import day_of
from scf.parties import access, refusals
from scf.parties.models import Membership

from ..models import Absence

DAYS_MAX = 366


class AbsenceNotSound(DomainError):
    """The days or the substitute do not stand."""

    code = "ABSENCE_NOT_SOUND"


refusals.register({"ABSENCE_NOT_SOUND": _("This absence does not stand: %(why)s.")})


@transaction.atomic
def enter(
    *, person: Membership, substitute: Membership | None, from_date: date, to_date: date, by: Membership, at: datetime
) -> Absence:
    """An officer, or the lender's administrator for an officer, says who is away; both days are included.

    Raises AbsenceNotSound.
    """
    why = _why_not(person, substitute, from_date, to_date, by, day_of(at))
    if why:
        raise AbsenceNotSound("not sound", why=why)
    row = Absence.objects.create(
        bank=by.organisation, person=person.user, substitute=substitute.user if substitute else None,
        from_date=from_date, to_date=to_date, entered_by=by, entered_at=at,
    )  # fmt: skip
    said = {"person": str(person.user), "substitute": str(substitute.user) if substitute else "",
            "from": str(from_date), "to": str(to_date)}  # fmt: skip
    audit.record(action="absence.enter", subject=row, by=by, at=at, after=said, private_to=by.organisation)
    return row


def _why_not(
    person: Membership, substitute: Membership | None, first: date, last: date, by: Membership, today: date
) -> str:
    own = [member for member in (person, substitute) if member is not None]
    if any(member.organisation_id != by.organisation_id or not member.is_active for member in own):
        return str(_("only officers of your own can be named"))
    if person.user_id != by.user_id and not access.may(by, "banks.enter_authority"):
        return str(_("only your administrator enters it for somebody else"))
    if substitute is not None and substitute.user_id == person.user_id:
        return str(_("nobody stands in for himself"))
    if last < first or last < today or (last - first).days > DAYS_MAX:
        return str(_("it ends before it begins or is over, or lasts longer than a year"))
    overlaps = Absence.objects.filter(
        bank=by.organisation, person=person.user, ended_at=None, from_date__lte=last, to_date__gte=first
    )
    if overlaps.exists():
        return str(_("an absence of these days is entered already: end that one first"))
    return ""


@transaction.atomic
def end(*, absence_id: int, by: Membership, at: datetime) -> None:
    """Whoever is away, or the administrator, calls it off; the substitute speaks no more. Safe to repeat."""
    row = Absence.objects.select_for_update().get(pk=absence_id, bank=by.organisation)
    if row.person_id != by.user_id and not access.may(by, "banks.enter_authority"):
        raise AbsenceNotSound("another's", why=str(_("only your administrator enters it for somebody else")))
    if row.ended_at is None:
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        audit.record(action="absence.end", subject=row, by=by, at=at, private_to=by.organisation)
