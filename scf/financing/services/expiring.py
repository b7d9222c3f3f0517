"""What the clock ends: offers past their day, cases that nobody answers."""

from datetime import datetime, timedelta

from django.db import transaction

from scf.kernel import lifecycle, outbox
from scf.kernel.clock import day_of

from ..models import Application, BankCase
from . import placing
from .applying import end_case

RETURNED_DAYS_MAX = 30
ROUTED_DAYS_MAX = 14
TURN_TAKES = timedelta(days=1)  # at most, until the next lender is asked


def expire(*, at: datetime) -> int:
    """Lapse offers whose last day is over and end cases without an open offer; the number of cases ended."""
    lapsed = BankCase.objects.filter(state=BankCase.State.OFFERED, expires_on__lt=day_of(at))
    for case in list(lapsed.values_list("pk", flat=True)):
        _lapse(case, at)
    ended = 0
    for application_id in _overdue(at):
        ended += _end(application_id, at)
    return ended


def _overdue(at: datetime) -> list[int]:
    live = BankCase.objects.filter(state=BankCase.State.OFFERED).values("application_id")
    working = BankCase.objects.exclude(state__in=["DECLINED", "LAPSED"]).values("application_id")
    cases = Application.objects
    silent_since = at - timedelta(days=ROUTED_DAYS_MAX)
    unoffered = cases.filter(state="OFFERED").exclude(pk__in=live)
    # a lender that was asked and never answers holds a case open only so long
    offered = unoffered.exclude(pk__in=working) | unoffered.filter(waiting_since__lt=silent_since)
    routed = cases.filter(state="ROUTED", waiting_since__lt=silent_since)
    returned = cases.filter(state="RETURNED", waiting_since__lt=at - timedelta(days=RETURNED_DAYS_MAX))
    return [pk for found in (offered, routed, returned) for pk in found.values_list("pk", flat=True)]


@transaction.atomic
def _lapse(bank_case_id: int, at: datetime) -> None:
    case = BankCase.objects.select_for_update(of=("self",)).select_related("bank").get(pk=bank_case_id)
    if case.state == BankCase.State.OFFERED:
        lifecycle.fire(case, "lapse", by=None, at=at, private_to=case.bank, note="expired")
        outbox.put(topic="financing.bank_case.expired", payload={"bank_case_id": case.pk}, at=at)


@transaction.atomic
def _end(application_id: int, at: datetime) -> int:
    application = Application.objects.select_for_update().get(pk=application_id)
    if application.state not in ("OFFERED", "ROUTED", "RETURNED"):
        return 0
    cases = application.bank_cases
    if application.state == "OFFERED" and cases.filter(state=BankCase.State.OFFERED).exists():
        return 0  # it has come since this one was found
    lapsed_lately = cases.filter(state=BankCase.State.LAPSED, waiting_since__gte=at - TURN_TAKES)
    if application.state == "OFFERED" and lapsed_lately.exists() and placing.next_turn(application) is not None:
        return 0  # its offer has expired, and another lender is about to be asked
    lifecycle.fire(application, "expire", by=None, at=at)
    end_case(application, by=None, at=at)
    outbox.put(topic="financing.application.expired", payload={"application_id": application.pk}, at=at)
    return 1
