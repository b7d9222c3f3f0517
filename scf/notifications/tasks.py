"""Promises on notification topics."""

from datetime import datetime

from scf.kernel import outbox

from . import services


@outbox.handles("notifications.mail")
def send_mail(*, message_id: int, at: datetime, notification_id: int) -> None:
    """Send one mail; a repetition after it was sent does nothing."""
    services.mail(notification_id=notification_id, at=at)
