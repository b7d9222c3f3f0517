"""Where loans stand, kept beside them: rewritten when an event is recorded and when the clock alone changes a loan.

What is written is a function of the events and of a day; a repetition writes the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import F

from scf.domain.arrears import bucket
from scf.domain.events import Event
from scf.domain.loan import Position, fold
from scf.kernel import audit
from scf.kernel.models import AuditEntry, OutboxMessage
from scf.ledger.models import Book

from .. import selectors
from ..models import AccrualLine, Loan, LoanStanding, SettledLine, SettledTotal
from ..selectors.accruals import RANKS
from ..selectors.grades import own_class

SOON = timedelta(days=3)
STANDING_COLUMNS = [
    "book", "as_of", "next_mark", "next_due", "overdue_since", "bucket", "class_code", "principal_minor",
    "overdue_principal_minor", "is_closed", "is_settled",
]  # fmt: skip
LINE_COLUMNS = {
    "loan_id": "bigint", "number": "smallint", "book_id": "bigint", "due": "varchar", "settled_minor": "bigint",
    "numerator": "numeric", "balance_minor": "bigint", "rate_e8": "bigint", "year": "smallint", "since": "date",
}  # fmt: skip
# One statement for thousands of rows, where Django's way costs more than all else; COPY knows no row-level security.
PUT_LINES = (
    f"INSERT INTO servicing_accrualline ({', '.join(LINE_COLUMNS)}) "  # noqa: S608  our own names
    f"SELECT * FROM unnest({', '.join(f'%s::{kind}[]' for kind in LINE_COLUMNS.values())})"
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A loan as it is kept: where it stands, how it goes on, and what is news on that day."""

    loan: Loan
    standing: LoanStanding
    lines: list[AccrualLine]
    falls_due: bool
    falls_due_soon: bool


def picture(loan: Loan, book: Book, on: date, facts: Sequence[Event] | None = None) -> Picture:
    """What is kept of the loan for the start of `on`, by all its events (`facts`, where they are at hand)."""
    events = selectors.facts_of(loan) if facts is None else facts
    known = [event for event in events if event.value_date <= on]
    now = fold(loan.contract, known, on)
    next_due = min((row.due_date for row in now.rows if row.due_date > on and row.outstanding), default=None)
    marks = [now.next_mark, *(event.value_date for event in events if event.value_date > on)]
    if next_due is not None and next_due - SOON > on:
        marks.append(next_due - SOON)
    standing = LoanStanding(
        loan=loan,
        book=book,
        as_of=on,
        next_mark=min((mark for mark in marks if mark is not None), default=None),
        next_due=next_due,
        overdue_since=now.overdue_since,
        bucket=bucket(now.days_past_due),
        class_code=own_class(now, known).tier.value,
        principal_minor=now.principal.minor,
        overdue_principal_minor=now.overdue_principal.minor,
        is_closed=_is_done(now) and len(known) == len(events),
        is_settled=False,
    )
    return Picture(
        loan,
        standing,
        _lines(loan, book, now),
        any(row.due_date == on and row.outstanding for row in now.rows),
        next_due is not None and next_due - SOON == on,
    )


def _is_done(now: Position) -> bool:
    """Closed, and nothing goes on by itself: its figures can leave the daily sum."""
    return now.is_closed and not any(line.balance_minor for line in now.lines)


def _lines(loan: Loan, book: Book, now: Position) -> list[AccrualLine]:
    lines = now.lines
    rows = [
        AccrualLine(
            loan=loan, number=number, book=book, due=line.due, settled_minor=line.settled_minor,
            numerator=line.numerator, balance_minor=line.balance_minor, rate_e8=line.rate_e8, year=line.year,
            since=line.since,
        )
        for number, line in enumerate(lines)
    ]  # fmt: skip
    if lines:
        return rows
    return [
        AccrualLine(
            loan=loan, number=number, book=book, due=due, settled_minor=now.earned[due].minor, numerator=0,
            balance_minor=0, rate_e8=0, year=360, since=now.on,
        )
        for number, due in enumerate(due for due in RANKS if now.earned[due])
    ]  # fmt: skip


@transaction.atomic(savepoint=False)
def refresh(loan: Loan, book: Book, *, facts: Sequence[Event], on: date, at: datetime) -> None:
    """Keep where the loan stands after an event. The caller holds the loan's row."""
    before = LoanStanding.objects.select_for_update().filter(pk=loan.pk).first()
    day = max(on, before.as_of) if before is not None else max(on, loan.drawdown_date)
    _keep([picture(loan, book, day, facts)], {loan.pk: before} if before else {}, at=at, by_clock=False)


