"""Payments on which bank and platform disagree: opened once, told to clerks, closed by a person or by later news."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.kernel import audit, lifecycle, outbox
from scf.parties import access, refusals
from scf.parties.models import Membership, Organisation

from ..gateways.transports.checks import SENTENCES
from ..models import BankMessage, Investigation, Payment

Kind, State = Investigation.Kind, Investigation.State


class AnswerMissing(DomainError):
    """An investigation is closed without saying what was done."""

    code = "INVESTIGATION_ANSWER_MISSING"


refusals.register(
    {
        "INVESTIGATION_ANSWER_MISSING": _(
            "Say what the bank answered or what was done, so that an auditor can follow."
        ),
    }
)


def open_once(
    *, kind: str, payment: Payment, at: datetime, detail: str = "", by: Membership | None = None, **facts: Any
) -> Investigation:
    """Note that something about a payment needs a person; the same again changes nothing. In the caller's transaction.

    detail  what tells it from another of the same kind on the same payment, such as an amount
    """
    name = {"payment": payment.end_to_end_id, "told": str(payment.amount), **facts}
    key = ":".join(filter(None, (kind, payment.end_to_end_id, detail)))
    return _open(kind=kind, bank=payment.bank, payment=payment, key=key, facts=name, by=by, at=at)


def open_unknown_debit(*, bank: Organisation, key: str, at: datetime, **facts: Any) -> Investigation:
    """A bank debited in our name what we never told it to pay."""
    return _open(
        kind=Kind.UNKNOWN_DEBIT, bank=bank, payment=None, key=f"{Kind.UNKNOWN_DEBIT}:{bank.pk}:{key}"[:120],
        facts=facts, by=None, at=at,
    )  # fmt: skip


def open_unreadable(*, message: BankMessage, at: datetime) -> Investigation:
    """Nothing came of a message of a bank: a clerk asks for it again, or does by hand what it says."""
    facts = {"file": message.file.name, "reason": message.problem, "received": message.received_at.isoformat()}
    return _open(
        kind=Kind.UNREADABLE, bank=message.bank, payment=None, key=f"{Kind.UNREADABLE}:{message.pk}", facts=facts,
        by=None, at=at,
    )  # fmt: skip


def _open(
    *, kind: str, bank: Organisation, payment: Payment | None, key: str, facts: dict[str, Any], by: Membership | None,
    at: datetime,
) -> Investigation:  # fmt: skip
    row, is_new = Investigation.objects.get_or_create(
        key=key, defaults={"kind": kind, "bank": bank, "payment": payment, "facts": facts, "opened_by": by,
                           "opened_at": at},
    )  # fmt: skip
    if is_new:
        thread = payment.thread if payment is not None else audit.subject_of(row)
        audit.record(
            action="investigation.open", subject=row, by=by, at=at, thread=thread, after={**facts, "kind": kind}
        )
        outbox.put(topic="banks.investigation.opened", payload={"investigation_id": row.pk}, at=at)
    return row


@transaction.atomic
def close(*, investigation_id: int, note: str, by: Membership, at: datetime) -> Investigation:
    """A clerk says what was done. Raises AnswerMissing, NotAllowedNow."""
    row = Investigation.objects.select_for_update(of=("self",)).select_related("payment").get(pk=investigation_id)
    if not note.strip() or not access.may(by, "servicing.reconcile"):
        raise AnswerMissing("say what was done")
    return _close(row, note.strip(), by, at)


def close_by_news(*, payment: Payment, kinds: tuple[str, ...], note: str, at: datetime) -> None:
    """Later news of the bank has settled what was open on a payment. In the caller's transaction."""
    for row in Investigation.objects.select_for_update().filter(payment=payment, kind__in=kinds, state=State.OPEN):
        row.payment = payment
        _close(row, note, None, at)


def _close(row: Investigation, note: str, by: Membership | None, at: datetime) -> Investigation:
    thread = row.payment.thread if row.payment is not None else audit.subject_of(row)
    return lifecycle.fire(row, "close", by=by, at=at, note=note, thread=thread, closed_by=by)


def trouble_of(row: Investigation) -> str:
    """What is wrong with the line, where that is why the bank gives no answer; in the active language."""
    sentence = SENTENCES.get(str(row.facts.get("line", "")))
    facts = row.facts.get("line_facts") or {}
    try:
        return translate(str(sentence)) % facts if sentence else ""
    except (KeyError, ValueError):
        return str(row.facts["line"])
