"""Asking for a payment back: by a clerk, and again after a refusal, with each of the bank's answers on record."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.kernel import audit, outbox
from scf.parties import access, refusals
from scf.parties.models import Membership, Organisation

from ..gateways.base import BankRefused
from ..gateways.cases import Recall, RecallAnswer, RecallOutcome
from ..models import Connection, Investigation, Payment
from . import investigations
from .lines import line_to

RECALLABLE = (Payment.State.SENT, Payment.State.UNKNOWN, Payment.State.PAID)
REASONS = {"CUST": _("asked for by the customer"), "DUPL": _("paid twice"), "TECH": _("technical fault"),
           "FRAD": _("suspected fraud"), "AM09": _("wrong amount")}  # fmt: skip


class NotRecallable(DomainError):
    """This payment cannot be asked back."""

    code = "NOT_RECALLABLE"


refusals.register(
    {
        "NOT_RECALLABLE": _(
            "Payment %(payment)s cannot be asked back: only a clerk can, with a reason, and only what has left and not "
            "come back; again only after the bank has refused."
        ),
    }
)


def may_recall(payment: Payment) -> bool:
    """Whether a payment can be asked back now: it has left, and no request is with the bank that it has not refused."""
    has_left = payment.state in RECALLABLE or _is_second(payment)
    return has_left and all(row.facts.get("answer") == RecallOutcome.REFUSED.value for row in _recalls_of(payment))


def _is_second(payment: Payment) -> bool:
    """Whether the bank paid it although it had refused it, beside the instruction in its place."""
    kinds = {"kind": Investigation.Kind.PAID_TWICE, "state": Investigation.State.OPEN}
    return payment.investigations.filter(**kinds).exists()


def _recalls_of(payment: Payment) -> list[Investigation]:
    """Each request, the first one first."""
    return list(payment.investigations.filter(kind=Investigation.Kind.RECALL).order_by("pk"))


@transaction.atomic
def recall(*, payment_id: int, reason_code: str, note: str, by: Membership, at: datetime) -> Investigation:
    """Ask the lender for a payment back (camt.056). Its answer, and the money, come by messages.

    After a refusal a person may ask again: a request of its own, with an id of its own. Raises NotRecallable.
    """
    payment = Payment.objects.select_for_update(of=("self",)).select_related("bank").get(pk=payment_id)
    may_ask = access.may(by, "servicing.reconcile") and may_recall(payment)
    if not may_ask or reason_code not in REASONS or not note.strip():
        raise NotRecallable("not to be asked back", payment=payment.end_to_end_id)
    count = len(_recalls_of(payment))
    investigations.close_by_news(payment=payment, kinds=(Investigation.Kind.RECALL,), note="asked again", at=at)
    row = investigations.open_once(
        kind=Investigation.Kind.RECALL, payment=payment, at=at, by=by, detail=str(count) if count else "",
        reason_code=reason_code, note=note.strip()[:105], answer="PENDING", recall_id=_id_of(payment, count),
    )  # fmt: skip
    outbox.put(topic="banks.recall.asked", payload={"investigation_id": row.pk}, at=at)
    return row


def _id_of(payment: Payment, count: int) -> str:
    """The request's id at the bank; each further one has a number."""
    return f"R{payment.end_to_end_id}" + (f"-{count + 1}" if count else "")


def send(*, investigation_id: int, at: datetime) -> None:
    """Bring a recall to the bank; safe to repeat. Raises BankUnreachable, AnswerLost: it is tried again."""
    row = Investigation.objects.select_related("payment__bank", "payment__debtor_account__organisation").get(
        pk=investigation_id
    )
    payment = row.payment
    assert payment is not None, "a recall is of a payment"
    line = line_to(Connection.objects.select_related("bank").get(bank=payment.bank))
    asked = Recall(
        id=str(row.facts.get("recall_id") or _id_of(payment, 0)), end_to_end_id=payment.end_to_end_id,
        original_message_id=f"M{payment.end_to_end_id}", amount_minor=payment.amount_minor, currency=payment.currency,
        assigner=payment.debtor_account.organisation.name, assignee=payment.bank.name,
        reason_code=str(row.facts["reason_code"]), reason=str(row.facts["note"]),
    )  # fmt: skip
    try:
        line.recall_payment(asked, at=at)
    except BankRefused as refusal:  # it does not even ask the payee: the clerk's to deal with
        why = str(refusal.detail.get("bank_message") or refusal)
        refused = RecallAnswer(asked.id, asked.end_to_end_id, RecallOutcome.REFUSED, "RJCR", reason=why)
        take_answer(answer=refused, bank=payment.bank, at=at)


@transaction.atomic
def take_answer(*, answer: RecallAnswer, bank: Organisation, at: datetime) -> Investigation | None:
    """The bank has answered a recall; a refusal is the clerk's to deal with, consent is done once the money is back."""
    rows = Investigation.objects.select_for_update(of=("self",)).select_related("payment").filter(
        kind=Investigation.Kind.RECALL, payment__end_to_end_id=answer.end_to_end_id, bank=bank
    )  # fmt: skip
    row = _meant_by(answer, list(rows.order_by("-pk")))
    if row is None or answer.outcome is RecallOutcome.PENDING or row.facts.get("answer") == answer.outcome.value:
        return row
    row.facts = {**row.facts, "answer": answer.outcome.value, "answer_reason": answer.reason}
    row.save(update_fields=["facts"])
    assert row.payment is not None, "found by its payment"
    facts = {"answer": answer.outcome.value, "reason": answer.reason}
    audit.record(action="investigation.answer", subject=row, by=None, at=at, thread=row.payment.thread, after=facts)
    outbox.put(topic="banks.investigation.opened", payload={"investigation_id": row.pk}, at=at)
    return row


def _meant_by(answer: RecallAnswer, rows: list[Investigation]) -> Investigation | None:
    """The request of that id; the last one where the bank does not say which it answers."""
    named = [row for row in rows if row.facts.get("recall_id") == answer.recall_id]
    if named or (answer.recall_id and len(rows) > 1):
        return next(iter(named), None)
    return next(iter(rows), None)
