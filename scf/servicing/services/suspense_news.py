"""Who is told that money waits, of money that the bank takes back, and of surplus that could not be returned."""

from collections import defaultdict
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from scf.banks.models import Payment
from scf.domain.money import Money
from scf.kernel import outbox
from scf.notifications import services as notifications
from scf.parties.models import Membership, Organisation, Role

from ..models import IncomingPayment
from ..selectors import loan_of_refund, suspense

CLERKS, ADMINISTRATORS = 1, 2
# From which bucket of ages on each is told: four business days, and more than ten.
LEVEL_BY_BUCKET = {2: CLERKS, 3: ADMINISTRATORS}
ROLES = {CLERKS: Role.CLERK, ADMINISTRATORS: Role.ADMINISTRATOR}

notifications.register(
    {
        "suspense.clerk": _("%(count)s payments have waited in suspense for more than three business days."),
        "suspense.administrator": _(
            "%(count)s payments have waited in suspense for more than ten business days. See that they are decided."
        ),
        "suspense.taken": _("The bank took back %(amount)s of %(day)s, which stands on a loan. Take it off."),
        "refund.failed": _(
            "The lender could not return %(amount)s on loan %(loan)s: %(reason)s. Look at the account, then return it "
            "anew."
        ),
        "refund.returned": _(
            "%(amount)s that was returned on loan %(loan)s came back: %(reason)s. Look at the account, then return it "
            "anew."
        ),
    }
)


@transaction.atomic
def escalate(*, on: date, at: datetime) -> int:
    """Tell of what has waited long, each payment once a level; how many were told of. Safe to repeat."""
    rows = IncomingPayment.objects.select_for_update(of=("self",), skip_locked=True).select_related("entry")
    rows = rows.filter(state=IncomingPayment.State.SUSPENSE, told_level__lt=ADMINISTRATORS).order_by("id")
    aged: dict[int, list[IncomingPayment]] = defaultdict(list)
    for row in rows:
        age = suspense.business_days(row.entry.booking_date, on, row.currency)
        level = LEVEL_BY_BUCKET.get(suspense.bucket_of(age), 0)
        if level > row.told_level:
            row.told_level = level
            aged[level].append(row)
    for level, found in aged.items():
        IncomingPayment.objects.bulk_update(found, ["told_level"])
        payload = {"level": level, "day": on.isoformat(), "count": len(found), "first_id": found[0].pk}
        outbox.put(topic="servicing.suspense.aged", payload=payload, at=at)
    return sum(map(len, aged.values()))


def tell_aged(*, level: int, day: str, count: int, first_id: int, at: datetime) -> None:
    """The platform's clerks, or its administrators. Safe to repeat."""
    code = "suspense.clerk" if level == CLERKS else "suspense.administrator"
    link = reverse("servicing:desk") if level == CLERKS else reverse("desks:home")
    notifications.tell(
        to=_people(ROLES[level]), code=code, facts={"count": count}, link=link,
        dedupe_key=f"{code}:{day}:{first_id}", at=at,
    )  # fmt: skip


def tell_taken_by_bank(*, incoming_id: int, at: datetime) -> None:
    """The platform's clerks. Safe to repeat."""
    row = IncomingPayment.objects.get(pk=incoming_id)
    facts = {"amount": str(Money(row.amount_minor, row.currency)), "day": row.value_date.isoformat()}
    notifications.tell(
        to=_people(Role.CLERK), code="suspense.taken", facts=facts,
        link=f"{reverse('servicing:desk')}?item={incoming_id}", dedupe_key=f"suspense.taken:{incoming_id}", at=at,
    )  # fmt: skip


def tell_refund_unpaid(*, payment_id: int, at: datetime, key: str) -> None:
    """The platform's clerks: a surplus is owed still, or again. Safe to repeat."""
    payment = Payment.objects.get(pk=payment_id)
    if payment.state not in (Payment.State.FAILED, Payment.State.RETURNED):
        return  # paid after all
    loan = loan_of_refund(payment)
    code = "refund.failed" if payment.state == Payment.State.FAILED else "refund.returned"
    facts = {"amount": str(payment.amount), "loan": loan.number, "reason": payment.reason or payment.reason_code or "–"}
    notifications.tell(
        to=_people(Role.CLERK), code=code, facts=facts, link=reverse("servicing:refund", args=[loan.number]),
        dedupe_key=f"{code}:{payment_id}:{key}", at=at,
    )  # fmt: skip


def _people(role: str) -> list[Membership]:
    kind = Organisation.Kind.PLATFORM
    return list(Membership.objects.filter(organisation__kind=kind, role=role, is_active=True))
