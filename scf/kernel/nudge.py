"""A nudge to the worker: something is promised now. It comes sooner than the beat's next second, and is never needed.

A nudge that is lost, or a broker that is down, costs that second and nothing else: the beat looks at the outbox anyway.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)

TASK = "scf.kernel.tasks.deliver_outbox"
PAUSE_SECONDS = 5  # after a broker that could not be reached
EXPIRES_SECONDS = 5
_delivering: ContextVar[bool] = ContextVar("delivering", default=False)
_quiet_until = 0.0


@contextmanager
def held() -> Iterator[None]:
    """While a worker delivers it sees new promises by itself: nobody need tell it."""
    token = _delivering.set(True)
    try:
        yield
    finally:
        _delivering.reset(token)


def after_commit() -> None:
    """Tell the worker once this transaction is there, once a transaction."""
    if not settings.OUTBOX_NUDGES or _delivering.get():
        return
    connection = transaction.get_connection()
    if not any(function is _nudge for _savepoints, function, _robust in connection.run_on_commit):
        transaction.on_commit(_nudge, robust=True)


def _nudge() -> None:
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return
    try:
        import_string(settings.CELERY_APP).send_task(TASK, expires=EXPIRES_SECONDS, retry=False, ignore_result=True)
    except Exception as problem:  # whatever it is, the beat comes within a second
        _quiet_until = time.monotonic() + PAUSE_SECONDS
        logger.info("the worker could not be told: %r", problem)
