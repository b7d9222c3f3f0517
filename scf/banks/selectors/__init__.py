"""Reading lenders and payments. What lenders want is in `appetites`, what they may do in `licences`."""

from django.db.models import QuerySet

from scf.parties.models import Organisation

from ..models import Connection, Payment


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


def failed_payments() -> QuerySet[Payment]:
    """Instructions that a bank refused or nobody can see, newest first."""
    states = [Payment.State.FAILED, Payment.State.UNKNOWN]
    return Payment.objects.filter(state__in=states).select_related("bank").order_by("-id")
