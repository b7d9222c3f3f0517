"""Signing ahead: where a lender's offer keeps within what was signed, nobody is needed from submission to payment."""

import logging
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.kernel import audit
from scf.kernel.clock import day_of
from scf.parties import access, refusals
from scf.parties.models import Membership
from scf.parties.services import confirm_person

from ..models import Application, BankCase, SignedAhead
from ..models.ahead import COST_MAX
from . import choosing

logger = logging.getLogger(__name__)
State = Application.State
BEFORE_SIGNING = (State.DRAFT, State.SUBMITTED, State.IN_REVIEW, State.RETURNED, State.ROUTED, State.OFFERED)


class AheadNotSound(DomainError):
    """What is to be signed ahead cannot stand."""

    code = "AHEAD_NOT_SOUND"


refusals.register({"AHEAD_NOT_SOUND": _("This cannot be signed ahead: %(why)s.")})


def sign(
    *, application_id: int, annual_cost_max: Decimal, valid_to: date, proof: str, by: Membership, at: datetime
) -> SignedAhead:
    """Accept ahead the first offer at this cost or less; the person is confirmed first. A later one replaces it.

    Raises NotConfirmed, AheadNotSound.
    """
    confirm_person(by.user, proof)
    return _sign(application_id, annual_cost_max, valid_to, by, at)


@transaction.atomic
def _sign(application_id: int, annual_cost_max: Decimal, valid_to: date, by: Membership, at: datetime) -> SignedAhead:
    application = Application.objects.select_for_update().get(pk=application_id, supplier=by.organisation)
    why = _why_not(application, annual_cost_max, valid_to, day_of(at))
    if why:
        raise AheadNotSound("not sound", why=str(why))
    _revoke(application, by, at)
    row = SignedAhead.objects.create(
        application=application, amount_minor=application.amount_minor, tenor_days=application.tenor_days,
        annual_cost_max=annual_cost_max, valid_to=valid_to, signed_by=by, signed_at=at,
    )  # fmt: skip
    said = {"cost": str(annual_cost_max), "amount": str(row.amount), "days": str(row.tenor_days), "to": str(valid_to)}
    audit.record(
        action="application.sign_ahead", subject=application, by=by, at=at, thread=application.thread, after=said,
        private_to=application.supplier,
    )  # fmt: skip
    return row


def _why_not(application: Application, annual_cost_max: Decimal, valid_to: date, today: date) -> str | Promise:
    if application.state not in BEFORE_SIGNING:
        return _("the case is past its offers")
    if not application.amount_minor or not application.tenor_days:
        return _("say first how much you need and for how long")
    if not 0 < annual_cost_max <= COST_MAX:
        return _("the yearly cost lies above 0 % and not above 36 %")
    return _("its last day is over") if valid_to < today else ""


@transaction.atomic
def revoke(*, application_id: int, by: Membership, at: datetime) -> None:
    """Take it back; safe to repeat. What was accepted by it before stands."""
    application = Application.objects.select_for_update().get(pk=application_id, supplier=by.organisation)
    _revoke(application, by, at)


def _revoke(application: Application, by: Membership, at: datetime) -> None:
    if SignedAhead.objects.filter(application=application, revoked_at=None).update(revoked_at=at):
        audit.record(
            action="application.revoke_ahead", subject=application, by=by, at=at, thread=application.thread,
            private_to=application.supplier,
        )  # fmt: skip


def of(application: Application) -> SignedAhead | None:
    """What is signed ahead and not taken back."""
    found = SignedAhead.objects.filter(application=application, revoked_at=None)
    return found.select_related("signed_by__user", "application").first()


def fits(ahead: SignedAhead, case: BankCase, on: date) -> bool:
    """Whether an open offer keeps within what was signed: the amount and days asked for, no conditions, the cost."""
    application = case.application
    same = (application.amount_minor, application.tenor_days) == (ahead.amount_minor, ahead.tenor_days)
    as_asked = (case.amount_minor, case.tenor_days) == (ahead.amount_minor, ahead.tenor_days)
    is_open = case.state == BankCase.State.OFFERED and (case.expires_on or date.min) >= on
    if not (same and as_asked and is_open and on <= ahead.valid_to) or case.conditions or case.precedents:
        return False
    return _cost(case, on) <= ahead.annual_cost_max


def _cost(case: BankCase, on: date) -> Decimal:
    return choosing.terms_of(case, choosing.drawdown_on(case.application, on)).cost.annualised


@transaction.atomic
def accept(*, application_id: int, at: datetime) -> Application:
    """Sign, for whoever signed ahead, the cheapest open offer that keeps within it; nothing where none does.

    Whatever stands against it leaves the case to the person, who reads why. Safe to repeat.
    """
    application = Application.objects.select_for_update(of=("self",)).select_related("product").get(pk=application_id)
    ahead = of(application)
    if ahead is None or application.state != State.OFFERED or not _may_still_sign(ahead):
        return application
    offers = list(application.bank_cases.filter(state=BankCase.State.OFFERED).select_related("bank"))
    for case in offers:
        case.application = application
    fitting = [case for case in offers if fits(ahead, case, day_of(at))]
    if not fitting:
        return application
    best = min(fitting, key=lambda case: (_cost(case, day_of(at)), case.pk))
    try:
        with transaction.atomic():
            return choosing.take_offer(application_id, best.pk, ahead.signed_by, at)
    except DomainError as refusal:
        logger.info("signed ahead, but %s is left to the person: %s", application.number, refusal.code)
        return Application.objects.get(pk=application_id)


def _may_still_sign(ahead: SignedAhead) -> bool:
    member = ahead.signed_by
    return member.is_active and member.user.is_active and access.may(member, "financing.accept")
