"""Reading one's messages."""

from django.db.models import QuerySet

from scf.parties.models import Membership

from .models import Notification


def inbox(membership: Membership | None) -> QuerySet[Notification]:
    """The membership's messages, newest first; none for nobody."""
    if membership is None:
        return Notification.objects.none()
    return Notification.objects.filter(membership=membership).order_by("-created_at", "-id")


def unread_count(membership: Membership) -> int:
    """How many messages wait to be read."""
    return Notification.objects.filter(membership=membership, read_at=None).count()
