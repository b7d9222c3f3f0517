"""Changing who of a lender may decide: entered by its administrator, confirmed by somebody who gains nothing by it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.domain.authority import Deal, Hat, Matrix, Power, Rung
from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.kernel import audit, proposals
from scf.kernel.clock import day_of
from scf.parties import refusals
from scf.parties.models import Membership

from ..models import AuthorityMatrix, AuthorityPower, AuthorityRung
from ..selectors import authority as selectors


class AuthorityNotSound(DomainError):
    """The matrix contradicts itself, or leaves cases that nobody could ever decide."""

    code = "AUTHORITY_NOT_SOUND"


class GainsByIt(DomainError):
    """Whoever's power a version widens does not confirm it."""

    code = "GAINS_BY_IT"


refusals.register(
    {
        "AUTHORITY_NOT_SOUND": _("This matrix does not stand: %(why)s."),
        "GAINS_BY_IT": _("This version gives you power that you do not have now. Somebody else confirms it."),
    }
)


@transaction.atomic
def propose(
    *, powers: Sequence[Power], rungs: Sequence[Rung], valid_from: date, why: str, by: Membership, at: datetime
) -> AuthorityMatrix:
    """Enter a version; it counts from its first day once a colleague has confirmed it. Persons are user ids.

    Raises AuthorityNotSound.
    """
    members = {member.user_id: member for member in selectors.checkers(by.organisation_id)}
    why_not = _why_not(powers, rungs, valid_from, day_of(at), set(members))
    if not why_not and AuthorityMatrix.objects.filter(bank=by.organisation, state="PROPOSED").exists():
        why_not = str(_("another version waits to be confirmed: decide on that one first"))
    if why_not:
        raise AuthorityNotSound("not sound", why=why_not)
    row = AuthorityMatrix.objects.create(
        bank=by.organisation, valid_from=valid_from, why=why, proposed_by=by.user, proposed_at=at
    )
    AuthorityPower.objects.bulk_create(
        AuthorityPower(
            matrix=row, member=members[power.person], hat=power.hat, currency=power.amount_max.currency,  # type: ignore[index]
            amount_max_minor=power.amount_max.minor, products=sorted(power.products), grade_min=power.grade_min or "",
        )
        for power in powers
    )  # fmt: skip
    AuthorityRung.objects.bulk_create(
        AuthorityRung(
            matrix=row, currency=rung.amount_above.currency, amount_above_minor=rung.amount_above.minor,
            signatures=rung.signatures, votes=rung.votes, products=sorted(rung.products),
            grade_from=rung.grade_from or "",
        )
        for rung in rungs
    )  # fmt: skip
    audit.record(
        action="authority.propose", subject=row, by=by, at=at, after=_facts(row), note=why, private_to=by.organisation
    )
    return row


def _why_not(
    powers: Sequence[Power], rungs: Sequence[Rung], valid_from: date, today: date, people: set[int]
) -> str:  # fmt: skip
    if valid_from < today:
        return str(_("its first day is over"))
    if not any(power.hat == Hat.SIGN for power in powers):
        return str(_("nobody could sign: name at least one checker"))
    if not all(power.person in people for power in powers):
        return str(_("only active checkers of yours can be given power"))
    matrix = Matrix(tuple(powers), tuple(rungs))
    for rung in rungs:
        if not _can_be_given(matrix, rung):
            words = _("above %(amount)s more signatures or votes are asked for than people can give")
            return str(words) % {"amount": rung.amount_above}
    return ""


def _can_be_given(matrix: Matrix, rung: Rung) -> bool:
    """Whether, just above a rung, enough people can speak for every product that anybody may sign for there."""
    just_above = replace(rung.amount_above, minor=rung.amount_above.minor + 1)
    named = {product for power in matrix.powers for product in power.products}
    deals = [Deal(just_above, product, rung.grade_from) for product in rung.products or {"*", *named}]
    open_to_some = [deal for deal in deals if matrix.holders(deal, Hat.SIGN)]
    return bool(open_to_some) and not any(_too_few(matrix, deal) for deal in open_to_some)


def _too_few(matrix: Matrix, deal: Deal) -> bool:
    need = matrix.need(deal)
    signs, votes = matrix.holders(deal, Hat.SIGN), matrix.holders(deal, Hat.VOTE)
    # one person speaks once: who could do both is counted once
    return len(signs) < need.signatures or len(votes) < need.votes or len(signs | votes) < need.signatures + need.votes


def _facts(row: AuthorityMatrix) -> dict[str, str]:
    powers = [f"{p.member.user.email}: {p.hat} {p.amount_max}" for p in row.powers.select_related("member__user")]
    return {"from": str(row.valid_from), "powers": "; ".join(powers), "rungs": "; ".join(map(str, row.rungs.all()))}


def _locked(matrix_id: int, by: Membership) -> AuthorityMatrix:
    return AuthorityMatrix.objects.select_for_update(of=("self",)).select_related("bank").get(
        pk=matrix_id, bank=by.organisation
    )  # fmt: skip


@transaction.atomic
def confirm(*, matrix_id: int, by: Membership, at: datetime) -> AuthorityMatrix:
    """A colleague agrees. Raises TakesTwo, GainsByIt, NotAllowedNow."""
    row = _locked(matrix_id, by)
    own = [power for power in (p.power for p in row.powers.select_related("member")) if power.person == by.user_id]
    if any(_widens(each, selectors.matrix_of(row.bank_id, each.amount_max.currency, day_of(at))) for each in own):
        raise GainsByIt("gains by it")
    return proposals.confirm(row, facts=_facts, by=by, at=at)


def _widens(power: Power, before: Matrix) -> bool:
    """Whether a power reaches further than what its holder has now."""
    own = [each for each in before.powers if (each.person, each.hat) == (power.person, power.hat)]
    return not any(
        each.amount_max.currency == power.amount_max.currency
        and power.amount_max <= each.amount_max
        and (not each.products or (power.products and power.products <= each.products))
        and (each.grade_min is None or (power.grade_min is not None and power.grade_min <= each.grade_min))
        for each in own
    )


@transaction.atomic
def take_off(*, matrix_id: int, note: str, by: Membership, at: datetime) -> None:
    """Refuse what a colleague entered, or take back one's own. Raises WhyNotMissing, NotAllowedNow."""
    proposals.take_off([_locked(matrix_id, by)], note=note, facts=_facts, by=by, at=at)


def own_limit(membership: Membership, currency: str, on: date) -> Money | None:
    """The largest amount that an officer may sign for in some case on a day; None where it may sign for nothing."""
    powers = selectors.matrix_of(membership.organisation_id, currency, on).powers
    own = [
        power.amount_max
        for power in powers
        if (power.person, power.hat, power.amount_max.currency) == (membership.user_id, Hat.SIGN, currency)
    ]
    return max(own, default=None)
