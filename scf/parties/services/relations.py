"""Writing down who stands behind an organisation."""

import re
from datetime import datetime

from django.db import transaction

from scf.kernel import audit

from ..models import Affiliation, Membership, Organisation, Trait
from ..selectors import comparable

_NOT_DIGITS = re.compile(r"\D+")


@transaction.atomic
def add_trait(
    *, organisation: Organisation, kind: str, value: str, source: str, by: Membership | None, at: datetime
) -> Trait:
    """Write down a fact by which related organisations are found. Safe to repeat."""
    trait, is_new = Trait.objects.get_or_create(
        organisation=organisation, kind=kind, value=normal(kind, value), defaults={"source": source[:200]}
    )
    if is_new:
        audit.record(action="organisation.trait", subject=organisation, by=by, at=at, after={"kind": kind})
    return trait


@transaction.atomic
def declare(*, one: Organisation, other: Organisation, why: str, by: Membership | None, at: datetime) -> Affiliation:
    """Write down that two organisations are related, because one of them, or a reviewer, says so. Safe to repeat."""
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
