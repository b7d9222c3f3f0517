"""Fire a transition of an entity: check, change, save, audit; the one way states move."""

import inspect
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import connection, models
from django_fsm import TransitionNotAllowed

from scf.domain.errors import DomainError

from . import audit

if TYPE_CHECKING:
    from scf.parties.models import Membership, Organisation


class NotAllowedNow(DomainError):
    """The row is in a state in which this cannot be done."""

    code = "NOT_ALLOWED_NOW"


Row = TypeVar("Row", bound=models.Model)


def fire(  # budget: half of it is the signature and what it promises
    row: Row,
    transition: str,
    *,
    by: "Membership | None",
    at: datetime,
    note: str = "",
    thread: str = "",
    private_to: "Organisation | None" = None,
    facts: dict | None = None,
    **arguments: Any,
) -> Row:
    """Call `row.<transition>(**arguments)`, save the row and write the audit entry.

    The caller holds the row's lock and the transaction. `at` and `note` reach
    the transition too where it takes them; `facts` join the entry's `after`.
    Raises NotAllowedNow where the state does not allow it.
    """
    assert connection.in_atomic_block, "a transition outside a transaction can be half done"
    before = row.state  # type: ignore[attr-defined]
    method = getattr(row, transition)
    wanted = inspect.signature(method).parameters
    arguments |= {name: value for name, value in (("at", at), ("note", note)) if name in wanted}
    try:
        method(**arguments)
    except TransitionNotAllowed as refusal:
        raise NotAllowedNow(
            "this cannot be done now: the state has changed meanwhile; reload the page", state=before, action=transition
        ) from refusal
    row.save()
    audit.record(
        action=f"{row._meta.model_name}.{transition}",
        subject=row,
        by=by,
        at=at,
        thread=thread or getattr(row, "thread", ""),
        before={"state": before},
        after={"state": row.state, **(facts or {})},  # type: ignore[attr-defined]
        note=note,
        private_to=private_to,
    )
    return row
