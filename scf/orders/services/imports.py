"""Files in: each in its own transaction, none in the way of another."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from scf.orders.gateways import Kind, ParsedFile, Status, checks, read
from scf.orders.models import ColumnMapping, ImportBatch, ImportedFile, TradeDocument
from scf.parties.models import Membership, Organisation

from .derived import derived_receipt
from .recording import Recorded, lock_owner, record
from .rows import Act, Upload, as_json


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one file. `parsed` carries the final status and problems; `documents` the rows behind it."""

    parsed: ParsedFile
    batch_id: int
    documents: tuple[TradeDocument, ...] = ()


def import_files(
    *,
    files: Iterable[Upload],
    owner: Organisation,
    by: Membership | None,
    at: datetime,
    mapping: ColumnMapping | None = None,
) -> list[FileOutcome]:
    """Read, check and record files for `owner`; one outcome a file, in order.

    The same document again is a duplicate and changes nothing; the same number with other content is
    refused; a bad file does not touch the good ones beside it.
    """
    batch = ImportBatch.objects.create(owner=owner, by=by.user if by else None, at=at)
    return [_import_one(file, batch=batch, owner=owner, by=by, at=at, mapping=mapping) for file in files]


def _import_one(
    file: Upload,
    *,
    batch: ImportBatch,
    owner: Organisation,
    by: Membership | None,
    at: datetime,
    mapping: ColumnMapping | None,
) -> FileOutcome:
    columns = mapping.mapping if mapping else None
    kind = Kind(mapping.kind) if mapping else None
    parsed = read(file.name, file.content, mapping=columns, kind=kind)
    with transaction.atomic():
        lock_owner(owner)
        if parsed.status is Status.ACCEPTED:
            outcome = _record_all(parsed, Act(owner, by, at, file), batch)
        else:
            outcome = FileOutcome(parsed, batch.pk)
        row = ImportedFile.objects.create(
            batch=batch,
            name=file.name[-255:],
            sha256=hashlib.sha256(file.content).hexdigest(),
            status=outcome.parsed.status,
            problems=[as_json(problem) for problem in outcome.parsed.problems],
        )
        row.documents.set(outcome.documents)
    return outcome


def _record_all(parsed: ParsedFile, act: Act, batch: ImportBatch) -> FileOutcome:
    """Record every document of the file, and the receipts inside JD orders."""
    answers: list[Recorded] = []
    for document in parsed.documents:
        answers.append(record(document, act=act, problems=checks.problems_of(document)))
        receipt = derived_receipt(document) if answers[-1].document is not None else None
        if receipt is not None:
            answers.append(record(receipt, act=act, problems=checks.problems_of(receipt)))
    rows = tuple(answer.document for answer in answers if answer.document is not None)
    problems = (*parsed.problems, *(problem for answer in answers for problem in answer.problems))
    shown = ParsedFile(parsed.name, _status_of(answers), parsed.documents, tuple(dict.fromkeys(problems)))
    return FileOutcome(shown, batch.pk, rows)


def _status_of(answers: list[Recorded]) -> Status:
    if any(answer.is_new for answer in answers):
        return Status.ACCEPTED
    if any(answer.document is None for answer in answers):
        return Status.REJECTED
    return Status.DUPLICATE
