"""Reference rates in tests: entered by the administrator, confirmed by the clerk."""

from datetime import date
from decimal import Decimal

from scf.domain.loan import fold
from scf.domain.rates import Agreement, Index, Reset
from scf.parties.models import Membership, Role
from scf.servicing import selectors
from scf.servicing.models import Loan, LoanEvent
from scf.servicing.services import closing_rates, rates
from tests.factories import LendingWorld, member
from tests.integration.servicing_world import noon

# The 20th of December 2031 is a Saturday.
PUBLISHED = {date(2031, 11, 20): "3.00", date(2031, 12, 22): "2.90"}
DRAWN, NEW_YEAR = date(2031, 12, 15), date(2032, 1, 1)


def keeper(world: LendingWorld) -> Membership:
    """The administrator who enters values; the world's clerk confirms them."""
    found = Membership.objects.filter(organisation=world.platform, role=Role.ADMINISTRATOR).first()
    return found or member(world.platform, Role.ADMINISTRATOR)


def publish(
    world: LendingWorld, values: dict[date, str] = PUBLISHED, *, index: str = Index.LPR1Y, on: date | None = None
) -> int:
    """Enter and confirm values in percent, on the day itself or later; how many loans look again."""
    touched = 0
    for day, percent in values.items():
        at = noon(on or day)
        proposal = rates.propose(
            index=index, effective_from=day, rate=Decimal(percent) / 100, source="test", by=keeper(world), at=at
        )
        touched += rates.confirm(proposal_ids=[proposal.pk], by=world.clerk, at=at)
    return touched


def floating(world: LendingWorld, reset: Reset = Reset.YEARLY, spread_bp: int = 85, **terms) -> Loan:
    """A loan that follows LPR 1Y, at 3.85 % when it is drawn."""
    given = {"drawn": DRAWN, "rate": "0.0385", "days": 90, **terms}
    return world.loan(agreement=Agreement(Index.LPR1Y, spread_bp, reset), **given)


def changes(loan: Loan) -> list[tuple[date, str]]:
    """The rate changes that count."""
    counting = {agreed.key for agreed in closing_rates.agreed_of(selectors.facts_of(loan))}
    rows = LoanEvent.objects.filter(pk__in=counting).order_by("value_date", "id")
    return [(row.value_date, row.data["annual_rate"]) for row in rows]


def interest(loan: Loan, on: date) -> int:
    return fold(loan.contract, selectors.facts_of(loan), on).interest.minor
