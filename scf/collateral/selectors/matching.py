"""Which documents are one paper with others, or alike.

Exact matches come by hash. Similar ones are candidates by three bounded keys (the number's skeleton; the amount within
some days; the counterparty and the day, with nearly the amount), then compared field by field.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import connection
from rapidfuzz import fuzz

from scf.domain import likeness
from scf.domain.likeness import Facts, Grade
from scf.orders.models import DocumentLine

from ..models import PledgeLine, Resemblance
from .prints import Print, prints_of

# No more candidates than these are compared by any key: what is that common tells nothing.
CANDIDATES_MAX = 60
AMOUNT_WITHIN_DAYS = 7
ALL_FIELDS = ("number", "amount", "counterparty", "date")

_ASKED = """
WITH asked AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(owners)s::bigint[], %(kinds)s::text[], %(files)s::text[],
        %(facts)s::text[], %(trades)s::text[], %(numbers)s::text[], %(counterparties)s::text[],
        %(dates)s::date[], %(currencies)s::text[], %(amounts)s::bigint[])
    AS a(id, owner, kind, file_sha256, facts_hash, trade_hash, number, counterparty, issue_date, currency, amount)
)
"""
_EXACT = """
SELECT a.id, f.document_id, f.owner_id, array_agg(DISTINCT f.why)
FROM asked a CROSS JOIN LATERAL (
    (SELECT document_id, owner_id, kind, 'facts' AS why FROM collateral_fingerprint
      WHERE facts_hash = a.facts_hash AND document_id <> a.id LIMIT %(most)s)
    UNION ALL
    (SELECT document_id, owner_id, kind, 'trade' FROM collateral_fingerprint
      WHERE trade_hash = a.trade_hash AND document_id <> a.id AND owner_id <> a.owner LIMIT %(most)s)
    UNION ALL
    (SELECT document_id, owner_id, kind, 'file' FROM collateral_fingerprint
      WHERE file_sha256 = a.file_sha256 AND number = a.number AND document_id <> a.id AND owner_id <> a.owner
      LIMIT %(most)s)
) f JOIN orders_tradedocument d ON d.id = f.document_id AND d.state <> 'VOID'
WHERE f.owner_id <> a.owner OR f.kind = a.kind
GROUP BY 1, 2, 3
"""
_SIMILAR = """
SELECT DISTINCT a.id, f.* FROM asked a CROSS JOIN LATERAL (
    (SELECT document_id, owner_id, kind, supplier, counterparty, number, issue_date, currency, amount_minor
      FROM collateral_fingerprint
      WHERE number = a.number AND document_id <> a.id LIMIT %(most)s)
    UNION ALL
    (SELECT document_id, owner_id, kind, supplier, counterparty, number, issue_date, currency, amount_minor
      FROM collateral_fingerprint
      WHERE amount_minor = a.amount AND currency = a.currency AND document_id <> a.id
        AND issue_date BETWEEN a.issue_date - %(days)s AND a.issue_date + %(days)s LIMIT %(most)s)
    UNION ALL
    (SELECT document_id, owner_id, kind, supplier, counterparty, number, issue_date, currency, amount_minor
      FROM collateral_fingerprint
      WHERE counterparty = a.counterparty AND a.counterparty <> '' AND issue_date = a.issue_date
        AND amount_minor BETWEEN a.amount - abs(a.amount) / 100 AND a.amount + abs(a.amount) / 100
        AND document_id <> a.id LIMIT %(most)s)
) f JOIN orders_tradedocument d ON d.id = f.document_id AND d.state <> 'VOID'
WHERE f.owner_id <> a.owner OR f.kind = a.kind
"""


@dataclass(frozen=True, slots=True)
class Match:
    """A document that is, or may be, the same paper as `document_id`. Never shown to anybody but the platform.

    agreeing          names of the fields that agree, "file" and "facts" among them
    is_other_owner    another organisation brought it
    is_behind_a_case  goods of it stand behind another case
    is_judged_same    a person of the platform has said that both speak of the same goods
    """

    document_id: int
    other_id: int
    grade: Grade
    points: int
    agreeing: tuple[str, ...]
    is_other_owner: bool
    is_behind_a_case: bool = False
    is_judged_same: bool = False

    @property
    def stops(self) -> bool:
        """Whether no case may rest on the document: the same paper is another's, or lent on already."""
        is_same = self.grade == Grade.EXACT or self.is_judged_same
        return is_same and (self.is_other_owner or self.is_behind_a_case)


def matches(document_ids: Iterable[int], *, reference: str = "") -> list[Match]:
    """Every live document that is one with, or like, one of these, the surest first; seven queries at most.

    Without those that a person has called different, and without papers on the same goods of one owner.

    reference  the case that rests on the documents: its own pledge is no other case
    """
    prints = prints_of(document_ids)
    found = {(match.document_id, match.other_id): match for match in similar(prints)}
    found |= {(match.document_id, match.other_id): match for match in exact(prints)}
    kept = _judged(_without_own_goods(list(found.values())))
    pledged = _behind_other_cases({match.other_id for match in kept}, reference)
    placed = [replace(match, is_behind_a_case=match.other_id in pledged) for match in kept]
    return sorted(placed, key=lambda m: (-likeness.RANK[m.grade], -m.points, m.document_id, m.other_id))


