"""What close of business tells people, and what it sets going at a month's end."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from scf.ledger.models import Book
from scf.notifications import services as notifications
from scf.parties.models import Membership, Organisation, Role

from .. import selectors
from ..models import ClosedDay, ExportJob, IndexName, Loan
from . import exports

notifications.register(
    {
        "loan.due_soon": _("Loan %(number)s falls due on %(due)s. Please have the money ready."),
        "loan.due": _("Loan %(number)s falls due on %(due)s. Please pay now."),
        "loan.overdue": _("Loan %(number)s is overdue since %(since)s: penalty interest runs until it is paid."),
        "loan.rate_changed": _("The yearly rate of loan %(number)s is %(rate)s %% from %(since)s on, as agreed."),
        "rate.missing": _(
            "%(index)s: no confirmed value for %(day)s. Loans that follow it go on at their old rate until two people "
            "have entered and confirmed the published value."
        ),
        "loan.class_changed": _("Loan %(number)s moved from class %(before)s to %(after)s."),
    }
)
BORROWER = (Role.APPLICANT, Role.SIGNATORY)
LENDER = (Role.MAKER, Role.CHECKER)
KEEPERS_OF_RATES = (Role.ADMINISTRATOR, Role.CLERK)


def tell(*, what: str, loan_id: int, facts: dict[str, str], at: datetime) -> None:
    """Tell those whom it concerns, once: of due dates the borrower, of arrears both sides, of classes the lender."""
    loan = Loan.objects.select_related("supplier", "bank").get(pk=loan_id)
    to: list[Membership] = []
    if what != "class_changed":
        to += _people(loan.supplier, BORROWER)
    if what in ("overdue", "class_changed", "rate_changed"):
        to += _people(loan.bank, LENDER)
    notifications.tell(
        to=to,
        code=f"loan.{what}",
        facts={"number": loan.number, **facts},
        link=reverse("servicing:loan", args=[loan.number]),
        dedupe_key=f"loan.{what}:{loan.pk}:{':'.join(facts.values())}:{at.date() if what == 'class_changed' else ''}",
        at=at,
    )


def _people(organisation: Organisation, roles: Iterable[str]) -> list[Membership]:
    return list(Membership.objects.filter(organisation=organisation, role__in=roles, is_active=True))


def tell_missing_rate(*, index: str, day: str, at: datetime) -> None:
    """Tell those of the platform who keep the rates that a value is missing, once."""
    staff = Membership.objects.filter(
        organisation__kind=Organisation.Kind.PLATFORM, role__in=KEEPERS_OF_RATES, is_active=True
    )
    notifications.tell(
        to=list(staff),
        code="rate.missing",
        facts={"index": str(IndexName(index).label), "day": day},
        link=reverse("servicing:rate-list"),
        dedupe_key=f"rate.missing:{index}:{day}",
        at=at,
    )


@transaction.atomic
def state_month(*, day: date, at: datetime) -> ExportJob | None:
    """Ask for all statements of the month that ended on `day`, once, when the last book has closed it.

    They are made for the platform's finance clerks; None where books are still
    open, nobody is there to ask for them, or no loan ran.
    """
    clerk = Membership.objects.filter(
        organisation__kind=Organisation.Kind.PLATFORM, role=Role.CLERK, is_active=True
    ).order_by("pk").first()  # fmt: skip
    if clerk is None:
        return None
    # one at a time: two books may close the month at the same moment
    owner = Organisation.objects.select_for_update().get(pk=clerk.organisation_id)
    open_books = Book.objects.exclude(product="").exclude(pk__in=ClosedDay.objects.filter(day=day).values("book"))
    has_begun = ClosedDay.objects.filter(book__in=open_books).exists()
    known = ExportJob.objects.filter(owner=owner, kind=ExportJob.Kind.ALL, as_of=day).exists()
    month = day.replace(day=1)
    if has_begun or known or not selectors.loans_in_period(Loan.objects.all(), month, day).exists():
        return None
    return exports.request_export(
        kind=ExportJob.Kind.ALL, month=month, language=clerk.user.language or "zh-hans", by=clerk, at=at
    )
