"""The officers are told that a file waits to be carried to their bank."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from scf.notifications import services as notifications

from ..models import OutgoingFile
from .lines import officers_of

notifications.register(
    {"bank.file_ready": _("A payment file waits: %(payment)s. Take it to your bank, then bring back its answer.")}
)


@transaction.atomic
def tell(*, outgoing_file_id: int, at: datetime) -> None:
    """Tell once; nobody where it was taken meanwhile."""
    row = OutgoingFile.objects.select_related("bank", "payment").get(pk=outgoing_file_id)
    if row.taken_at is None:
        notifications.tell(
            to=officers_of(row.bank), code="bank.file_ready", facts={"payment": row.payment.end_to_end_id},
            link=reverse("banks:file-list"), dedupe_key=f"bank.file_ready:{row.pk}", at=at,
        )  # fmt: skip
