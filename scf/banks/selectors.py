"""Reading lenders, their appetites and payments."""

from django.db.models import QuerySet

from scf.domain.money import Money
from scf.domain.routing import Appetite as DomainAppetite
from scf.parties.models import Organisation

from .models import Appetite, Connection, Payment


def appetites() -> list[DomainAppetite]:
    """What all active lenders want, as the domain routes by it; two queries."""
    rows = Appetite.objects.filter(is_active=True, bank__is_active=True).prefetch_related("buyers").order_by("id")
    return [
        DomainAppetite(
            bank_id=row.bank_id,
            products=frozenset(row.products),
            currency=row.currency,
            amount_min=Money(row.amount_min_minor, row.currency),
            amount_max=Money(row.amount_max_minor, row.currency),
            tenor_days_min=row.tenor_days_min,
            tenor_days_max=row.tenor_days_max,
            buyers=frozenset(buyer.pk for buyer in row.buyers.all()),
        )
        for row in rows
    ]


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
