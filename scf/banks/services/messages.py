"""Messages that banks have for us: fetched, kept as they came, acted on once."""

# budget: one door for all that banks say: statuses, movements, recalls
import re
from datetime import date, datetime, timedelta

from django.db import transaction

from scf.documents.services import read_file, store_file
from scf.domain.money import Money
from scf.kernel import outbox
from scf.kernel.models import OutboxMessage
from scf.parties.models import Organisation

from ..gateways import iso20022
from ..gateways.base import AnswerLost, BankRefused, BankUnreachable, Outcome, PaymentStatus, RawMessage, StatementEntry
from ..models import BankMessage, Connection
from . import investigations, recalls
from .lines import line_to
from .statuses import apply_return, apply_status

OURS = re.compile(r"PO-\d{8}-\d{4,}")  # how our end-to-end ids look, see payments.instruct

GATHERING = timedelta(seconds=5)


def collect(*, connection: Connection, at: datetime) -> int:
    """Fetch what is new at one bank and promise to act on it; the number of new messages.

    The cursor moves in the transaction that keeps the messages: killed before,
    they are fetched again; fetched twice, the second time changes nothing.
    """
    try:
        messages = line_to(connection).fetch_messages(after=connection.cursor)
    except (BankUnreachable, AnswerLost, BankRefused):
        Connection.objects.filter(pk=connection.pk, silent_since=None).update(silent_since=at)
        return 0
    if connection.silent_since is not None:
        Connection.objects.filter(pk=connection.pk).update(silent_since=None)
    return sum(_keep(connection, message, at) for message in messages)


@transaction.atomic
def _keep(connection: Connection, message: RawMessage, at: datetime) -> int:
    connection = Connection.objects.select_for_update(of=("self",)).select_related("bank").get(pk=connection.pk)
    is_known = BankMessage.objects.filter(bank=connection.bank, external_id=message.id).exists()
    if not is_known:
        name = f"{message.kind}-{message.id}.xml"
        stored = store_file(
            content=message.content, name=name, media_type="application/xml", owner=connection.bank, by=None, at=at
        )
        kept = BankMessage.objects.create(
            bank=connection.bank, external_id=message.id, kind=message.kind, file=stored, received_at=at
        )
        outbox.put(topic="banks.message.received", payload={"bank_message_id": kept.pk}, at=at)
    connection.cursor = message.id
    connection.save(update_fields=["cursor"])
    return 0 if is_known else 1


@transaction.atomic
def handle(*, bank_message_id: int, at: datetime) -> None:
    """Act on a kept message: status reports and debit notifications move payments."""
    messages = BankMessage.objects.select_for_update(of=("self",)).select_related("bank", "file")
    message = messages.get(pk=bank_message_id)
    if message.handled_at is not None:
        return
    try:
        with transaction.atomic():
            _act_on(message.kind, read_file(message.file), message.bank, at)
    except iso20022.MessageUnreadable as error:
        message.problem = str(error)[:300]
    message.handled_at = at
    message.save(update_fields=["handled_at", "problem"])


def _act_on(kind: str, content: bytes, bank: Organisation, at: datetime) -> None:
    if kind.startswith("pain.002"):
        for status in iso20022.read_pain002(content):
            apply_status(status=status, bank=bank, at=at)
    elif kind.startswith("camt.029"):
        for answer in iso20022.read_camt029(content):
            recalls.take_answer(answer=answer, bank=bank, at=at)
    elif kind.startswith("camt.054"):
        for statement in iso20022.read_camt(content):
            for entry in (entry for entry in statement.entries if entry.is_booked):
                if entry.end_to_end_id:
                    take_movement(entry, account=statement.account, bank=bank, at=at)
                if entry.amount_minor > 0:
                    _promise_statement(bank, statement.account, entry.booking_date, at)


def _promise_statement(bank: Organisation, account: str, on: date, at: datetime) -> None:
    """Money came in: its day's statement is fetched in a moment, once for all that come until then.

    A notification is news, not a book: what is booked comes from the statement.
    """
    payload = {"bank_id": bank.pk, "account": account, "on": on.isoformat()}
    waiting = OutboxMessage.objects.filter(
        topic="banks.account.credited", payload=payload, delivered_at=None, attempts=0
    )
    if not waiting.exists():
        outbox.put(topic="banks.account.credited", payload=payload, at=at + GATHERING)


def take_movement(entry: StatementEntry, *, account: str, bank: Organisation, at: datetime) -> None:
    """A booked movement that names an instruction: it was paid, or its money came back. In the caller's transaction."""
    amount = Money(abs(entry.amount_minor), entry.currency)
    if entry.amount_minor > 0:
        apply_return(
            end_to_end_id=entry.end_to_end_id, bank=bank, amount=amount, on=entry.value_date,
            reason=entry.remittance or "returned", code=entry.return_reason or "RTRN", at=at,
            reference=entry.reference,
        )  # fmt: skip
    elif not entry.is_reversal:
        paid = PaymentStatus(entry.end_to_end_id, "", Outcome.PAID, "BOOK")
        found = apply_status(status=paid, bank=bank, at=at, value_date=entry.value_date, amount=amount)
        if found is None and OURS.fullmatch(entry.end_to_end_id):
            investigations.open_unknown_debit(
                bank=bank, key=f"{account}:{entry.end_to_end_id}:{amount}", at=at, account=account, paid=str(amount),
                on=entry.value_date.isoformat(), id=entry.end_to_end_id,
            )  # fmt: skip
