"""Writing down who stands behind an organisation, one fact after another or a file of them."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scf.domain.errors import DomainError
from scf.kernel import audit, csv_rows

from .. import refusals
from ..models import Affiliation, Membership, Organisation, Trait
from ..selectors import comparable, organisation_by_code

PERMISSION = "parties.related"
COLUMNS = ("organisation", "kind", "value", "source")
ROWS_MAX = 50_000
_NOT_DIGITS = re.compile(r"\D+")


class TraitSaysNothing(DomainError):
    """What was written down is empty once it is made comparable."""

    code = "TRAIT_SAYS_NOTHING"


class RelatedToItself(DomainError):
    """Two organisations are related, never one with itself."""

    code = "RELATED_TO_ITSELF"


refusals.register(
    {
        "TRAIT_SAYS_NOTHING": gettext_lazy(
            "“%(value)s” says nothing by which organisations could be compared. Write it as the source has it."
        ),
        "RELATED_TO_ITSELF": gettext_lazy("%(name)s cannot be related to itself. Choose another organisation."),
    }
)


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a file."""

    taken: int
    known: int
    bad: list[csv_rows.BadRow]


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    organisation: Organisation
    kind: str
    value: str
    source: str


@transaction.atomic
def add_trait(
    *, organisation: Organisation, kind: str, value: str, source: str, by: Membership | None, at: datetime
) -> Trait:
    """Write down a fact by which related organisations are found. Safe to repeat. Raises TraitSaysNothing."""
    compared = normal(kind, value)
    if not compared:
        raise TraitSaysNothing("nothing to compare", value=value)
    trait, is_new = Trait.objects.get_or_create(
        organisation=organisation, kind=kind, value=compared, defaults={"source": source[:200]}
    )
    if is_new:
        audit.record(action="organisation.trait", subject=organisation, by=by, at=at, after={"kind": kind})
    return trait


@transaction.atomic
def declare(*, one: Organisation, other: Organisation, why: str, by: Membership | None, at: datetime) -> Affiliation:
    """Write down that two organisations are related, because one of them, or a reviewer, says so. Safe to repeat.

    Raises RelatedToItself.
    """
    if one.pk == other.pk:
        raise RelatedToItself("one organisation", name=str(one))
    low, high = sorted((one.pk, other.pk))
    row, is_new = Affiliation.objects.get_or_create(
        low_id=low, high_id=high,
        defaults={"why": why[:200], "declared_by": by.user if by else None, "declared_at": at},
    )  # fmt: skip
    if is_new:
        audit.record(action="organisation.affiliate", subject=one, by=by, at=at, after={"other": other.code}, note=why)
    return row


def normal(kind: str, value: str) -> str:
    """A trait as it is compared: telephone numbers by their last eleven digits, account numbers without gaps."""
    if kind == Trait.Kind.PHONE:
        return _NOT_DIGITS.sub("", value)[-11:]
    if kind == Trait.Kind.ACCOUNT:
        return "".join(value.split()).upper()[:200]
    return comparable(value)[:200]


@transaction.atomic
def import_traits(*, content: bytes, at: datetime, by: Membership | None = None) -> Brought:
    """Write down the facts of a CSV file with COLUMNS; bad rows are named and do not hold up the others."""
    rows, bad = csv_rows.read(
        content, columns=COLUMNS, parse=_parse, key=lambda row: row.line, day_column="value", rows_max=ROWS_MAX
    )
    before = Trait.objects.count()
    for row in rows:
        add_trait(organisation=row.organisation, kind=row.kind, value=row.value, source=row.source, by=by, at=at)
    taken = Trait.objects.count() - before
    return Brought(taken, len(rows) - taken, bad)


def _parse(line: int, cells: dict[str, str]) -> _Row | csv_rows.BadRow:
    code, kind, value, source = (cells.get(column, "") for column in COLUMNS)
    try:
        organisation = organisation_by_code(code)
    except Organisation.DoesNotExist:
        remedy = _("“%(code)s” is no organisation here: write its code or unified social credit code")
        return csv_rows.BadRow(line, "organisation", remedy % {"code": code})
    if kind.upper() not in Trait.Kind.values:
        known = ", ".join(Trait.Kind.values)
        return csv_rows.BadRow(line, "kind", _("write one of %(known)s") % {"known": known})
    if not normal(kind.upper(), value):
        return csv_rows.BadRow(line, "value", _("write what the source says; a telephone number has digits"))
    if not source:
        return csv_rows.BadRow(line, "source", _("say where it was read, such as the business register"))
    return _Row(line, organisation, kind.upper(), value, source)
