"""Payments that happen once.

One end-to-end id for ever; the row says SENT before a byte leaves; an answer
that was lost is asked for, and only an instruction that the bank has never
seen is sent again, under the same id.
"""

# budget: an instruction, its line, and what comes of it in one place: the promise is easier to see
import logging
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.kernel import audit, controls, lifecycle, numbering, outbox
from scf.kernel.clock import day_of
from scf.kernel.models import OutboxMessage
from scf.parties import refusals
from scf.parties.models import BankAccount, Membership, Organisation

from ..gateways.base import (
    AnswerLost,
    BankRefused,
    BankUnreachable,
    NotOffered,
    Outcome,
    Party,
    PaymentInstruction,
    PaymentStatus,
)
from ..gateways.transports.checks import check_of
from ..models import Connection, Investigation, Payment
from . import investigations
from .lines import line_to, patience
from .statuses import apply_status

logger = logging.getLogger(__name__)
Kind = Investigation.Kind

OPENS_AT = time(8)
SILENT = (Payment.State.SENT, Payment.State.UNKNOWN)
ASK_EVERY_MAX = timedelta(hours=1)
ASKS_BEFORE_STATEMENT = 2
MENDS_ITSELF = {"SILENT", "CLOSED", "REFUSED", "HOST_UNKNOWN"}  # troubles of a line that banks end without us
STANDS_STILL = timedelta(minutes=15)  # after so long any other is a person's: a secret, a certificate, a setting


class PayeeNotVerified(DomainError):
    """The account to be paid into is not verified."""

    code = "PAYEE_NOT_VERIFIED"


refusals.register(
    {
        "PAYEE_NOT_VERIFIED": _(
            "There is no verified account in %(currency)s to be paid into. Ask the platform to verify one first."
        ),
    }
)


@transaction.atomic
def instruct(
    *,
    kind: str,
    bank: Organisation,
    reference: str,
    thread: str,
    amount: Money,
    debtor: BankAccount,
    creditor: BankAccount | None,
    execution_date: date,
    by: Membership | None,
    at: datetime,
    loan_number: str = "",
) -> Payment:
    """Write an instruction and promise to send it. Raises PayeeNotVerified.

    A case's disbursement exists once: the database refuses a second one that has not failed.
    """
    if creditor is None or not _is_usable(creditor, at):
        raise PayeeNotVerified("no verified account to be paid into", currency=amount.currency)
    payment = Payment.objects.create(
        end_to_end_id=numbering.next_number(prefix="PO", on=execution_date),
        kind=kind,
        bank=bank,
        reference=reference,
        loan_number=loan_number,
        thread=thread,
        debtor_account=debtor,
        creditor_account=creditor,
        amount_minor=amount.minor,
        currency=amount.currency,
        execution_date=execution_date,
        created_at=at,
    )
    facts = {"payment": payment.end_to_end_id, "amount": str(amount), "account": creditor.number}
    audit.record(action="payment.instruct", subject=payment, by=by, at=at, thread=thread, after=facts)
    outbox.put(topic="banks.payment.created", payload={"payment_id": payment.pk}, at=_due(execution_date, at))
    return payment


def _is_usable(account: BankAccount, at: datetime) -> bool:
    """Whether two people have verified an account, and its cooling-down is over."""
    is_verified = account.verified_at is not None or not controls.is_on("PAYEE_VERIFIED")
    is_cooled = account.usable_from is None or account.usable_from <= at or not controls.is_on("PAYEE_COOLED_DOWN")
    return is_verified and is_cooled


def _due(execution_date: date, at: datetime) -> datetime:
    """When an instruction goes out: at once, or in the morning of a later execution date, business time."""
    if execution_date <= day_of(at):
        return at
    return datetime.combine(execution_date, OPENS_AT, timezone.get_default_timezone())


def send(*, payment_id: int, at: datetime) -> None:
    """Bring an instruction to the bank; repeated until the bank has it.

    The first try sends; every later one asks first, and sends only what the
    bank has never heard of. A line that cannot be asked has it then, and its
    messages will tell. Raises BankUnreachable, AnswerLost: the outbox tries
    again later. So it does after BankRefused to the question: a refused
    question says nothing about the payment, which may have been made.
    """
    payment, is_first = _mark_sent(payment_id, at)
    if payment.state in (Payment.State.PAID, Payment.State.FAILED, Payment.State.RETURNED):
        return
    line = line_to(Connection.objects.select_related("bank").get(bank=payment.bank))
    try:
        status = None if is_first else line.payment_status(payment.end_to_end_id)
    except NotOffered:
        return
    except (BankRefused, BankUnreachable, AnswerLost):
        _lose_sight(payment_id, at)
        raise
    try:
        if status is None:
            line.send_payment(_instruction(payment), at=at)
    except BankRefused as refusal:
        status = PaymentStatus(
            payment.end_to_end_id,
            "",
            Outcome.FAILED,
            "RJCT",
            "REFUSED",
            str(refusal.detail.get("bank_message") or refusal),
        )
    except (BankUnreachable, AnswerLost):
        _lose_sight(payment_id, at)
        raise
    if status is not None:
        apply_status(status=status, bank=payment.bank, at=at)


