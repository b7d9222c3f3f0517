"""The accrual journals of a day: one statement for all books of a claim, one journal a book.

The transaction holds each book's key alone, so no loan event of these books is
half recorded while the sum is taken, and the day remembers the last event that
it knew. Closed loans leave the sum here: their figures move to the book's total.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet

from scf.kernel import audit, outbox
from scf.kernel.clock import day_of
from scf.ledger.models import Book
from scf.ledger.services import Journal, Posting, post

from .. import selectors
from ..models import ClosedDay, LoanStanding, RateWatch
from ..selectors.accruals import RANKS, Earned, earned_of_books
from .books import INCOME_BY_DUE, RECEIVABLE_BY_DUE

ONE_DAY = timedelta(days=1)
LOCK = "SELECT pg_advisory_xact_lock(servicing_book_key(%s, %s, %s))"
# A sum of constants: the lines of a closed loan have no balance that bears anything.
SETTLE = """
WITH done AS (
    UPDATE servicing_loanstanding SET is_settled = true
     WHERE book_id = ANY(%(books)s) AND is_closed AND NOT is_settled AND as_of <= %(on)s
    RETURNING loan_id
), gone AS (
    DELETE FROM servicing_accrualline AS line USING done WHERE line.loan_id = done.loan_id
    RETURNING line.loan_id, line.book_id, line.due, line.settled_minor
), kept AS (
    INSERT INTO servicing_settledline (loan_id, due, minor)
    SELECT loan_id, due, sum(settled_minor) FROM gone GROUP BY loan_id, due
)
INSERT INTO servicing_settledtotal (book_id, due, minor)
SELECT book_id, due, sum(settled_minor) FROM gone GROUP BY book_id, due
    ON CONFLICT (book_id, due) DO UPDATE SET minor = servicing_settledtotal.minor + excluded.minor
"""


@transaction.atomic
def close_books(books: Sequence[Book], day: date, *, at: datetime) -> dict[int, Earned]:
    """Post what the books have earned by the end of `day` and mark it closed; by book, what was posted.

    Books that are not open for exactly this day, or to whose loans something
    still has to happen on it, are left out.
    """
    _hold(books)
    last = {closed.book_id: closed for closed in last_closed(books)}
    waiting = set(unmoved(books, day).values_list("book_id", flat=True).distinct())
    waiting |= set(RateWatch.objects.filter(book__in=books, next_look__lte=day).values_list("book_id", flat=True))
    ready = [b for b in books if b.pk not in waiting and (b.pk not in last or last[b.pk].day + ONE_DAY == day)]
    earned = earned_of_books(ready, day + ONE_DAY)
    last_event = _last_event()
    days = ClosedDay.objects.bulk_create(
        ClosedDay(
            book=book, day=day, closed_at=at, last_event=last_event,
            **{f"{due.value.lower()}_minor": earned[book.pk][due] for due in RANKS},
        )
        for book in ready
    )  # fmt: skip
    posted: dict[int, Earned] = {}
    for closed in days:
        before = last.get(closed.book_id)
        posted[closed.book_id] = {due: closed.earned(due) - (before.earned(due) if before else 0) for due in RANKS}
        if day == selectors.month_end(day):
            payload = {"book_id": closed.book_id, "day": day.isoformat()}
            outbox.put(topic="servicing.month.closed", payload=payload, at=at)
    post([_journal(closed, posted[closed.book_id]) for closed in days], at=at, booking_date=day_of(at))
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, {"books": [book.pk for book in ready], "on": day + ONE_DAY})
    return posted


def last_closed(books: Iterable[Book]) -> list[ClosedDay]:
    """The last closed day of each book that has one."""
    found = ClosedDay.objects.filter(book__in=books).order_by("book_id", "-day").distinct("book_id")
    return list(found)


def unmoved(books: Iterable[Book], day: date) -> QuerySet[LoanStanding]:
    """Loans to which something happens by the end of `day`, and that were not moved there yet."""
    return LoanStanding.objects.filter(book__in=books, next_mark__lte=day + ONE_DAY)


def _hold(books: Sequence[Book]) -> None:
    """Wait until no event of these books is half recorded, and let none begin; in one order for all."""
    with connection.cursor() as cursor:
        # Rather give up and come again than stand in the way of two events that wait for one another.
        cursor.execute("SET LOCAL lock_timeout = '800ms'")
        for book in sorted(books, key=lambda book: book.pk):
            cursor.execute(LOCK, [book.bank_id, book.product, book.currency])
        cursor.execute("SET LOCAL lock_timeout = 0")


def _last_event() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM servicing_loanevent_id_seq")
        return int(cursor.fetchone()[0])


def _journal(closed: ClosedDay, posted: Earned) -> Journal:
    postings = []
    for due in RANKS:
        postings.append(Posting(closed.book, RECEIVABLE_BY_DUE[due], posted[due]))
        postings.append(Posting(closed.book, INCOME_BY_DUE[due], -posted[due]))
    return Journal(audit.subject_of(closed), audit.subject_of(closed.book), "accrual", postings, closed.day)
