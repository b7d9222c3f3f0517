"""What loans have earned: by one loan from its events, by a book from its lines; the two agree to the minor unit.

Rounding: a loan rounds each sum that runs (a rank, of an instalment where it is
late) half-up for itself, cumulated from its beginning. A book posts the sum of
these rounded figures, less what it has posted before. So the sum over the
loans is the journal by construction, and no day's rounding is carried on.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import connection

from scf.domain.events import Event
from scf.domain.loan import fold
from scf.domain.waterfall import Due
from scf.ledger.models import Book

from ..models import AccrualLine, Loan, SettledTotal
from .loans import facts_of, with_events

RANKS: tuple[Due, ...] = tuple(due for due in Due if due != Due.PRINCIPAL)
Earned = dict[Due, int]

# One pass over the lines of all books asked for. div() is exact whole-number division of exact figures.
BY_BOOK = """
SELECT book_id, due,
       sum(settled_minor + div(
           2 * (numerator + balance_minor::numeric * rate_e8 * (%(on)s::date - since)) + year * 100000000::numeric,
           2 * year * 100000000::numeric
       ))
  FROM servicing_accrualline
 WHERE book_id = ANY(%(books)s) AND since <= %(on)s AND year > 0
 GROUP BY book_id, due
"""

# Loans whose lines do not tell: other day counts, or events with value dates behind `on`. What they have in BY_BOOK's
# sum (their lines that do tell) is taken out again.
EXCEPTIONS = """
SELECT DISTINCT loan_id FROM (
    SELECT loan_id FROM servicing_accrualline WHERE book_id = ANY(%(books)s) AND year = 0
    UNION ALL
    SELECT loan_id FROM servicing_accrualline WHERE book_id = ANY(%(books)s) AND since > %(on)s
) AS found
"""


def accrued(loan: Loan, on: date, known_at: datetime | None = None) -> Earned:
    """All that the loan has earned by rank up to the start of `on`, as it was known at `known_at`."""
    return earned_by(loan, facts_of(loan), on, known_at)


def accrued_on(loan: Loan, day: date, known_at: datetime | None = None) -> Earned:
    """What the loan earns by rank on `day` itself, as it was known at `known_at`."""
    before = accrued(loan, day, known_at)
    after = accrued(loan, date.fromordinal(day.toordinal() + 1), known_at)
    return {due: after[due] - before[due] for due in RANKS}


def earned_by(loan: Loan, events: Iterable[Event], on: date, known_at: datetime | None = None) -> Earned:
    """What these of the loan's events have earned up to the start of `on`."""
    known = [event for event in events if event.value_date <= on]
    if not known:
        return dict.fromkeys(RANKS, 0)
    found = fold(loan.contract, known, on, known_at=known_at).earned
    return {due: found[due].minor for due in RANKS}


def earned_of_books(books: Iterable[Book], on: date) -> dict[int, Earned]:
    """All that the books' loans have earned up to the start of `on`: one statement, and folds of the exceptions."""
    ids = [book.pk for book in books]
    sums: dict[int, Earned] = {pk: dict.fromkeys(RANKS, 0) for pk in ids}
    with connection.cursor() as cursor:
        cursor.execute(BY_BOOK, {"books": ids, "on": on})
        for book_id, due, minor in cursor.fetchall():
            sums[book_id][Due(due)] += int(minor)
        cursor.execute(EXCEPTIONS, {"books": ids, "on": on})
        exceptions = [pk for (pk,) in cursor.fetchall()]
    for total in SettledTotal.objects.filter(book_id__in=ids):
        sums[total.book_id][Due(total.due)] += total.minor
    for book_id, correction in _corrections(exceptions, on).items():
        for due in RANKS:
            sums[book_id][due] += correction[due]
    return sums


def _corrections(loan_ids: list[int], on: date, batch: int = 1000) -> Mapping[int, Earned]:
    """By book: what the folds of these loans say, less what their lines have put into the sum."""
    found: dict[int, Earned] = defaultdict(lambda: dict.fromkeys(RANKS, 0))
    for start in range(0, len(loan_ids), batch):
        part = loan_ids[start : start + batch]
        books: dict[int, int] = {}
        for line in AccrualLine.objects.filter(loan_id__in=part):
            books[line.loan_id] = line.book_id
            if line.year and line.since <= on:
                found[line.book_id][Due(line.due)] -= earned_by_line(line, on)
        for loan in with_events(Loan.objects.filter(pk__in=part)):
            for due, minor in accrued(loan, on).items():
                found[books[loan.pk]][due] += minor
    return found


def earned_by_line(line: AccrualLine, on: date) -> int:
    """What a line says for the start of `on`: the same arithmetic as BY_BOOK's."""
    total = int(line.numerator) + line.balance_minor * line.rate_e8 * (on - line.since).days
    denominator = line.year * 10**8
    return line.settled_minor + (2 * total + denominator) // (2 * denominator)
