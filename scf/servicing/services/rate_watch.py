"""Which loans close of business must look at because of a reference rate: set-based, the others stay untouched."""

from datetime import date

from django.db import connection
from django.db.models import Q, Value
from django.db.models.fields import DateField
from django.db.models.functions import Least

from scf.domain.rates import Agreement, Reset
from scf.ledger.models import Book

from ..models import Loan, RateWatch


def begin(loan: Loan, book: Book) -> None:
    """A loan that follows an index is looked at in its first night, and from then on at its fixings."""
    agreement = Agreement.from_json(loan.agreement)
    if not agreement.is_floating:
        return
    RateWatch.objects.create(
        loan=loan, book=book, index=str(agreement.index), reset=str(agreement.reset), next_look=loan.drawdown_date,
        last_fixed=loan.drawdown_date,
    )  # fmt: skip


def look_again(loan: Loan) -> None:
    """The loan runs again, or its events were taken back: every fixing is looked at anew."""
    RateWatch.objects.filter(pk=loan.pk).update(next_look=loan.drawdown_date)


def hold_table(index: str, *, is_shared: bool) -> None:
    """Hold the index's table to the transaction's end: whoever looks at loans shares it, whoever adds a value does not.

    So a loan is looked at either with the value or before it, and then again.
    """
    function = "pg_advisory_xact_lock_shared" if is_shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtextextended(%s, 0))", [f"reference rate {index}"])


def value_confirmed(index: str, effective_from: date) -> int:
    """A value has come: loans whose fixings it touches that were looked at already, or that wait for it. How many."""
    reaches = (
        Q(last_fixed__gte=effective_from)
        | Q(missing_on__isnull=False)
        | Q(reset=Reset.IMMEDIATE, loan__closed_on__isnull=True)
        | Q(reset=Reset.IMMEDIATE, loan__closed_on__gte=effective_from)
    )
    watches = RateWatch.objects.filter(reaches, index=index)
    return watches.update(next_look=Least("next_look", Value(effective_from, output_field=DateField())))
