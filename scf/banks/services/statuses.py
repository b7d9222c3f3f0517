"""What banks say of instructions: paid, refused, pending, paid otherwise, returned. News that we have changes nothing.

Banks say things twice, late, out of order, and sometimes against themselves. What does not fit is never decided here
by itself: it opens an investigation, which names the payment to a person.
"""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from scf.domain.money import Money
from scf.kernel import lifecycle, outbox
from scf.parties.models import Organisation

from ..gateways.base import Outcome, PaymentStatus
from ..models import Investigation, Payment
from . import investigations

Kind, State = Investigation.Kind, Payment.State
ENDED_BY_RETURN = (Kind.RECALL, Kind.FAILED_AFTER_PAID, Kind.PAID_TWICE, Kind.WRONG_AMOUNT, Kind.PART_RETURNED)


@transaction.atomic
def apply_status(
    *,
    status: PaymentStatus,
    bank: Organisation,
    at: datetime,
    value_date: date | None = None,
    amount: Money | None = None,
) -> Payment | None:
    """What the bank says of an instruction; None where the instruction is not ours.

    value_date  day on which it was paid, where the bank says so; the execution date otherwise
    amount      what it was debited for, where the bank says so
    """
    payment = _locked(status.end_to_end_id, bank)
    if payment is None or status.outcome is Outcome.PENDING:
        return payment
    if status.outcome is Outcome.PAID:
        _paid(payment, value_date, at)
    else:
        _refused(payment, status, at)
    if amount is not None and status.outcome is Outcome.PAID:
        _compare(payment, amount, at)
    return payment


def _locked(end_to_end_id: str, bank: Organisation) -> Payment | None:
    found = Payment.objects.select_for_update(of=("self",)).select_related("bank")
    return found.filter(end_to_end_id=end_to_end_id, bank=bank).first()


def _paid(payment: Payment, value_date: date | None, at: datetime) -> None:
    if payment.state in (State.PAID, State.RETURNED):
        return
    if payment.state == State.FAILED and not _is_the_only_one(payment):
        investigations.open_once(kind=Kind.PAID_TWICE, payment=payment, at=at)
        return
    if payment.state == State.FAILED:  # whoever decides on the failed payment finds it paid
        investigations.open_once(kind=Kind.PAID_AFTER_FAILED, payment=payment, at=at, refused=payment.reason)
    if payment.state == State.CREATED:  # a bank that knows what has not left us yet has it from a process that died
        lifecycle.fire(payment, "send", by=None, at=at)
    note = "the bank says: paid"
    investigations.close_by_news(payment=payment, kinds=(Kind.NO_ANSWER, Kind.FAILED_AFTER_PAID), note=note, at=at)
    paid_on = value_date or payment.execution_date
    lifecycle.fire(payment, "settle", by=None, at=at, facts=_facts(payment), value_date=paid_on)
    outbox.put(topic="banks.payment.paid", payload={"payment_id": payment.pk}, at=at)


def _is_the_only_one(payment: Payment) -> bool:
    """Whether no other instruction has taken the place of a failed one."""
    later = Payment.objects.filter(reference=payment.reference, kind=payment.kind, pk__gt=payment.pk)
    return not later.exclude(state__in=[State.FAILED, State.RETURNED]).exists()


def _look_back(payment: Payment, at: datetime) -> None:
    """An instruction has ended unpaid: if the bank has paid one before it, which it had refused, that one counts."""
    before = Payment.objects.select_for_update(of=("self",)).select_related("bank").filter(
        reference=payment.reference, kind=payment.kind, state=State.FAILED, pk__lt=payment.pk,
        investigations__kind=Kind.PAID_TWICE, investigations__state=Investigation.State.OPEN,
    ).first()  # fmt: skip
    if before is not None:
        note = "the instruction in its place was not paid"
        investigations.close_by_news(payment=before, kinds=(Kind.PAID_TWICE,), note=note, at=at)
        _paid(before, None, at)


def _refused(payment: Payment, status: PaymentStatus, at: datetime) -> None:
    code, reason = status.reason_code[:10], status.reason[:200]
    if payment.state == State.PAID:
        investigations.open_once(kind=Kind.FAILED_AFTER_PAID, payment=payment, at=at, code=code, reason=reason)
    if payment.state not in (State.SENT, State.UNKNOWN):
        return
    investigations.close_by_news(payment=payment, kinds=(Kind.NO_ANSWER,), note="the bank says: refused", at=at)
    facts = {**_facts(payment), "reason_code": code, "reason": reason}
    lifecycle.fire(payment, "reject", by=None, at=at, facts=facts, note=reason, code=code, reason=reason)
    outbox.put(topic="banks.payment.failed", payload={"payment_id": payment.pk}, at=at)
    _look_back(payment, at)


def _compare(payment: Payment, amount: Money, at: datetime) -> None:
    """Keep what was debited; where it differs from what we told, a person sees to it."""
    if payment.paid_minor is None:
        Payment.objects.filter(pk=payment.pk).update(paid_minor=amount.minor)
        payment.paid_minor = amount.minor
    if amount == payment.amount:
        return
    investigations.open_once(kind=Kind.WRONG_AMOUNT, payment=payment, at=at, detail=str(amount), paid=str(amount))
    part = payment.investigations.filter(kind=Kind.PART_RETURNED, facts__returned=str(amount)).first()
    if part is not None and payment.state == State.PAID:  # what seemed a part was all that had left
        facts = {name: str(part.facts.get(name, "")) for name in ("on", "reason", "code")}
        _came_back(payment, date.fromisoformat(facts["on"]), facts["reason"], facts["code"], at)


@transaction.atomic
def apply_return(
    *,
    end_to_end_id: str,
    bank: Organisation,
    amount: Money,
    on: date,
    reason: str,
    code: str,
    at: datetime,
    reference: str = "",
) -> Payment | None:
    """Money of an instruction came back to the account that it left; None where the instruction is not ours.

    The whole amount ends the payment, and the case it belongs to is open again; a part is a person's task.
    """
    payment = _locked(end_to_end_id, bank)
    if payment is None or payment.state == State.RETURNED:
        return payment
    if amount.minor not in (payment.amount_minor, payment.paid_minor):
        investigations.open_once(
            kind=Kind.PART_RETURNED, payment=payment, at=at, detail=f"{on}:{amount}:{reference}", returned=str(amount),
            on=on.isoformat(), reason=reason, code=code,
        )  # fmt: skip
        return payment
    _came_back(payment, on, reason, code, at)
    return payment


def _came_back(payment: Payment, on: date, reason: str, code: str, at: datetime) -> None:
    """All that the bank debited is back."""
    _paid(payment, None, at)  # what came back had left, whatever was told of it before
    if payment.state == State.PAID:
        facts = {**_facts(payment), "reason": reason, "on": on.isoformat()}
        lifecycle.fire(
            payment, "give_back", by=None, at=at, facts=facts, note=reason, code=code[:10], reason=reason[:200]
        )
        investigations.close_by_news(payment=payment, kinds=ENDED_BY_RETURN, note="the money came back", at=at)
        payload: dict[str, Any] = {"payment_id": payment.pk, "on": on.isoformat()}
        outbox.put(topic="banks.payment.returned", payload=payload, at=at)
        _look_back(payment, at)
    else:  # paid beside another instruction, and back again: nothing is left of it
        investigations.close_by_news(payment=payment, kinds=(Kind.PAID_TWICE, Kind.RECALL), note="it came back", at=at)


def _facts(payment: Payment) -> dict[str, str]:
    return {"payment": payment.end_to_end_id, "amount": str(payment.amount)}
