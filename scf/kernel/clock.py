"""The business clock, read at the edges (views, tasks, commands) and passed inwards.

In a demo it can be moved ahead, so that interest runs and due dates come
without waiting; production ignores the offset.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from .models import ClockOffset

_pinned: ContextVar[datetime | None] = ContextVar("pinned", default=None)


@contextmanager
def pinned(at: datetime) -> Iterator[None]:
    """Let business happen at `at`: how the demo's past is played, and how tests set the time."""
    token = _pinned.set(at)
    try:
        yield
    finally:
        _pinned.reset(token)


def wall() -> datetime:
    """The real time; for signs of life between machines, not for business."""
    return timezone.now()


def offset_days() -> int:
    """Days by which the demo's clock is ahead; 0 in production."""
    if not settings.DEMO:
        return 0
    return ClockOffset.objects.values_list("days", flat=True).first() or 0


def now() -> datetime:
    """The business instant."""
    pinned_at = _pinned.get()
    if pinned_at is not None:
        return pinned_at
    return wall() + timedelta(days=offset_days())


def today() -> date:
    """The business date, in the time zone of business."""
    return timezone.localtime(now()).date()


def day_of(at: datetime) -> date:
    """The business date of an instant."""
    return timezone.localtime(at).date()


def advance(*, days: int) -> int:
    """Move the demo's clock ahead (days >= 0); returns the new offset in days."""
    assert settings.DEMO and days >= 0, "only a demo's clock moves, and only ahead"
    row, _ = ClockOffset.objects.get_or_create(pk=1)
    row.days += days
    row.save(update_fields=["days"])
    return row.days
