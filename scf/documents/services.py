"""Keeping files: content-addressed, so that storing twice is storing once."""

import hashlib
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from scf.parties.models import Membership, Organisation

from .models import StoredFile


@transaction.atomic
def store_file(
    *, content: bytes, name: str, media_type: str, owner: Organisation | None, by: Membership | None, at: datetime
) -> StoredFile:
    """Keep `content` and a row that names it; equal bytes share one file on disk."""
    digest = hashlib.sha256(content).hexdigest()
    path = f"by-hash/{digest[:2]}/{digest}"
    if not default_storage.exists(path):
        default_storage.save(path, ContentFile(content))
    return StoredFile.objects.create(
        owner=owner,
        name=name[-255:],
        media_type=media_type,
        sha256=digest,
        size=len(content),
        content=path,
        uploaded_by=by.user if by else None,
        created_at=at,
    )


def read_file(stored: StoredFile) -> bytes:
    """The bytes as they came; an altered file is a defect, not an answer."""
    with stored.content.open("rb") as handle:
        content: bytes = handle.read()
    assert hashlib.sha256(content).hexdigest() == stored.sha256, "the file on disk is not the file that came"
    return content