@transaction.atomic
def move_on(book: Book, *, to: date, at: datetime, loans_max: int) -> tuple[int, int]:
    """Bring loans of the book to which something happens up to the start of `to` there.

    Loans that somebody is just writing are left for the next call. Returns how
    many were touched, and how many of them changed bucket or class.
    """
    due = LoanStanding.objects.filter(book=book, next_mark__lte=to).order_by("next_mark", "loan_id")
    before = {row.pk: row for row in due.select_for_update(skip_locked=True)[:loans_max]}
    if not before:
        return 0, 0
    loans = selectors.with_events(Loan.objects.filter(pk__in=before))
    return len(before), _keep([picture(loan, book, to) for loan in loans], before, at=at, by_clock=True)


@transaction.atomic
def rebuild(loan_ids: Sequence[int], *, on: date, at: datetime) -> int:
    """Write what is kept of these loans anew from their events, without any news; the number written."""
    before = {row.pk: row for row in LoanStanding.objects.select_for_update().filter(pk__in=loan_ids)}
    _unsettle([row for row in before.values() if row.is_settled])
    pictures = []
    for loan in selectors.with_events(Loan.objects.filter(pk__in=loan_ids)):
        book = Book.objects.get_or_create(bank_id=loan.bank_id, product=loan.product, currency=loan.currency)[0]
        pictures.append(picture(loan, book, max(on, loan.drawdown_date)))
    _write(pictures)
    return len(pictures)


def _keep(pictures: Sequence[Picture], before: Mapping[int, LoanStanding], *, at: datetime, by_clock: bool) -> int:
    _unsettle([row for row in before.values() if row.is_settled])
    _write(pictures)
    entries: list[AuditEntry] = []
    messages: list[OutboxMessage] = []
    moved = 0
    for found in pictures:
        old = before.get(found.loan.pk)
        moved += old is not None and (old.bucket, old.class_code) != (found.standing.bucket, found.standing.class_code)
        for topic, facts in _news(found, old, by_clock=by_clock):
            messages.append(OutboxMessage(topic=topic, payload={"loan_id": found.loan.pk, **facts}, due_at=at))
        entries += _trail(found, old, at)
    OutboxMessage.objects.bulk_create(messages)
    AuditEntry.objects.bulk_create(entries)
    return moved


def _write(pictures: Sequence[Picture]) -> None:
    standings = [found.standing for found in pictures]
    lines = [line for found in pictures for line in found.lines]
    LoanStanding.objects.bulk_create(
        standings, update_conflicts=True, unique_fields=["loan"], update_fields=STANDING_COLUMNS
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM servicing_accrualline WHERE loan_id = ANY(%s)", [[found.loan.pk for found in pictures]]
        )
        cursor.execute(PUT_LINES, [[getattr(line, name) for line in lines] for name in LINE_COLUMNS])


def _unsettle(standings: Iterable[LoanStanding]) -> None:
    """Closed loans to which something happened after all: back from the book's totals to lines of their own."""
    books = {row.pk: row.book_id for row in standings}
    for line in SettledLine.objects.filter(loan_id__in=books):
        totals = SettledTotal.objects.filter(book_id=books[line.loan_id], due=line.due)
        totals.update(minor=F("minor") - line.minor)
        line.delete()


def _news(found: Picture, old: LoanStanding | None, *, by_clock: bool) -> list[tuple[str, dict]]:
    new, news = found.standing, []
    if by_clock and found.falls_due_soon:
        assert new.next_due is not None, "what falls due soon has a day"
        news.append(("servicing.loan.due_soon", {"due": new.next_due.isoformat()}))
    if by_clock and found.falls_due:
        news.append(("servicing.loan.due", {"due": new.as_of.isoformat()}))
    if new.overdue_since is not None and (old is None or old.overdue_since is None):
        news.append(("servicing.loan.overdue", {"since": new.overdue_since.isoformat()}))
    if old is not None and old.class_code != new.class_code:
        news.append(("servicing.loan.class_changed", {"before": old.class_code, "after": new.class_code}))
    return news


def _trail(found: Picture, old: LoanStanding | None, at: datetime) -> list[AuditEntry]:
    """What the timeline of the loan says: arrears for all who see it, the lender's class for the lender alone."""
    if old is None:
        return []
    new, loan = found.standing, found.loan
    entries = []
    if old.bucket != new.bucket:
        before, after = {"bucket": old.bucket}, {"bucket": new.bucket, "loan": loan.number}
        entries.append(_entry("loan.age", loan, at, before, after))
    if old.class_code != new.class_code:
        before, after = {"class": old.class_code}, {"class": new.class_code, "loan": loan.number}
        entries.append(_entry("loan.classify", loan, at, before, after, private_to_id=loan.bank_id))
    return entries


def _entry(
    action: str, loan: Loan, at: datetime, before: dict, after: dict, private_to_id: int | None = None
) -> AuditEntry:
    return AuditEntry(
        at=at, action=action, subject=audit.subject_of(loan), thread=loan.thread, before=before, after=after,
        private_to_id=private_to_id,
    )  # fmt: skip
