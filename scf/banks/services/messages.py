"""Messages that banks have for us: fetched, kept as they came, acted on once."""

from datetime import datetime

from django.db import transaction

from scf.documents.services import read_file, store_file
from scf.kernel import outbox

from ..gateways.base import AnswerLost, BankRefused, BankUnreachable, RawMessage
from ..gateways.file_line import TOO_LARGE
from ..gateways.iso20022 import MessageUnreadable
from ..models import BankMessage, Connection
from . import effects
from .lines import is_due, is_polled, line_to


def collect(*, connection: Connection, at: datetime) -> int:
    """Fetch what is new at one bank and promise to act on it; the number of new messages.

    The cursor moves in the transaction that keeps the messages: killed before,
    they are fetched again; fetched twice, the second time changes nothing.
    """
    if not is_due(connection, at):
        return 0
    row = Connection.objects.filter(pk=connection.pk)
    if is_polled(connection):
        row.update(polled_at=at)
    try:
        messages = line_to(connection).fetch_messages(after=connection.cursor)
    except (BankUnreachable, AnswerLost, BankRefused):
        row.filter(silent_since=None).update(silent_since=at)
        return 0
    if connection.silent_since is not None:
        row.update(silent_since=None)
    return sum(keep(connection=connection, message=message, at=at) is not None for message in messages)


@transaction.atomic
def keep(*, connection: Connection, message: RawMessage, at: datetime) -> BankMessage | None:
    """Keep one message of a line and promise to act on it; None where it is kept already."""
    connection = Connection.objects.select_for_update(of=("self",)).select_related("bank").get(pk=connection.pk)
    kept = None
    of_line = {"bank": connection.bank, "gateway": connection.gateway, "external_id": message.id}
    if not BankMessage.objects.filter(**of_line).exists():
        name = message.name or f"{message.kind}-{message.id}.xml"
        media_type = "application/octet-stream" if message.kind in ("file", TOO_LARGE) else "application/xml"
        stored = store_file(
            content=message.content, name=name, media_type=media_type, owner=connection.bank, by=None, at=at
        )
        kept = BankMessage.objects.create(**of_line, kind=message.kind, file=stored, received_at=at)
        outbox.put(topic="banks.message.received", payload={"bank_message_id": kept.pk}, at=at)
    if not message.name:  # files have no order that a cursor could stand for
        connection.cursor = message.id
        connection.save(update_fields=["cursor"])
    return kept


@transaction.atomic
def handle(*, bank_message_id: int, at: datetime) -> BankMessage:
    """Act on a kept message: status reports, notifications and statements move payments and books; once."""
    found = BankMessage.objects.select_for_update(of=("self",)).select_related("bank", "file", "account")
    message = found.get(pk=bank_message_id)
    if message.handled_at is not None:
        return message
    try:
        if message.kind == TOO_LARGE:
            raise MessageUnreadable("the file is too large to be taken")
        with transaction.atomic():
            message.result = effects.act_on(message, read_file(message.file), at=at).as_json()
    except effects.UNTAKEN as refusal:
        effects.put_aside(message, refusal, at)
    message.handled_at = at
    message.save(update_fields=["handled_at", "problem", "result"])
    return message
