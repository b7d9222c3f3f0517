"""Promises on bank topics, and the round that collects banks' messages."""

import logging
from datetime import datetime

from celery import shared_task

from scf.kernel import clock, outbox

from . import selectors
from .services import appetite_news, carrying_news, investigation_news, messages, payments, programme_news, recalls

logger = logging.getLogger(__name__)


@shared_task
def collect(**kwargs: object) -> int:
    """Ask each bank for news; beat runs this every two seconds."""
    found = 0
    for connection in selectors.connections():
        try:
            found += messages.collect(connection=connection, at=clock.now())
        except Exception:  # one bank's nonsense must not keep the others from being heard
            logger.exception("collecting from %s failed", connection)
    return found


@shared_task
def ask(**kwargs: object) -> int:
    """Ask banks about instructions without an answer; beat runs this every ten seconds."""
    return payments.ask_all(at=clock.now())


@outbox.handles("banks.payment.created")
def send_payment(*, message_id: int, at: datetime, payment_id: int) -> None:
    """Bring one instruction to its bank; safe to repeat."""
    payments.send(payment_id=payment_id, at=at)


@outbox.handles("banks.recall.asked")
def send_recall(*, message_id: int, at: datetime, investigation_id: int) -> None:
    """Bring one recall to its bank; safe to repeat."""
    recalls.send(investigation_id=investigation_id, at=at)


@outbox.handles("banks.investigation.opened")
def investigation_opened(*, message_id: int, at: datetime, investigation_id: int) -> None:
    """A payment needs a person: the clerks are told."""
    investigation_news.tell(investigation_id=investigation_id, at=at, key=str(message_id))


@outbox.handles("banks.file.ready")
def file_ready(*, message_id: int, at: datetime, outgoing_file_id: int) -> None:
    """A lender's officers are told that a file waits to be carried; safe to repeat."""
    carrying_news.tell(outgoing_file_id=outgoing_file_id, at=at)


@outbox.handles("banks.message.received")
def handle_message(*, message_id: int, at: datetime, bank_message_id: int) -> None:
    """Act on one message of a bank; safe to repeat."""
    messages.handle(bank_message_id=bank_message_id, at=at)


@outbox.handles("banks.appetite.proposed")
def tell_of_appetite(*, message_id: int, at: datetime, appetite_id: int) -> None:
    """Tell a lender's officers that a version of its appetite waits to be confirmed; safe to repeat."""
    appetite_news.tell(appetite_id=appetite_id, at=at)


@outbox.handles("banks.programme.proposed")
def tell_of_programme(*, message_id: int, at: datetime, programme_id: int) -> None:
    """Tell the platform's people that a version of a programme waits to be confirmed; safe to repeat."""
    programme_news.tell(programme_id=programme_id, at=at)
