"""The audit trail: one call, one row, for ever."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

from .models import AuditEntry

if TYPE_CHECKING:
    from scf.parties.models import Membership, Organisation


def subject_of(row: models.Model) -> str:
    """How the trail names a row: "financing.application:12"."""
    return f"{row._meta.label_lower}:{row.pk}"


def record(
    *,
    action: str,
    subject: models.Model,
    by: "Membership | None",
    at: datetime,
    thread: str = "",
    before: dict | None = None,
    after: dict | None = None,
    note: str = "",
    private_to: "Organisation | None" = None,
) -> AuditEntry:
    """Write down what happened; `by` None is the system itself."""
    return AuditEntry.objects.create(
        action=action,
        subject=subject_of(subject),
        thread=thread or subject_of(subject),
        actor=by.user if by else None,
        actor_organisation=by.organisation if by else None,
        actor_role=by.role if by else "",
        private_to=private_to,
        at=at,
        before=before or {},
        after=after or {},
        note=note,
    )
