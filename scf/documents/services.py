"""Keeping files: content-addressed, so that storing twice is storing once."""

import hashlib
from datetime import datetime

import filetype
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.parties import refusals
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


class FileNotTaken(DomainError):
    """The file is too large, or not of a kind that people need to attach."""

    code = "FILE_NOT_TAKEN"


refusals.register(
    {
        "FILE_NOT_TAKEN": _("%(name)s was not taken: %(why)s. Attach a PDF, PNG or JPEG of at most %(max)s MB."),
    }
)

ATTACHMENT_TYPES = {"application/pdf", "image/png", "image/jpeg"}


def sniff_attachment(content: bytes, name: str) -> str:
    """The media type by what the bytes are, whatever the name says. Raises FileNotTaken."""
    megabytes = settings.UPLOAD_BYTES_MAX // (1024 * 1024)
    if not content or len(content) > settings.UPLOAD_BYTES_MAX:
        raise FileNotTaken("wrong size", name=name, why=str(_("it is empty or too large")), max=megabytes)
    kind = filetype.guess(content)
    if kind is None or kind.mime not in ATTACHMENT_TYPES:
        raise FileNotTaken("wrong kind", name=name, why=str(_("it is of another kind")), max=megabytes)
    return str(kind.mime)
