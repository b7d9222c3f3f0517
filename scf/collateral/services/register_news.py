"""What reviewers are told of registers: refusals, finds at a running loan, and cancellations that are late."""

from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from scf.notifications import services as notifications
from scf.parties.models import Membership, Organisation, Role

from ..models import RegisterRequest
from ..selectors import registers

notifications.register(
    {
        "register.failed": _(
            "The register refused a request about %(number)s: %(why)s. Correct what is wrong, and have it asked again."
        ),
        "register.found": _(
            "A register knows goods that joined %(number)s from another lender. They carry nothing until you have "
            "compared them."
        ),
        "register.late": _(
            "The filing of %(number)s should have been struck out by %(deadline)s. The register has not answered; "
            "call it."
        ),
    }
)


def tell_of_answer(*, request_id: int, event: str, at: datetime) -> None:
    """Tell the platform's reviewers of an answer that a person must deal with. Safe to repeat.

    event  failed or found
    """
    row = RegisterRequest.objects.get(pk=request_id)
    _tell(row, f"register.{event}", {"why": str(row.answer.get("message", "–"))}, at)


def tell_of_late(*, on: date, at: datetime) -> None:
    """Tell them of what should have been struck out before `on`; each once. Safe to repeat."""
    for row in registers.overdue_cancellations(on):
        assert row.cancel_by is not None, "chosen so"
        _tell(row, "register.late", {"deadline": row.cancel_by.isoformat()}, at)


def _tell(row: RegisterRequest, code: str, facts: dict[str, str], at: datetime) -> None:
    people = Membership.objects.filter(
        organisation__kind=Organisation.Kind.PLATFORM, role=Role.REVIEWER, is_active=True
    )
    notifications.tell(
        to=people, code=code, facts={"number": row.reference, **facts}, link=reverse("collateral:register-list"),
        dedupe_key=f"{code}:{row.pk}", at=at,
    )  # fmt: skip
