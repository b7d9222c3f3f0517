"""The clerks are told of payments that need a person."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from scf.notifications import services as notifications
from scf.parties.models import Membership, Organisation, Role

from ..models import Investigation

notifications.register(
    {
        "bank.investigation": _("Payment %(payment)s of %(bank)s needs a look: what the bank says does not fit."),
        "bank.unreadable": _("The file %(file)s of %(bank)s could not be taken. Ask the bank for it again."),
    }
)


@transaction.atomic
def tell(*, investigation_id: int, at: datetime, key: str) -> None:
    """Tell once a message; nobody where it is settled already."""
    row = Investigation.objects.select_related("bank").get(pk=investigation_id)
    if row.state != Investigation.State.OPEN or row.is_waiting:
        return
    clerks = Membership.objects.filter(
        organisation__kind=Organisation.Kind.PLATFORM, role=Role.CLERK, is_active=True
    )  # fmt: skip
    facts = {"payment": str(row.facts.get("payment") or row.facts.get("id", "–")), "bank": row.bank.name}
    code = "bank.investigation"
    if row.kind == Investigation.Kind.UNREADABLE:
        code, facts = "bank.unreadable", {"file": str(row.facts["file"]), "bank": row.bank.name}
    notifications.tell(
        to=list(clerks), code=code, facts=facts, link=reverse("banks:investigation-list"),
        dedupe_key=f"bank.investigation:{row.pk}:{key}", at=at,
    )  # fmt: skip
