"""Promises on notification topics, and news of organisations, whose app lies below this one."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from scf.kernel import outbox
from scf.kernel.models import OutboxMessage
from scf.parties.models import BankAccount, Membership, Organisation, Role

from . import services

services.register(
    {
        "payee.entered": _("%(supplier)s names a new account to be paid into: %(account)s. Call back and verify it."),
        "payee.proposed": _("A colleague has called %(supplier)s about the account %(account)s. Compare and confirm."),
        "payee.asked": _(
            "A new account of %(supplier)s was named: %(account)s. If it was none of you, tell the platform at once."
        ),
        "payee.verified": _(
            "The account %(account)s of %(supplier)s is verified. If you do not know it, tell the platform at once."
        ),
    }
)


@outbox.handles("notifications.mail")
def send_mail(*, message_id: int, at: datetime, notification_id: int) -> None:
    """Send one mail; a repetition after it was sent does nothing."""
    services.mail(notification_id=notification_id, at=at)


@outbox.handles("parties.payee.entered")
@outbox.handles("parties.payee.proposed")
@outbox.handles("parties.payee.verified")
def tell_of_payee(*, message_id: int, at: datetime, account_id: int) -> None:
    """Tell the reviewers who is to act, and all who act for the supplier, so that a stranger's wish is heard of."""
    event = OutboxMessage.objects.values_list("topic", flat=True).get(pk=message_id).rpartition(".")[2]
    account = BankAccount.objects.select_related("organisation").get(pk=account_id)
    people = Membership.objects.filter(is_active=True)
    reviewers = people.filter(role=Role.REVIEWER, organisation__kind=Organisation.Kind.PLATFORM)
    ours = people.filter(role__in=[Role.APPLICANT, Role.SIGNATORY], organisation=account.organisation)
    told = {
        "entered": [("payee.entered", reviewers, "parties:payee-list"), ("payee.asked", ours, "parties:own-accounts")],
        "proposed": [("payee.proposed", reviewers, "parties:payee-list")],
        "verified": [("payee.verified", ours, "parties:own-accounts")],
    }[event]
    facts = {"supplier": account.organisation.name, "account": f"…{account.number[-4:]}"}
    for code, to, page in told:
        services.tell(to=to, code=code, facts=facts, link=reverse(page), dedupe_key=f"{code}:{message_id}", at=at)
