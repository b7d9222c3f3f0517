"""Close of business: every book, day by day, up to a day that is over.

A day of a book is closed in short transactions that can all be repeated: first
loans that follow an index take it over, then the loans to which something
happens by its end are brought there, then the accrual is posted and the day
marked in one. Whoever closes claims some books by a lock of its session, so
that several work side by side, and a killed one's books are free again at
once. What was not finished is taken up by the next run.
"""

# budget: the one place that drives the steps of a night: claims, rates, loans, accrual
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import OperationalError
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.kernel.clock import day_of
from scf.ledger.models import Book
from scf.parties import refusals

from . import closing_accrual, closing_loans, closing_rates
from .closing_accrual import Earned
from .closing_claims import claimed, open_days

__all__ = ["Closed", "DayNotOver", "close_of_business", "open_days"]

ONE_DAY = timedelta(days=1)
LOANS_PER_BATCH = 1000
BUSY_SECONDS = 0.05
BUSY_SECONDS_MAX = 60


class DayNotOver(DomainError):
    """Business of the day can still come in."""

    code = "DAY_NOT_OVER"


refusals.register(
    {
        "DAY_NOT_OVER": _(
            "%(day)s is not over yet in Shanghai: payments of that day can still come in. Close it tomorrow."
        )
    }
)


@dataclass(frozen=True, slots=True)
class Closed:
    """One day of one book: what was posted, how many loans were touched and moved, and how long the claim took."""

    book: Book
    day: date
    posted: Earned
    touched: int
    moved: int
    seconds: float


def close_of_business(*, until: date, at: datetime, even_if_not_over: bool = False) -> Iterator[Closed]:
    """Close all days up to `until` (included) that are not closed, in order for each book.

    Raises DayNotOver. Safe to run twice and in several places at once: ends
    when nothing is left that nobody else works on.
    """
    if until >= day_of(at) and not even_if_not_over:
        raise DayNotOver("not over", day=str(until))
    while True:
        with claimed(until) as (day, books):
            if not books:
                return
            # somebody else may have closed one between our look and our lock
            still = open_days(until)
            yield from _close([book for book in books if still.get(book) == day], day, at)


def _close(books: Sequence[Book], day: date, at: datetime) -> Iterator[Closed]:
    began = time.monotonic()
    counts: dict[int, tuple[int, int]] = dict.fromkeys((book.pk for book in books), (0, 0))
    left, deadline = list(books), began + BUSY_SECONDS_MAX
    while left:
        for book in left:
            closing_rates.take_over(book, day, at=at)
            touched, moved = _move(book, day, at)
            counts[book.pk] = (counts[book.pk][0] + touched, counts[book.pk][1] + moved)
        posted = _patiently(lambda: closing_accrual.close_books(left, day, at=at), deadline)  # noqa: B023
        for book in left:
            if book.pk in posted:
                yield Closed(book, day, posted[book.pk], *counts[book.pk], time.monotonic() - began)
        left = [book for book in left if book.pk not in posted]
        if left and time.monotonic() > deadline:
            return  # somebody holds a loan; the next run goes on here
        time.sleep(BUSY_SECONDS if left else 0)


def _move(book: Book, day: date, at: datetime) -> tuple[int, int]:
    touched = moved = 0
    while True:
        now_touched, now_moved = closing_loans.move_on(book, to=day + ONE_DAY, at=at, loans_max=LOANS_PER_BATCH)
        if not now_touched:
            return touched, moved
        touched, moved = touched + now_touched, moved + now_moved


def _patiently(work: Callable[[], dict[int, Earned]], deadline: float) -> dict[int, Earned]:
    """Try again where the books' keys could not be had: events were being recorded."""
    while True:
        try:
            return work()
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(BUSY_SECONDS)
