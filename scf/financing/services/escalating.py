"""What the clock does where a lender does not answer in its own time: it tells colleagues, then passes the case on."""

from datetime import datetime

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F

from scf.kernel import audit, lifecycle, outbox

from ..models import BankCase

State = BankCase.State
WORKING = (State.OPEN, State.MAKER, State.CHECKER, State.SENT_BACK)
LEVELS = 2  # first the lender's checkers are told; after the same time again whoever holds the case gives it up


def escalate(*, at: datetime) -> int:
    """Pass on every case that is late for its next level, once a level; the number of cases passed on.

    The second level comes as long after the first as the lender had to answer. An open question stops both.
    """
    late = BankCase.objects.filter(state__in=WORKING, answer_by__lt=at)
    twice = ExpressionWrapper(F("answer_by") + (F("answer_by") - F("opened_at")), DateTimeField())
    found = [*late.filter(escalated=0).values_list("pk", flat=True)]
    found += late.filter(escalated=1).annotate(twice=twice).filter(twice__lt=at).values_list("pk", flat=True)
    return sum(_escalate(pk, at) for pk in found)


@transaction.atomic
def _escalate(bank_case_id: int, at: datetime) -> int:
    case = BankCase.objects.select_for_update(of=("self",)).select_related("bank").get(pk=bank_case_id)
    if case.state not in WORKING or case.escalated >= LEVELS:
        return 0
    case.escalated += 1
    case.save(update_fields=["escalated"])
    audit.record(
        action="bankcase.escalate", subject=case, by=None, at=at, thread=case.thread, private_to=case.bank,
        after={"level": case.escalated, "state": case.state},
    )  # fmt: skip
    payload = {"bank_case_id": case.pk, "level": case.escalated}
    outbox.put(topic="financing.bank_case.escalated", payload=payload, at=at)
    return 1


@transaction.atomic
def free(*, bank_case_id: int, at: datetime) -> BankCase:
    """Take a case that is late twice from the maker who holds it, so that any colleague may claim it."""
    case = BankCase.objects.select_for_update(of=("self",)).select_related("bank").get(pk=bank_case_id)
    if case.state == State.MAKER:
        lifecycle.fire(case, "unclaim", by=None, at=at, private_to=case.bank, note="late twice")
    return case
