"""Who is told what at each hand-over. The words are chosen when they are read."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from scf.notifications import services as notifications
from scf.parties.models import Membership, Organisation, Role, User

from ..models import Application, BankCase

SUPPLIER = (Role.APPLICANT, Role.SIGNATORY)

notifications.register(
    {
        "case.submitted": _("%(number)s of %(supplier)s waits for review: %(amount)s."),
        "case.returned": _("%(number)s came back with a remark: %(note)s Correct it and send it again."),
        "case.rejected": _("%(number)s was rejected: %(note)s"),
        "case.routed": _("%(number)s was passed on to the lenders. You are told when an offer is here."),
        "case.declined": _("No lender offers on %(number)s. Its goods are free again; try less, or other papers."),
        "case.offered": _("There is an offer on %(number)s. Compare and choose."),
        "case.passed_on": _(
            "The offer on %(number)s has expired. The next lender is asked; you are told when an offer is here."
        ),
        "case.disbursed": _("%(number)s: the lender has paid %(amount)s to your account."),
        "case.payment_failed": _("The payment of %(number)s failed and needs a decision."),
        "case.held": _("%(number)s is signed but cannot go on. Its timeline says what stands against it."),
        "case.settled": _("%(number)s is settled: the loan is repaid and the goods are released."),
        "case.expired": _("%(number)s has expired because nobody acted in time. Its goods are free again."),
        "bank.new": _("A new case from %(supplier)s: %(number)s, %(amount)s."),
        "bank.check": _("%(number)s waits for a checker."),
        "bank.accepted": _("Your offer on %(number)s was accepted."),
        "bank.lapsed": _("%(number)s went to another lender or ended; your side has lapsed."),
        "bank.answered": _("Your question about %(number)s is answered."),
        "bank.late": _("%(number)s is not answered in your own time. Take it, or hand it to a colleague."),
        "bank.late_twice": _("%(number)s is late twice over: it is back in the queue, for whoever can take it first."),
        "bank.brought": _("What you wanted to see before paying %(number)s was brought. Check it and tick it off."),
        "platform.asked": _("A lender asks the platform about %(number)s. Answer it so that the case goes on."),
        "supplier.turned_down": _("What you brought for the payment of %(number)s is not enough: the case says why."),
        "supplier.precedents": _(
            "Before %(number)s is paid the lender wants to see more: the case says what. Bring it there."
        ),
        "supplier.received": _(
            "What was ordered for %(number)s has been received. A loan on the receipt can pay the running one off."
        ),
        "supplier.asked": _("A lender has a question about %(number)s. Answer it so that the case goes on."),
    }
)


def _members(organisation: Organisation, roles: Iterable[str]) -> list[Membership]:
    return list(Membership.objects.filter(organisation=organisation, role__in=roles, is_active=True))


def _tell(to: list[Membership], code: str, application: Application, key: str, at: datetime) -> None:
    facts = {
        "number": application.number, "supplier": application.supplier.name, "amount": str(application.amount),
        "note": application.decision_note,
    }  # fmt: skip
    link = reverse("financing:case", args=[application.number])
    notifications.tell(to=to, code=code, facts=facts, link=link, dedupe_key=f"{code}:{key}", at=at)


def tell_supplier(application: Application, code: str, at: datetime, key: str = "") -> None:
    """Tell the supplier's people."""
    _tell(
        _members(application.supplier, SUPPLIER), code, application, f"{application.pk}:{application.rounds}{key}", at
    )


def tell_platform(application: Application, code: str, at: datetime, key: str = "") -> None:
    """Tell the platform's reviewers; of failed payments the finance clerks too."""
    roles = [Role.REVIEWER, Role.CLERK] if code == "case.payment_failed" else [Role.REVIEWER]
    found = Membership.objects.filter(organisation__kind=Organisation.Kind.PLATFORM, role__in=roles, is_active=True)
    _tell(list(found), code, application, f"{application.pk}:{application.rounds}{key}", at)


def tell_bank(
    case: BankCase, code: str, at: datetime, roles: Iterable[str] = (Role.MAKER,), key: str = "",
    people: Iterable[User] | None = None,
) -> None:  # fmt: skip
    """Tell a lender's officers; only those `people`, where they are named."""
    members = _members(case.bank, roles)
    if people is not None:
        names = {user.pk for user in people}
        members = [member for member in members if member.user_id in names]
    _tell(members, code, case.application, f"bank-case-{case.pk}{key}", at)
