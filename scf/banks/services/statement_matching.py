"""Which movements of a statement are known, which are new, and which it no longer shows.

The rule above all: money is never counted twice. A movement is known by its
fingerprint; across formats, or where a bank gives no reference, by its day
and amount. Only a statement that opens where another closed brings further
movements of the same day, text and amount.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from ..gateways.base import StatementEntry as ReadEntry
from ..models import Statement, StatementEntry


@dataclass(slots=True)
class Matched:
    """What became of a statement's movements.

    new         with the fingerprint that each gets
    known       rows that it shows again
    by_amount   how many of those are known by day and amount only
    """

    new: list[tuple[ReadEntry, str]] = field(default_factory=list)
    known: set[int] = field(default_factory=set)
    by_amount: int = 0


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Statements of the same account about the same days.

    chained      end where this one begins, or begin where it ends: they tell of other money
    overlapping  tell of some of the same days
    covered      tell only of days that this one tells of too
    """

    chained: frozenset[int]
    overlapping: tuple[Statement, ...]
    covered: tuple[Statement, ...]


def match(movements: Iterable[ReadEntry], existing: list[StatementEntry], near: Neighbours, kind: str) -> Matched:
    """Compare a statement's booked movements with the rows of the same account and days.

    kind   the format of the statement
    """
    found = Matched()
    by_fingerprint = {row.fingerprint: row for row in existing}
    open_: list[tuple[ReadEntry, str]] = []
    seen: dict[str, int] = defaultdict(int)
    for entry in movements:
        fingerprint = _next_fingerprint(entry, seen, by_fingerprint, near.chained)
        row = by_fingerprint.get(fingerprint)
        if row is None:
            open_.append((entry, fingerprint))
        else:
            found.known.add(row.pk)
    rest: dict[tuple[date, int], list[StatementEntry]] = defaultdict(list)
    for row in sorted(existing, key=lambda row: row.missing_from_id is not None):
        if row.pk not in found.known and row.statement_id not in near.chained:
            rest[row.booking_date, row.amount_minor].append(row)
    covered = {statement.pk for statement in near.covered}
    for entry, fingerprint in open_:
        candidates = rest[entry.booking_date, entry.amount_minor]
        same = next((row for row in candidates if _may_be_same(entry, row, kind, covered)), None)
        if same is None:
            found.new.append((entry, fingerprint))
        else:
            candidates.remove(same)
            found.known.add(same.pk)
            found.by_amount += 1
    return found


def _next_fingerprint(
    entry: ReadEntry, seen: dict[str, int], existing: dict[str, StatementEntry], chained: frozenset[int]
) -> str:
    facts = _facts(entry)
    while True:
        seen[facts] += 1
        fingerprint = hashlib.sha256(f"{facts}|{seen[facts]}".encode()).hexdigest()
        row = existing.get(fingerprint)
        if row is None or row.statement_id not in chained or entry.reference:
            return fingerprint


def _facts(entry: ReadEntry) -> str:
    """What makes a movement the same in another file: its reference where there is one, else all it says."""
    text = entry.reference or f"{entry.end_to_end_id}|{entry.remittance}|{entry.counterparty_name}"
    return f"{text}|{entry.booking_date}|{entry.amount_minor}"


def _may_be_same(entry: ReadEntry, row: StatementEntry, kind: str, covered: set[int]) -> bool:
    """Of one day and amount: two references of one format are two movements, unless the bank told the days anew."""
    if kind != row.statement.format or not entry.reference or not row.bank_reference:
        return True
    has_same_words = entry.remittance[:500] == row.text and entry.counterparty_name[:200] == row.counterparty
    return row.statement_id in covered and has_same_words


def content_hash(facts: Iterable[object], movements: Iterable[ReadEntry]) -> str:
    """What a statement says, in whatever order its movements stand."""
    digest = hashlib.sha256("|".join(map(str, facts)).encode())
    for line in sorted(f"{_facts(entry)}|{entry.value_date}|{entry.is_booked}" for entry in movements):
        digest.update(line.encode())
    return digest.hexdigest()
