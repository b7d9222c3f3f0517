"""The outbox's heartbeat."""

from celery import shared_task

from . import clock, nudge, outbox
from .models import Heartbeat

BATCH_MAX = 200


@shared_task
def deliver_outbox(**kwargs: object) -> int:
    """Deliver up to BATCH_MAX due messages; beat runs this every second, and a nudge sooner.

    The clock is read for each: what one of them leads to is due later than the one before it began.
    """
    delivered = 0
    with nudge.held():
        while delivered < BATCH_MAX and outbox.deliver_one(now=clock.now()):
            delivered += 1
    Heartbeat.objects.update_or_create(name="worker", defaults={"at": clock.wall()})
    return delivered
