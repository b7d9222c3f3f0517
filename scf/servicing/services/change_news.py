"""Who is told of changes of running loans."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from scf.notifications import services as notifications
from scf.parties.models import Membership, Organisation, Role

from ..models import Loan, LoanChange, LoanEvent

Kind = LoanChange.Kind
BORROWER = (Role.APPLICANT, Role.SIGNATORY)

notifications.register(
    {
        "change.proposed": _("A change of loan %(number)s waits for your decision."),
        "change.DONE": _("Your change of loan %(number)s was approved."),
        "change.REFUSED": _("Your change of loan %(number)s was refused: %(answer)s"),
        f"change.{Kind.FEE}": _("A fee of %(amount)s was charged on loan %(number)s: %(why)s"),
        f"change.{Kind.PENALTY}": _("A penalty of %(amount)s was charged on loan %(number)s: %(why)s"),
        f"change.{Kind.WAIVER}": _("The lender waived %(amount)s on loan %(number)s: %(why)s"),
        f"change.{Kind.RATE_CHANGE}": _("The rate of loan %(number)s changes from %(day)s: %(why)s"),
        f"change.{Kind.EXTENSION}": _("Loan %(number)s now falls due on %(due)s: %(why)s"),
        f"change.{Kind.MISUSE}": _("The lender noted that loan %(number)s is not used as agreed: %(why)s"),
        "change.MISUSE_OVER": _("Loan %(number)s is used as agreed again: the misuse rate has ended. %(why)s"),
        f"change.{Kind.REVERSAL}": _("An entry of %(day)s on loan %(number)s was taken back: %(why)s"),
        "loan.reopened": _(
            "Loan %(number)s, which was closed, is open again. Its goods may be free already: see that it is covered."
        ),
    }
)


def tell_checkers(*, change_id: int, at: datetime) -> None:
    """A proposal waits: the lender's checkers, but not its maker."""
    change = _change(change_id)
    people = _people(change.loan.bank, (Role.CHECKER,))
    to = [member for member in people if member.user_id != change.made_by.user_id]
    _tell(to, "change.proposed", change, {}, at)


def tell_decided(*, change_id: int, at: datetime) -> None:
    """The maker learns what was decided; the borrower what happened to the loan. A loss is the lender's own matter."""
    change = _change(change_id)
    _tell([change.made_by], f"change.{change.state}", change, {"answer": change.answer}, at)
    if change.state == LoanChange.State.DONE and not _is_about_a_loss(change):
        facts = {
            "amount": str(change.amount), "why": change.why, "day": change.value_date.isoformat(),
            "due": change.loan.due_on.isoformat(),
        }  # fmt: skip
        code = "change.MISUSE_OVER" if change.data.get("is_over") else f"change.{change.kind}"
        _tell(_people(change.loan.supplier, BORROWER), code, change, facts, at)


def _is_about_a_loss(change: LoanChange) -> bool:
    """A write-off, or one taken back: the lender's own matter."""
    return Kind.WRITE_OFF in (change.kind, change.reverses.kind if change.reverses else "")


def tell_reopened(*, loan_id: int, event_id: int, at: datetime) -> None:
    """A loan that was over runs again: both the lender's officers and the platform's reviewers look at its cover."""
    loan = Loan.objects.select_related("bank").get(pk=loan_id)
    event = LoanEvent.objects.get(pk=event_id)
    platform = Membership.objects.filter(
        organisation__kind=Organisation.Kind.PLATFORM, role=Role.REVIEWER, is_active=True
    )
    notifications.tell(
        to=[*_people(loan.bank, (Role.MAKER, Role.CHECKER)), *platform], code="loan.reopened",
        facts={"number": loan.number}, link=reverse("servicing:loan", args=[loan.number]),
        dedupe_key=f"loan.reopened:{event.pk}", at=at,
    )  # fmt: skip


def _change(change_id: int) -> LoanChange:
    return LoanChange.objects.select_related("loan__bank", "loan__supplier", "made_by", "reverses").get(pk=change_id)


def _people(organisation: Organisation, roles: tuple[str, ...]) -> list[Membership]:
    return list(Membership.objects.filter(organisation=organisation, role__in=roles, is_active=True))


def _tell(to: list[Membership], code: str, change: LoanChange, facts: dict[str, str], at: datetime) -> None:
    is_lenders = code in ("change.proposed", "change.DONE", "change.REFUSED")
    link = (
        reverse("servicing:change", args=[change.pk])
        if is_lenders
        else reverse("servicing:loan", args=[change.loan.number])
    )
    notifications.tell(
        to=to, code=code, facts={"number": change.loan.number, **facts}, link=link,
        dedupe_key=f"{code}:{change.pk}", at=at,
    )  # fmt: skip
