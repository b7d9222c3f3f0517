"""The outbox's heartbeat."""

from celery import shared_task

from . import clock, outbox
from .models import Heartbeat

BATCH_MAX = 200


@shared_task
def deliver_outbox(**kwargs: object) -> int:
    """Deliver up to BATCH_MAX due messages; beat runs this every second."""
    delivered = outbox.deliver_all(now=clock.now(), messages_max=BATCH_MAX)
    Heartbeat.objects.update_or_create(name="worker", defaults={"at": clock.wall()})
    return delivered
