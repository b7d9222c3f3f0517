"""Who closes which books: claims by locks of the session, free again the moment a worker dies."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from django.db import connection
from django.db.models import Min

from scf.ledger.models import Book

from ..models import Loan
from .closing_accrual import last_closed

ONE_DAY = timedelta(days=1)
# So many claims that two or four workers can share the books, so few that the lines are read few times.
CLAIMS = 4
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


@contextmanager
def claimed(until: date) -> Iterator[tuple[date, list[Book]]]:
    """Some books whose next day is the same and the earliest there is, for this session alone while it lasts."""
    taken: list[Book] = []
    days = open_days(until)
    day, most = until, -(-Book.objects.count() // CLAIMS)
    try:
        for book in sorted(days, key=lambda book: (days[book], book.pk)):
            if taken and (days[book] != day or len(taken) == most):
                break
            if _lock("pg_try_advisory_lock", book):
                taken.append(book)
                day = days[book]
        yield day, taken
    finally:
        for book in taken:
            _lock("pg_advisory_unlock", book)


def _lock(function: str, book: Book) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [CLAIM_SPACE, book.pk])
        return bool(cursor.fetchone()[0])
