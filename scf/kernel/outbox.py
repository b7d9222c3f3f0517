"""Promises made in a transaction, kept after it: at least once, by handlers that repeat safely.

A lease that doubles is back-off, crash recovery and mutual exclusion in one.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import connection

from . import nudge
from .models import OutboxMessage

logger = logging.getLogger(__name__)

Handler = Callable[..., None]

LEASE = timedelta(seconds=10)
ATTEMPTS_MAX = 12

_handlers: dict[str, list[Handler]] = {}


def handles(topic: str) -> Callable[[Handler], Handler]:
    """Register a function that keeps promises on `topic`; several may listen to one topic.

    Where several listen, all run again when one of them fails: each must
    repeat safely, which the outbox asks of every handler anyway.
    """

    def register(handler: Handler) -> Handler:
        _handlers.setdefault(topic, []).append(handler)
        return handler

    return register


def put(*, topic: str, payload: dict, at: datetime) -> None:
    """Promise `topic` from the instant `at`. Must be called inside a transaction."""
    assert connection.in_atomic_block, "an outbox outside a transaction promises nothing"
    OutboxMessage.objects.create(topic=topic, payload=payload, due_at=at)
    nudge.after_commit()


def put_all(*, topic: str, payloads: Iterable[dict], at: datetime, can_wait: bool = False) -> None:
    """Promise `topic` once for each payload; what can wait is kept after all else. Must be called in a transaction."""
    assert connection.in_atomic_block, "an outbox outside a transaction promises nothing"
    OutboxMessage.objects.bulk_create(
        [OutboxMessage(topic=topic, payload=payload, due_at=at, can_wait=can_wait) for payload in payloads],
        batch_size=1000,
    )
    nudge.after_commit()


def deliver_one(*, now: datetime) -> bool:
    """Try the oldest due promise; return False when none is due."""
    message = _claim(now=now)
    if message is None:
        return False
    try:
        for handler in _handlers.get(message.topic, []):
            handler(message_id=message.pk, at=now, **message.payload)
    except Exception as error:
        logger.exception("delivery failed on topic %s", message.topic)
        OutboxMessage.objects.filter(pk=message.pk).update(last_error=repr(error)[:500])
    else:
        with connection.cursor() as cursor:
            cursor.execute(DELIVERED, [now, message.pk])
    return True


def deliver_all(*, now: datetime, messages_max: int = 10_000) -> int:
    """Deliver what is due, and what that leads to, up to `messages_max`; the number tried."""
    tried = 0
    with nudge.held():
        while tried < messages_max and deliver_one(now=now):
            tried += 1
    return tried


def try_again(*, now: datetime) -> int:
    """Give every promise that was given up its tries back; the number of them."""
    given_up = OutboxMessage.objects.filter(delivered_at=None, attempts__gte=ATTEMPTS_MAX)
    return given_up.update(attempts=0, due_at=now)


# One statement, as it runs for each message: the oldest due one that nobody is at, what can wait after all others; each
# lease is twice the last one.
CLAIM = """
    UPDATE kernel_outboxmessage
    SET attempts = attempts + 1, due_at = %(now)s + %(lease)s * power(2, attempts)
    WHERE id = (
        SELECT id FROM kernel_outboxmessage
        WHERE delivered_at IS NULL AND due_at <= %(now)s AND attempts < %(attempts_max)s
        ORDER BY can_wait, due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING *
"""
DELIVERED = "UPDATE kernel_outboxmessage SET delivered_at = %s, last_error = '' WHERE id = %s"


def _claim(*, now: datetime) -> OutboxMessage | None:
    facts = {"now": now, "lease": LEASE, "attempts_max": ATTEMPTS_MAX}
    return next(iter(OutboxMessage.objects.raw(CLAIM, facts)), None)
