"""The platform's side: claim and decide. What comes after an approval is in `placing`."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.collateral.services import pledging as registry
from scf.domain.errors import DomainError
from scf.kernel import audit, lifecycle, outbox
from scf.parties import refusals
from scf.parties.models import Membership

from ..models import Application
from .applying import end_case


class ReasonMissing(DomainError):
    """A return or a refusal must say why."""

    code = "REASON_MISSING"


refusals.register({"REASON_MISSING": _("Say why, in words that the other side can act on.")})

APPROVE, RETURN, REJECT = "APPROVE", "RETURN", "REJECT"


def _locked(application_id: int) -> Application:
    return Application.objects.select_for_update(of=("self",)).select_related("product", "supplier").get(
        pk=application_id
    )  # fmt: skip


@transaction.atomic
def claim(*, application_id: int, by: Membership, at: datetime) -> Application:
    """Take a submitted case. Raises NotAllowedNow where somebody else was first."""
    return lifecycle.fire(_locked(application_id), "begin_review", by=by, at=at, handler=by.user)


@transaction.atomic
def unclaim(*, application_id: int, by: Membership, at: datetime) -> Application:
    """Lay a claimed case back into the queue."""
    return lifecycle.fire(_locked(application_id), "unclaim", by=by, at=at)


@transaction.atomic
def decide(*, application_id: int, decision: str, reason: str, by: Membership, at: datetime) -> Application:
    """Approve (the case goes to lenders next), return with a reason, or reject with one.

    decision  APPROVE, RETURN or REJECT
    Raises ReasonMissing, NotAllowedNow.
    """
    application = _locked(application_id)
    if decision != APPROVE and not reason.strip():
        raise ReasonMissing("a reason is needed")
    if decision == APPROVE:
        audit.record(
            action="application.approve", subject=application, by=by, at=at, thread=application.thread, note=reason
        )
        return application
    if decision == RETURN:
        lifecycle.fire(application, "give_back", by=by, at=at, note=reason, reason=reason)
        # nothing is held while the supplier corrects: sending again takes the goods, and their figure, anew
        registry.reserve(
            reference=application.number, thread=application.thread, supplier=application.supplier,
            takings=[], by=by, at=at,
        )  # fmt: skip
    else:
        lifecycle.fire(application, "reject", by=by, at=at, note=reason, reason=reason)
        end_case(application, by=by, at=at)
    topic = "financing.application.returned" if decision == RETURN else "financing.application.rejected"
    outbox.put(topic=topic, payload={"application_id": application.pk}, at=at)
    return application


def close_if_nobody_offers(application: Application, *, at: datetime) -> Application:
    """A routed case that no lender can still offer on is declined."""
    is_hopeless = not application.bank_cases.exclude(state__in=["DECLINED", "LAPSED"]).exists()
    if application.state == Application.State.ROUTED and is_hopeless:
        lifecycle.fire(application, "decline", by=None, at=at)
        end_case(application, by=None, at=at)
        outbox.put(topic="financing.application.declined", payload={"application_id": application.pk}, at=at)
    return application
