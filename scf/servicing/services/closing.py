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
from collections.abc import Callable, Iterator
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
from .closing_claims import Claim, open_days

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
        claim = Claim(until)
        try:
            yield from _close(claim, at)
        finally:
            claim.release()
        if claim.day is None:
            return


def _close(claim: Claim, at: datetime) -> Iterator[Closed]:
    began = time.monotonic()
    counts = {book: _move(book, day, at) for book, day in claim}
    left, deadline = list(counts), time.monotonic() + BUSY_SECONDS_MAX
    while left:
        day = claim.day
        assert day is not None, "it holds books of a day"
        posted = _patiently(lambda: closing_accrual.close_books(left, day, at=at), deadline)  # noqa: B023
        for book in left:
            if book.pk in posted:
                yield Closed(book, day, posted[book.pk], *counts[book], time.monotonic() - began)
        left = [book for book in left if book.pk not in posted]
        if left and time.monotonic() > deadline:
            return  # somebody holds a loan; the next run goes on here
        time.sleep(BUSY_SECONDS if left else 0)
        for book in left:
            touched, moved = _move(book, day, at)
            counts[book] = (counts[book][0] + touched, counts[book][1] + moved)


def _move(book: Book, day: date, at: datetime) -> tuple[int, int]:
    """Bring the book's loans to the end of the day; how many were touched, and how many changed bucket or class."""
    closing_rates.take_over(book, day, at=at)
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
