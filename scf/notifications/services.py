"""Telling people: a row in the inbox at once, a mail through the outbox."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from scf.kernel import outbox
from scf.parties.models import Membership

from .models import Notification

Sentence = str | Promise
_WORDS: dict[str, Sentence] = {}


def register(words: dict[str, Sentence]) -> None:
    """Add messages by code; `%(name)s` takes facts."""
    _WORDS.update(words)


def text_of(notification: Notification) -> str:
    """The message in the active language."""
    return str(_WORDS.get(notification.code, notification.code)) % notification.facts


@transaction.atomic
def tell(
    *, to: Iterable[Membership], code: str, facts: dict, link: str, dedupe_key: str, at: datetime
) -> list[Notification]:
    """Tell each of `to` once per `dedupe_key`; the mail follows through the outbox."""
    known = set(Notification.objects.filter(dedupe_key=dedupe_key).values_list("membership_id", flat=True))
    missing = {membership.pk: membership for membership in to if membership.pk not in known}
    if not missing:
        return []
    rows = [
        Notification(membership=who, dedupe_key=dedupe_key, code=code, facts=facts, link=link, created_at=at)
        for who in missing.values()
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)  # another worker may tell the same at this moment
    told = list(Notification.objects.filter(dedupe_key=dedupe_key, membership__in=missing).order_by("pk"))
    outbox.put_all(
        topic="notifications.mail", payloads=[{"notification_id": row.pk} for row in told], at=at, can_wait=True
    )
    return told


def mail(*, notification_id: int, at: datetime) -> None:
    """Send the mail of a notification: once, or again where the process died before it could note it.

    No transaction stays open while the mail server answers.
    """
    found = Notification.objects.select_related("membership__user").get(pk=notification_id)
    if found.mailed_at is not None:
        return
    user = found.membership.user
    with translation.override(user.language or settings.LANGUAGE_CODE):
        text = text_of(found)
        link = f"{settings.PUBLIC_URL}{found.link}"
        send_mail(
            subject=text[:120],
            message=f"{user.name}\n\n{text}\n\n{link}\n\n{_('You can answer in the product only.')}",
            from_email=None,
            recipient_list=[user.email],
        )
    Notification.objects.filter(pk=notification_id).update(mailed_at=at)


@transaction.atomic
def mark_read(*, membership: Membership, at: datetime, notification_id: int | None = None) -> int:
    """Mark one, or all, of the membership's messages as read; the number marked."""
    unread = Notification.objects.filter(membership=membership, read_at=None)
    if notification_id is not None:
        unread = unread.filter(pk=notification_id)
    return unread.update(read_at=at)