def exact(prints: list[Print]) -> list[Match]:
    """Papers with the same facts, or with the same bytes and number; one query."""
    asked = {print_.document_id: print_ for print_ in prints}
    rows = _rows(_EXACT, prints) if prints else []
    return [
        Match(
            document_id,
            other_id,
            Grade.EXACT,
            100,
            ("file", "number") if why == ["file"] else _agreeing(why),
            is_other_owner=owner_id != asked[document_id].facts.owner,
        )
        for document_id, other_id, owner_id, why in rows
    ]


def _agreeing(why: list[str]) -> tuple[str, ...]:
    named = {"facts": "supplier", "file": "file"}
    return ("facts", *ALL_FIELDS, *(named[reason] for reason in why if reason in named))


def similar(prints: list[Print]) -> list[Match]:
    """Papers that agree in most of their facts; one query and a comparison for each candidate."""
    asked = {print_.document_id: print_.facts for print_ in prints}
    found = []
    for document_id, other_id, *columns in _rows(_SIMILAR, prints) if prints else []:
        facts = _facts(columns)
        like = likeness.compare(asked[document_id], facts, _ratio)
        if like.grade is not None:
            is_other = facts.owner != asked[document_id].owner
            found.append(Match(document_id, other_id, like.grade, like.points, like.agreeing, is_other))
    return found


def _ratio(one: str, other: str) -> int:
    """How near two texts are, in percent: insertions and deletions that lead from one to the other."""
    return int(fuzz.ratio(one, other))


def _facts(columns: list[Any]) -> Facts:
    owner, kind, supplier, counterparty, number, issue_date, currency, amount_minor = columns
    return Facts(owner, kind, supplier, counterparty, number or "", issue_date, currency, amount_minor)


def _rows(sql: str, prints: list[Print]) -> list[tuple[Any, ...]]:
    facts = [print_.facts for print_ in prints]
    dates: list[date | None] = [one.issue_date for one in facts]
    with connection.cursor() as cursor:
        cursor.execute(
            _ASKED + sql,
            {
                "ids": [print_.document_id for print_ in prints],
                "owners": [one.owner for one in facts],
                "kinds": [one.kind for one in facts],
                "files": [print_.file_sha256 or None for print_ in prints],
                "facts": [print_.facts_hash or None for print_ in prints],
                "trades": [print_.trade_hash or None for print_ in prints],
                "numbers": [one.number or None for one in facts],
                "counterparties": [one.counterparty for one in facts],
                "dates": dates,
                "currencies": [one.currency for one in facts],
                "amounts": [one.amount_minor for one in facts],
                "days": AMOUNT_WITHIN_DAYS,
                "most": CANDIDATES_MAX,
            },
        )
        return cursor.fetchall()


def _without_own_goods(found: list[Match]) -> list[Match]:
    """Two papers of one owner on the same order lines share what they may carry: no unit is lent on twice."""
    own = [match for match in found if not match.is_other_owner]
    ids = {pk for match in own for pk in (match.document_id, match.other_id)}
    roots: dict[int, set[int]] = {}
    for pk, line_id, origin_id in DocumentLine.objects.filter(document__in=ids).values_list(
        "document_id", "pk", "origin_id"
    ):
        roots.setdefault(pk, set()).add(origin_id or line_id)
    shared = [match for match in own if roots.get(match.document_id, set()) & roots.get(match.other_id, set())]
    return [match for match in found if match not in shared]


def _judged(found: list[Match]) -> list[Match]:
    """Without what a person has called different, as long as it is no surer than it was then."""
    pairs = {pair_of(match) for match in found}
    rows = Resemblance.objects.filter(low__in={low for low, _ in pairs}, high__in={high for _, high in pairs})
    known = {(row.low_id, row.high_id): row for row in rows}
    kept = []
    for match in found:
        row = known.get(pair_of(match))
        is_surer = row is not None and likeness.RANK[match.grade] > likeness.RANK[Grade(row.grade)]
        if row is None or is_surer:
            kept.append(match)
        elif row.state != Resemblance.State.DIFFERENT:
            kept.append(replace(match, is_judged_same=row.state == Resemblance.State.SAME))
    return kept


def pair_of(match: Match) -> tuple[int, int]:
    """The two documents, the smaller id first."""
    return min(match.document_id, match.other_id), max(match.document_id, match.other_id)


def _behind_other_cases(document_ids: set[int], reference: str) -> set[int]:
    lines = PledgeLine.objects.filter(counts=True, line_holding__line__document__in=document_ids)
    return set(lines.exclude(pledge__reference=reference).values_list("line_holding__line__document", flat=True))
