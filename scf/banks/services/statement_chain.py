"""How a statement stands to those that came before: chained, overlapping, told anew. In the caller's transaction."""

from django.db.models import Q, Sum

from scf.domain.money import Money
from scf.parties.models import BankAccount

from ..gateways.base import StatementEntry as ReadEntry
from ..gateways.readings import Reading
from ..models import Statement, StatementEntry
from .statement_matching import Matched, Neighbours


def entries_near(reading: Reading, account: BankAccount, booked: list[ReadEntry]) -> list[StatementEntry]:
    """Rows of the days that a statement tells of, and of the days of its movements."""
    days = [entry.booking_date for entry in booked] + [day for day in (reading.from_date, reading.to_date) if day]
    if not days:
        return []
    found = StatementEntry.objects.filter(account=account, booking_date__range=(min(days), max(days)))
    return list(found.select_related("statement").order_by("id"))


def neighbours(reading: Reading, account: BankAccount, existing: list[StatementEntry]) -> Neighbours:
    """The statements of the same days, told apart by whether their balances follow."""
    first, last = reading.from_date, reading.to_date
    if first is None or last is None:
        return Neighbours(frozenset(), (), ())
    rows = list(Statement.objects.filter(account=account, from_date__lte=last, to_date__gte=first).order_by("id"))
    chained = frozenset(row.pk for row in rows if _is_chained(reading, row))
    own_days = {entry.booking_date for entry in reading.movements}
    shown = {row.statement_id for row in existing if row.booking_date in own_days}
    overlapping = tuple(row for row in rows if row.pk not in chained and (_is_inside(reading, row) or row.pk in shown))
    covered = tuple(row for row in overlapping if _covers(reading, row))
    return Neighbours(chained, overlapping, covered)


def _is_chained(reading: Reading, row: Statement) -> bool:
    """Whether one begins where the other ends. Without movement between, a balance proves nothing."""
    assert reading.from_date and reading.to_date and row.from_date and row.to_date
    opening, closing = (
        None if minor is None else Money(minor, row.currency).amount for minor in (row.opening_minor, row.closing_minor)
    )
    follows = closing is not None and closing == reading.opening and opening != closing
    precedes = opening is not None and opening == reading.closing and reading.opening != reading.closing
    return (follows and row.to_date <= reading.from_date) or (precedes and row.from_date >= reading.to_date)


def _is_inside(reading: Reading, row: Statement) -> bool:
    """Whether they share more than the day on which one ends and the other begins."""
    assert reading.from_date and reading.to_date and row.from_date and row.to_date
    first, last = max(reading.from_date, row.from_date), min(reading.to_date, row.to_date)
    is_same = (reading.from_date, reading.to_date) == (row.from_date, row.to_date)
    return is_same or first < last


def _covers(reading: Reading, row: Statement) -> bool:
    """Whether it tells of all the row's days, and its own balances prove that it is complete."""
    assert reading.from_date and reading.to_date and row.from_date and row.to_date
    return bool(reading.ties_out) and reading.from_date <= row.from_date and row.to_date <= reading.to_date


def settle(statement: Statement, reading: Reading, near: Neighbours, matched: Matched) -> None:
    """Note how it stands to the others, mark the entries that it no longer shows, and look again at the next one."""
    StatementEntry.objects.filter(pk__in=matched.known, missing_from__isnull=False).update(missing_from=None)
    for row in near.overlapping:
        gone = StatementEntry.objects.none()
        if row in near.covered:
            gone = StatementEntry.objects.filter(statement=row, missing_from=None).exclude(pk__in=matched.known)
        count = gone.count()
        if row in near.covered and (count or matched.new) and _is_anew(statement, row):
            statement.corrects = row
            reading.note("CORRECTS", earlier=str(row))
        else:
            reading.note("OVERLAPS", earlier=str(row))
        if count:
            total = gone.aggregate(sum=Sum("amount_minor"))["sum"]
            gone.update(missing_from=statement)
            reading.note("ENTRIES_GONE", count=count, earlier=str(row), sum=Money(total, row.currency))
    if matched.by_amount:
        reading.note("MATCHED_BY_AMOUNT", count=matched.by_amount)
    same_id = Statement.objects.filter(account=statement.account, statement_id=statement.statement_id)
    others = same_id.exclude(pk__in=[statement.pk, *(row.pk for row in near.overlapping)])
    if statement.statement_id and others.exists():
        reading.note("ID_REUSED", id=statement.statement_id)
    _check_previous(statement, reading, near)
    _check_next(statement, near)


def _is_anew(statement: Statement, row: Statement) -> bool:
    """Whether the bank tells the same statement again: its days, or its number."""
    days = (statement.from_date, statement.to_date) == (row.from_date, row.to_date)
    return days or bool(statement.statement_id and statement.statement_id == row.statement_id)


def _check_previous(statement: Statement, reading: Reading, near: Neighbours) -> None:
    previous = previous_of(statement, near)
    if previous is None or statement.opening_minor is None:
        return
    reading.continues_previous = previous.closing_minor == statement.opening_minor
    if not reading.continues_previous:
        reading.note("DOES_NOT_CONTINUE", earlier=str(previous), **_figures(statement, previous))


def previous_of(statement: Statement, near: Neighbours | None = None) -> Statement | None:
    """The statement before this one that still counts, with a closing balance."""
    if statement.from_date is None:
        return None
    rows = Statement.objects.filter(account=statement.account, closing_minor__isnull=False, corrections=None)
    rows = rows.filter(to_date__lte=statement.from_date).exclude(pk=statement.pk)
    if near is not None:
        rows = rows.exclude(pk__in=[row.pk for row in near.overlapping])
        chained = rows.filter(pk__in=near.chained, closing_minor=statement.opening_minor).order_by("-to_date", "-id")
        return chained.first() or rows.order_by("-to_date", "-id").first()
    # of several on the day on which this one begins, the one that it continues
    continued = rows.filter(Q(to_date=statement.from_date), closing_minor=statement.opening_minor).order_by("-id")
    return continued.first() or rows.order_by("-to_date", "-id").first()


def continues(statement: Statement) -> bool | None:
    """Whether it opens where the one before closed; None where there is none, or no opening balance."""
    previous = previous_of(statement)
    if previous is None or statement.opening_minor is None:
        return None
    return previous.closing_minor == statement.opening_minor


def _check_next(statement: Statement, near: Neighbours) -> None:
    """A day that arrives late may close a gap, or open one."""
    if statement.to_date is None or statement.closing_minor is None:
        return
    rows = Statement.objects.filter(account=statement.account, opening_minor__isnull=False, corrections=None)
    rows = rows.filter(from_date__gte=statement.to_date).exclude(pk=statement.pk)
    following = rows.exclude(pk__in=[row.pk for row in near.overlapping]).order_by("from_date", "id").first()
    if following is None:
        return
    kept = [finding for finding in following.findings if finding["code"] != "DOES_NOT_CONTINUE"]
    previous = previous_of(following)
    if previous is not None and previous.closing_minor != following.opening_minor:
        facts = {"earlier": str(previous), **_figures(following, previous)}
        kept.append({"code": "DOES_NOT_CONTINUE", "where": "", "facts": facts})
    if kept != following.findings:
        following.findings = kept
        following.save(update_fields=["findings"])


def _figures(statement: Statement, previous: Statement) -> dict[str, str]:
    return {
        "opening": str(Money(statement.opening_minor or 0, statement.currency)),
        "closing": str(Money(previous.closing_minor or 0, previous.currency)),
    }
