"""Reading lenders and payments. What lenders want is in `appetites`, what they may do in `licences`."""

from django.db.models import QuerySet

from scf.parties import access
from scf.parties.models import Membership, Organisation

from ..models import BankMessage, Connection, OutgoingFile, Payment


def connections() -> QuerySet[Connection]:
    """The lenders whose machines we talk to."""
    return Connection.objects.filter(is_active=True).select_related("bank")


def lenders() -> QuerySet[Organisation]:
    """Organisations that lend."""
    return Organisation.objects.filter(kind=Organisation.Kind.BANK, is_active=True)


def payments_of(reference: str) -> QuerySet[Payment]:
    """The instructions of a case, oldest first."""
    found = Payment.objects.filter(reference=reference).select_related("bank", "creditor_account", "debtor_account")
    return found.order_by("id")


def files_by_hand(membership: Membership) -> QuerySet[OutgoingFile]:
    """The files that this lender's officers carry, newest first; nobody else's."""
    if not access.may(membership, "banks.carry_files"):
        return OutgoingFile.objects.none()
    found = OutgoingFile.objects.filter(bank=membership.organisation, is_by_hand=True)
    return found.select_related("payment__creditor_account__organisation", "taken_by__user").order_by("-id")


def messages_by_hand(membership: Membership) -> QuerySet[BankMessage]:
    """What this lender's officers have brought, newest first."""
    if not access.may(membership, "banks.carry_files"):
        return BankMessage.objects.none()
    found = BankMessage.objects.filter(bank=membership.organisation, gateway="browser")
    return found.select_related("file__uploaded_by").order_by("-id")


def failed_payments() -> QuerySet[Payment]:
    """Instructions that a bank refused or nobody can see, newest first."""
    states = [Payment.State.FAILED, Payment.State.UNKNOWN]
    return Payment.objects.filter(state__in=states).select_related("bank").order_by("-id")
