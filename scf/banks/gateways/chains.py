"""How statements of one account follow one another within a run: continued, repeated, overlapping, told anew."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from .readings import Reading, plain


def chain(readings: Sequence[Reading]) -> None:
    """Set `continues_previous` and note what departs; the order of the files does not matter."""
    accounts: dict[tuple[str, str], list[Reading]] = defaultdict(list)
    for reading in readings:
        if reading.is_statement and reading.account and (reading.opening is not None or reading.closing is not None):
            accounts[reading.account, reading.currency].append(reading)
    for statements in accounts.values():
        if all(statement.to_date for statement in statements):
            statements.sort(key=lambda each: (each.to_date or date.min, each.from_date or each.to_date or date.min))
        _follow(_in_place(statements))


def _in_place(statements: list[Reading]) -> list[Reading]:
    """Parts of one day in the order in which their balances follow, where the files were named otherwise."""
    ordered: list[Reading] = []
    rest = list(statements)
    while rest:
        same_day = [each for each in rest if each.to_date == rest[0].to_date and each.from_date == rest[0].from_date]
        closing = ordered[-1].closing if ordered else None
        following = next((each for each in same_day if each.opening == closing), rest[0])
        rest = [each for each in rest if each is not following]
        ordered.append(following)
    return ordered


def _follow(statements: list[Reading]) -> None:
    told: list[Reading] = []
    for statement in statements:
        earlier = next((each for each in told if _is_same(each, statement)), None)
        if earlier is not None:
            statement.continues_previous = earlier.continues_previous
            statement.note("DUPLICATE", earlier=_name(earlier))
            continue
        previous = told[-1] if told else None
        if previous is not None:
            _compare(previous, statement, told)
        told.append(statement)


def _compare(previous: Reading, statement: Reading, told: list[Reading]) -> None:
    if statement.opening is not None and previous.closing is not None:
        statement.continues_previous = statement.opening == previous.closing
    anew = next((each for each in told if _has_same_days(each, statement)), None)
    if anew is not None and not statement.continues_previous:
        before = told[told.index(anew) - 1] if told.index(anew) else None
        statement.continues_previous = (
            statement.opening == before.closing if before is not None and before.closing is not None else None
        )
        statement.note("CORRECTS", earlier=_name(anew))
        return
    if statement.continues_previous is False:
        facts = {"opening": plain(statement.opening), "closing": plain(previous.closing)}
        statement.note("DOES_NOT_CONTINUE", earlier=_name(previous), **facts)
    if statement.from_date and previous.to_date and statement.from_date < previous.to_date:
        statement.note("OVERLAPS", earlier=_name(previous))
    if statement.statement_id and any(each.statement_id == statement.statement_id for each in told):
        statement.note("ID_REUSED", id=statement.statement_id)


def _is_same(one: Reading, other: Reading) -> bool:
    return _facts(one) == _facts(other)


def _facts(reading: Reading) -> tuple[object, ...]:
    days, balances = (reading.from_date, reading.to_date), (reading.opening, reading.closing)
    return reading.statement_id, *days, *balances, reading.entries, reading.credits, reading.debits


def _has_same_days(one: Reading, other: Reading) -> bool:
    return one.to_date is not None and (one.from_date, one.to_date) == (other.from_date, other.to_date)


def _name(reading: Reading) -> str:
    return f"{reading.statement_id} ({reading.file})" if reading.statement_id else reading.file
