"""Closing days in tests, and the proof that everything stored follows from the events."""

from datetime import date, timedelta

from django.db.models import Sum

from scf.domain.waterfall import Due
from scf.ledger import selectors as ledger
from scf.ledger.models import Leg
from scf.servicing.models import ClosedDay, Loan
from scf.servicing.services import closing, closing_proof
from tests.integration.servicing_world import noon

DRAWN = date(2031, 3, 3)
DUE = date(2031, 6, 1)
ONE_DAY = timedelta(days=1)


def close(until: date, *, on: date | None = None) -> list[closing.Closed]:
    """The night after `until`, or a later one."""
    return list(closing.close_of_business(until=until, at=noon((on or until) + ONE_DAY)))


def balance(kind: str, **where) -> int:
    return Leg.objects.filter(account__kind=kind, **where).aggregate(sum=Sum("minor"))["sum"] or 0


def assert_proven() -> None:
    """Everything stored is what the events give, and each book's days are the sums of its loans."""
    assert [str(difference) for difference in closing_proof.differences()] == []
    assert ledger.unbalanced() == []


def assert_every_day_is_the_sum_of_its_loans() -> None:
    for day in ClosedDay.objects.all():
        loans = Loan.objects.filter(bank=day.book.bank, product=day.book.product, currency=day.book.currency)
        for due in (Due.INTEREST, Due.PENALTY, Due.COMPOUND, Due.COSTS):
            known = [closing_proof._earned_as_known(loan, day)[due] for loan in loans]
            assert day.earned(due) == sum(known)
