"""The memory of files for banks, in the database: each call is one short transaction, so that a step stays known."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from scf.documents.services import read_file, store_file
from scf.kernel import audit, outbox
from scf.parties.models import Organisation

from ..gateways.outgoing import FileOut
from ..models import OutgoingFile, Payment


class OutgoingFiles:
    """A gateways.outgoing.Outgoing of one lender."""

    def __init__(self, bank: Organisation) -> None:
        self._bank = bank

    def find(self, name: str) -> FileOut | None:
        """The file of that name."""
        row = self._rows(name).first()
        return None if row is None else _as_value(row)

    @transaction.atomic
    def keep(self, *, name: str, kind: str, about: str, content: Callable[[], bytes], at: datetime) -> FileOut:
        """The file of that name; made where it is new. Two processes wait for each other at the payment's row."""
        payment = Payment.objects.select_for_update(of=("self",)).get(end_to_end_id=about, bank=self._bank)
        row = self._rows(name).first()
        if row is None:
            stored = store_file(
                content=content(), name=name, media_type="application/xml", owner=self._bank, by=None, at=at
            )
            row = OutgoingFile.objects.create(
                bank=self._bank, payment=payment, name=name, kind=kind, file=stored, kept_at=at
            )
        return _as_value(row)

    @transaction.atomic
    def stage(self, name: str, *, token: str, at: datetime) -> str:
        """The token of who staged it first."""
        row = self._rows(name).select_for_update(of=("self",)).get()
        if not row.token:
            row.token, row.staged_at = token, at
            row.save(update_fields=["token", "staged_at"])
        return row.token

    @transaction.atomic
    def hand_over(self, name: str, *, at: datetime, by_hand: bool = False) -> None:
        """The bank can have it; once. Where people are to carry it, they are told."""
        row = self._rows(name).select_for_update(of=("self",)).get()
        if row.handed_at is not None:
            return
        row.handed_at, row.is_by_hand = at, by_hand
        row.save(update_fields=["handed_at", "is_by_hand"])
        facts = {"payment": row.payment.end_to_end_id, "file": name, "sha256": row.file.sha256}
        audit.record(
            action="payment.hand_over", subject=row.payment, by=None, at=at, thread=row.payment.thread, after=facts
        )
        if by_hand:
            outbox.put(topic="banks.file.ready", payload={"outgoing_file_id": row.pk}, at=at)

    def _rows(self, name: str):  # type: ignore[no-untyped-def]
        return OutgoingFile.objects.filter(bank=self._bank, name=name).select_related("file", "payment")


def _as_value(row: OutgoingFile) -> FileOut:
    return FileOut(row.name, read_file(row.file), row.token, row.handed_at is not None)