def ask_all(*, at: datetime) -> int:
    """Ask banks about every instruction that they have not answered; the number asked.

    Ever more rarely: after BANK_ASK_AFTER_SECONDS, twice that ... an hour. What no bank has an answer to within
    its line's patience is a person's task. An instruction that the bank has certainly never heard of is promised
    again, under its own id; a line that cannot be asked says nothing by its silence.
    """
    silent = Payment.objects.filter(state__in=SILENT).order_by("id")
    due = [payment for payment in silent.select_related("bank") if at >= _ask_again_at(payment)]
    for payment in due:
        try:
            _ask(payment, at)
        except Exception:  # one bank's nonsense must not keep the others from being asked
            logger.exception("asking about payment %s failed", payment.end_to_end_id)
            _note_question(payment, at, limit=STANDS_STILL)
    _want_statements([payment.pk for payment in due], at)
    return len(due)


@transaction.atomic
def _want_statements(asked: list[int], at: datetime) -> None:
    """What banks do not say of instructions, asked more than once, the statement of the account that pays may prove."""
    silent = Payment.objects.filter(pk__in=asked, state__in=SILENT, asks__gte=ASKS_BEFORE_STATEMENT)
    first_days = silent.order_by().values_list("debtor_account_id").annotate(first=Min("execution_date"))
    for account_id, first in first_days:
        topic, to = "banks.statement.wanted", day_of(at)
        payload = {"account_id": account_id, "from": min(first, to).isoformat(), "to": to.isoformat()}
        wanted = OutboxMessage.objects.filter(topic=topic, payload=payload, delivered_at=None)
        if not wanted.filter(attempts__lt=outbox.ATTEMPTS_MAX).exists():
            outbox.put(topic=topic, payload=payload, at=at)


def _ask_again_at(payment: Payment) -> datetime:
    wait = min(ASK_EVERY_MAX, timedelta(seconds=settings.BANK_ASK_AFTER_SECONDS) * 2 ** min(payment.asks, 10))
    return (payment.asked_at or payment.sent_at or payment.created_at) + wait


def _ask(payment: Payment, at: datetime) -> None:
    """One question; no transaction is open while the bank thinks."""
    connection = Connection.objects.select_related("bank").get(bank=payment.bank)
    status, was_heard, trouble = None, False, None
    try:
        status, was_heard = line_to(connection).payment_status(payment.end_to_end_id), True
    except NotOffered:
        pass
    except (BankRefused, BankUnreachable, AnswerLost) as problem:
        trouble = check_of(problem)
    limit = patience(connection)
    if trouble is not None and trouble.code not in MENDS_ITSELF:
        limit = min(limit, STANDS_STILL)
    with transaction.atomic():
        if was_heard and status is None:
            outbox.put(topic="banks.payment.created", payload={"payment_id": payment.pk}, at=at)
        elif status is not None:
            apply_status(status=status, bank=payment.bank, at=at)
        facts = {"line": trouble.code, "line_facts": dict(trouble.facts)} if trouble is not None else {}
        _note_question(payment, at, limit=limit, **facts)


@transaction.atomic
def _note_question(payment: Payment, at: datetime, *, limit: timedelta, **facts: Any) -> None:
    """The bank was asked; what it has not answered within `limit` is a person's task, which names it."""
    Payment.objects.filter(pk=payment.pk).update(asked_at=at, asks=F("asks") + 1)
    current = Payment.objects.select_related("bank").get(pk=payment.pk)
    if current.state in SILENT and at - (current.sent_at or at) > limit:
        investigations.open_once(kind=Kind.NO_ANSWER, payment=current, at=at, sent=str(current.sent_at), **facts)


@transaction.atomic
def _mark_sent(payment_id: int, at: datetime) -> tuple[Payment, bool]:
    payment = Payment.objects.select_for_update(of=("self",)).select_related(
        "bank", "debtor_account__organisation", "creditor_account__organisation"
    ).get(pk=payment_id)  # fmt: skip
    is_first = payment.state == Payment.State.CREATED
    if is_first:
        lifecycle.fire(payment, "send", by=None, at=at, facts={"payment": payment.end_to_end_id})
    return payment, is_first


@transaction.atomic
def _lose_sight(payment_id: int, at: datetime) -> None:
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    if payment.state == Payment.State.SENT:
        lifecycle.fire(payment, "lose_sight", by=None, at=at, facts={"payment": payment.end_to_end_id})


def _instruction(payment: Payment) -> PaymentInstruction:
    debtor, creditor = payment.debtor_account, payment.creditor_account
    return PaymentInstruction(
        end_to_end_id=payment.end_to_end_id,
        message_id=f"M{payment.end_to_end_id}",
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        debtor=Party(debtor.organisation.name, debtor.number, debtor.bic),
        creditor=Party(creditor.organisation.name, creditor.number, creditor.bic),
        execution_date=payment.execution_date,
        remittance=payment.reference,
    )
