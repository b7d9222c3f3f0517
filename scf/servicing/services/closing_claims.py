"""Who closes which books: claims by locks of the session, free again the moment a worker dies."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db import connection
from django.db.models import Min

from scf.ledger.models import Book

from ..models import ClosedDay, Loan
from .closing_accrual import last_closed

ONE_DAY = timedelta(days=1)
CLAIM_SPACE = 20121127  # first key of our session locks


def open_days(until: date) -> dict[Book, date]:
    """The books that are not closed up to `until`, each with its next day."""
    books = list(Book.objects.exclude(product="").order_by("pk"))
    last = {closed.book_id: closed.day for closed in last_closed(books)}
    found = {}
    for book in books:
        day = last[book.pk] + ONE_DAY if book.pk in last else _first_day(book)
        if day is not None and day <= until:
            found[book] = day
    return found


def _first_day(book: Book) -> date | None:
    loans = Loan.objects.filter(bank=book.bank_id, product=book.product, currency=book.currency)
    first: date | None = loans.aggregate(first=Min("drawdown_date"))["first"]
    return first


class Claim:
    """Books whose next day is the same, the earliest there is, one after another; each is this session's from then on.

    Who closes them side by side takes the next free book each time, so that nobody waits for a long one; and as all
    that one worker holds is summed at once, the lines are read as often as there are workers.
    """

    def __init__(self, until: date) -> None:
        self.day: date | None = None
        self._days = open_days(until)
        self._held: list[Book] = []

    def __iter__(self) -> Iterator[tuple[Book, date]]:
        for book in sorted(self._days, key=lambda book: (self._days[book], book.pk)):
            day = self._days[book]
            if self.day not in (None, day):
                return
            if not _lock("pg_try_advisory_lock", book):
                continue
            self._held.append(book)
            # somebody else may have closed it between our look and our lock
            if not ClosedDay.objects.filter(book=book, day__gte=day).exists():
                self.day = day
                yield book, day

    def release(self) -> None:
        """Let others have the books."""
        while self._held:
            _lock("pg_advisory_unlock", self._held.pop())


def _lock(function: str, book: Book) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [CLAIM_SPACE, book.pk])
        return bool(cursor.fetchone()[0])
