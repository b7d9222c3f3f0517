"""The administrator's home: what is unhealthy."""

from datetime import datetime
from typing import Any

from scf.banks.models import Connection
from scf.kernel.models import Heartbeat, OutboxMessage
from scf.parties.models import Organisation, User


def administrator_home(now: datetime) -> dict[str, Any]:
    """What is unhealthy; then users and organisations."""
    stuck = OutboxMessage.objects.filter(delivered_at=None, attempts__gte=3)
    beat = Heartbeat.objects.filter(name="worker").first()
    return {
        "worker_at": beat.at if beat else None,
        "stuck": list(stuck.order_by("due_at")[:10]),
        "stuck_count": stuck.count(),
        "waiting": OutboxMessage.objects.filter(delivered_at=None, due_at__lte=now).count(),
        "silent": list(Connection.objects.exclude(silent_since=None).select_related("bank")),
        "users": User.objects.filter(is_active=True).count(),
        "organisations": Organisation.objects.filter(is_active=True).count(),
    }
