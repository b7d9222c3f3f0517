"""Pulling prices from a feed, once an hour on business days."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation

from scf.domain.errors import DomainError
from scf.kernel.calendars import china
from scf.kernel.clock import day_of

from ..gateways import price_feed
from ..gateways.price_feed import Entry, HttpPriceFeed, PriceFeed
from ..models import FeedState, MarketPrice
from ..selectors import price_feeds as selectors
from . import feed_news, prices

FIRST_DAYS = 370  # of the past, where nothing is known yet
AGAIN_DAYS = 10  # asked for again each time, so that corrections of them are seen
BAD_KEPT = 50


def connected() -> PriceFeed | None:
    """The feed that the settings name; None without one."""
    if not settings.PRICE_FEED_URL:
        return None
    return HttpPriceFeed(
        address=settings.PRICE_FEED_URL, secret=settings.PRICE_FEED_SECRET, name=settings.PRICE_FEED_NAME
    )


def pull(*, at: datetime) -> prices.Brought | None:
    """Ask the feed for what is new, once an hour on business days; None where it was not asked or gave nothing.

    The same prices again change nothing, so an answer that is lost on the way costs nothing.
    """
    feed, today = connected(), day_of(at)
    if feed is None or not china().is_business_day(today) or not _claim(feed.name, at):
        return None
    try:
        entries = feed.prices(since=_since(today), until=today)
    except (price_feed.PriceFeedSilent, price_feed.PriceFeedRefused, price_feed.PriceFeedUnreadable) as fault:
        _note_failure(feed.name, fault, at=at)
        return None
    return _take(feed.name, entries, at=at)


@transaction.atomic
def _claim(feed: str, at: datetime) -> bool:
    """True for the first who asks in this hour, where there is a commodity to ask for."""
    if not selectors.has_commodities():
        return False
    state, is_new = FeedState.objects.select_for_update().get_or_create(feed=feed, defaults={"asked_at": at})
    if not is_new and _hour(state.asked_at) >= _hour(at):
        return False
    state.asked_at = at
    state.save(update_fields=["asked_at"])
    return True


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _since(today: date) -> date:
    last = selectors.last_day(MarketPrice.Source.FEED)
    return today - timedelta(days=FIRST_DAYS) if last is None else last - timedelta(days=AGAIN_DAYS)


@transaction.atomic
def _take(feed: str, entries: list[Entry], *, at: datetime) -> prices.Brought:
    rows, bad = price_feed.read(entries)
    brought = prices.receive_prices(rows=rows, feed=feed, at=at)
    bad = sorted([*bad, *brought.bad], key=lambda row: row.line)
    named = {language: _named(entries, day_of(at), language) for language, _name in settings.LANGUAGES} if bad else {}
    FeedState.objects.filter(feed=feed).update(
        answered_at=at, silent_since=None, fault="", bad_count=len(bad), bad=named
    )
    if bad:
        feed_news.tell_bad(feed=feed, named=named, count=len(bad), sent=[entries[row.line - 1] for row in bad], at=at)
    return prices.Brought(feed, brought.taken, brought.corrected, brought.known, bad)


def _named(entries: Sequence[Entry], today: date, language: str) -> list[dict[str, Any]]:
    """The first entries that cannot be taken: place, what was said, the field, and what to do in this language."""
    with translation.override(language):
        rows, bad = price_feed.read(entries)
        found = sorted([*bad, *prices.not_sound(rows, today)], key=lambda row: row.line)[:BAD_KEPT]
        return [
            {"line": row.line, "field": row.field, "remedy": row.remedy, "said": price_feed.said(entries[row.line - 1])}
            for row in found
        ]


@transaction.atomic
def _note_failure(feed: str, fault: DomainError, *, at: datetime) -> None:
    """Told once a day; what old prices mean, the commodities' rules say."""
    FeedState.objects.filter(feed=feed).update(fault=fault.code)
    FeedState.objects.filter(feed=feed, silent_since=None).update(silent_since=at)
    feed_news.tell_failure(feed=feed, fault=fault, at=at)
