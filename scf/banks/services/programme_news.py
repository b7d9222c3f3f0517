"""Who is told that a version of a programme waits: whoever may confirm it, but not who entered it."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from scf.notifications import services as notifications
from scf.parties.models import Membership, Organisation, Role

from ..models import Programme

notifications.register(
    {"bank.programme": _("%(person)s entered a version of the programme “%(name)s”. Compare and confirm it.")}
)


@transaction.atomic
def tell(*, programme_id: int, at: datetime) -> None:
    """Tell once; nobody where it was decided on meanwhile."""
    row = Programme.objects.select_related("proposed_by").get(pk=programme_id)
    if row.state != Programme.State.PROPOSED:
        return
    colleagues = Membership.objects.filter(
        organisation__kind=Organisation.Kind.PLATFORM, role__in=[Role.ADMINISTRATOR, Role.REVIEWER],
        is_active=True, user__is_active=True,
    ).exclude(user=row.proposed_by)  # fmt: skip
    notifications.tell(
        to=list(colleagues), code="bank.programme", facts={"person": row.proposed_by.name, "name": row.name},
        link=reverse("banks:programme", args=[row.pk]), dedupe_key=f"bank.programme:{row.pk}", at=at,
    )  # fmt: skip
