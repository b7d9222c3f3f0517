"""Who is told that a version of an appetite waits: whoever at the lender may confirm it, but not who entered it."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from scf.notifications import services as notifications
from scf.parties import selectors as parties
from scf.parties.models import Role

from ..models import Appetite

notifications.register(
    {"bank.appetite": _("%(person)s entered a version of “%(line)s”, what you lend on. Compare and confirm it.")}
)


@transaction.atomic
def tell(*, appetite_id: int, at: datetime) -> None:
    """Tell once; nobody where it was decided on meanwhile."""
    row = Appetite.objects.select_related("bank", "proposed_by").get(pk=appetite_id)
    if row.state != Appetite.State.PROPOSED:
        return
    colleagues = parties.members_with_role(row.bank, Role.CHECKER, Role.ADMINISTRATOR)
    notifications.tell(
        to=list(colleagues.exclude(user=row.proposed_by)), code="bank.appetite",
        facts={"person": row.proposed_by.name, "line": row.name or row.currency},
        link=reverse("banks:appetite", args=[row.pk]), dedupe_key=f"bank.appetite:{row.pk}", at=at,
    )  # fmt: skip
