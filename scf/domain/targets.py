"""By when a lender wants to have answered: its hours run while it is awake."""

from datetime import datetime, time, timedelta

DAYS_MAX = 400


def answer_by(since: datetime, *, hours: int, quiet_from: time | None, quiet_to: time | None) -> datetime:
    """The instant at which `hours` of awake time have passed since `since`.

    since       in the lender's own time zone, which has no summer time
    quiet_from  when the lender goes to sleep, quiet_to when it wakes; both None, or equal: it never sleeps
    """
    if quiet_from is None or quiet_to is None or quiet_from == quiet_to:
        return since + timedelta(hours=hours)
    left, now = timedelta(hours=hours), since
    for _round in range(2 * DAYS_MAX):
        now = _awake(now, quiet_from, quiet_to)
        sleep = _next(now, quiet_from)
        if now + left <= sleep:
            return now + left
        left -= sleep - now
        now = sleep
    return now


def is_quiet(at: datetime, *, quiet_from: time | None, quiet_to: time | None) -> bool:
    """True while the lender sleeps; the first minute counts as sleep, the last as awake."""
    if quiet_from is None or quiet_to is None or quiet_from == quiet_to:
        return False
    clock = at.time()
    if quiet_from < quiet_to:
        return quiet_from <= clock < quiet_to
    return clock >= quiet_from or clock < quiet_to


def _awake(now: datetime, quiet_from: time, quiet_to: time) -> datetime:
    return _next(now, quiet_to) if is_quiet(now, quiet_from=quiet_from, quiet_to=quiet_to) else now


def _next(now: datetime, clock: time) -> datetime:
    """The next instant, later than `now`, at which the clock shows `clock`."""
    same_day = now.replace(hour=clock.hour, minute=clock.minute, second=clock.second, microsecond=clock.microsecond)
    return same_day if same_day > now else same_day + timedelta(days=1)
