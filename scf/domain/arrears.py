"""Arrears: ageing buckets, and the next day on which time alone changes a loan."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .walk import Walk

BUCKETS = ((1, 30), (31, 60), (61, 90), (91, 270), (271, 360))
NAMES = ("CURRENT", *(f"{first}-{last}" for first, last in BUCKETS), "360+")


def bucket(days_past_due: int) -> str:
    """The ageing bucket: CURRENT, 1-30, 31-60, 61-90, 91-270, 271-360, 360+ (product.md's list)."""
    if days_past_due <= 0:
        return NAMES[0]
    for first, last in BUCKETS:
        if days_past_due <= last:
            return f"{first}-{last}"
    return NAMES[-1]


def next_change(walk: Walk, oldest_late: date | None, on: date) -> date | None:
    """The first day after `on` on which something happens by the clock alone; None where nothing will.

    An instalment or a charge falls due or turns late, the days of grace are over, or the
    oldest arrears reach the next bucket.
    """
    days = [row.due_date for row in walk.rows if row.is_running]
    days += [row.due_date + timedelta(days=1) for row in walk.overdue]
    days += [row.due_date + timedelta(days=walk.contract.grace_days + 1) for row in walk.overdue]
    days += [charge.due_date + timedelta(days=behind) for charge in walk.charges for behind in (0, 1)]
    if oldest_late is not None:
        days += [oldest_late + timedelta(days=first) for first, _ in BUCKETS]
        days.append(oldest_late + timedelta(days=BUCKETS[-1][1] + 1))
    return min((day for day in days if day > on), default=None)
