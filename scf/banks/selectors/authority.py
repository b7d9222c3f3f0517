"""Reading who of a lender may decide, and who is away."""

from datetime import date

from django.db.models import QuerySet

from scf.domain.authority import Hat, Matrix, Power
from scf.domain.money import Money
from scf.parties.models import Membership, Organisation, Role

from ..models import Absence, AuthorityMatrix

State = AuthorityMatrix.State


def checkers(bank_id: int) -> QuerySet[Membership]:
    """Officers of a lender who check, and can sign in."""
    rows = Membership.objects.filter(organisation=bank_id, role=Role.CHECKER, is_active=True, user__is_active=True)
    return rows.select_related("user").order_by("user__name", "pk")


def officers(bank_id: int) -> list[Membership]:
    """Makers and checkers of a lender who can sign in, one row a person and role."""
    rows = Membership.objects.filter(organisation=bank_id, is_active=True, user__is_active=True)
    return list(rows.filter(role__in=[Role.MAKER, Role.CHECKER]).select_related("user").order_by("user__name", "pk"))


def version_in_force(bank_id: int, on: date) -> AuthorityMatrix | None:
    """The version that counts on a day."""
    begun = AuthorityMatrix.objects.filter(bank=bank_id, state=State.CONFIRMED, valid_from__lte=on)
    return begun.order_by("-valid_from", "-pk").first()


def matrix_of(bank_id: int, currency: str, on: date) -> Matrix:
    """Who may decide on `on`. Where the lender has no matrix, each checker alone up to its own authority.

    That general authority stands in no currency: it is read in the one of the case. At most five queries.
    """
    members = list(checkers(bank_id))
    people = {member.user_id for member in members}
    version = version_in_force(bank_id, on)
    stand_ins = frozenset(
        (absence.substitute_id, absence.person_id)
        for absence in absences_on(bank_id, on)
        if absence.substitute_id in people
    )
    if version is None:
        own = [(member.user_id, member.authority_minor) for member in members if member.authority_minor]
        general = tuple(Power(user, Hat.SIGN, Money(minor, currency)) for user, minor in own)
        return Matrix(general, (), stand_ins)
    powers = version.powers.filter(member__is_active=True, member__user__is_active=True).select_related("member")
    return Matrix(
        tuple(row.power for row in powers if row.member.user_id in people),
        tuple(row.rung for row in version.rungs.all()), stand_ins,
    )  # fmt: skip


def absences_on(bank_id: int, on: date) -> QuerySet[Absence]:
    """Who of a lender is away on a day."""
    rows = Absence.objects.filter(bank=bank_id, ended_at=None, from_date__lte=on, to_date__gte=on)
    return rows.select_related("person", "substitute").order_by("pk")


def visible_to(membership: Membership | None) -> QuerySet[AuthorityMatrix]:
    """A lender's own versions, newest first; none for others."""
    if membership is None or membership.organisation.kind != Organisation.Kind.BANK:
        return AuthorityMatrix.objects.none()
    rows = AuthorityMatrix.objects.filter(bank=membership.organisation).select_related("proposed_by", "decided_by")
    return rows.prefetch_related("powers__member__user", "rungs").order_by("-pk")


def absences_of(membership: Membership, on: date) -> QuerySet[Absence]:
    """Absences of a lender's officers that last or are to come."""
    rows = Absence.objects.filter(bank=membership.organisation, ended_at=None, to_date__gte=on)
    return rows.select_related("person", "substitute").order_by("from_date", "pk")
