"""Who is told of margin calls and of changes of collateral."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from scf.notifications import services as notifications
from scf.parties.models import Membership, Organisation, Role

from ..models import CollateralChange, MarginCall, Pledge

SUPPLIER = (Role.APPLICANT, Role.SIGNATORY)

notifications.register(
    {
        "margin.called": _(
            "Margin call on %(number)s: %(amount)s by %(deadline)s. Repay, add goods, or exchange goods; "
            "the case page shows the cheapest way."
        ),
        "margin.urgent": _(
            "The margin call on %(number)s has become urgent: cover is so low that the lender may sell the goods at "
            "once. Cure it today: %(amount)s."
        ),
        "margin.cured": _("The margin call on %(number)s is cured: the loan is covered again."),
        "margin.overdue": _(
            "The margin call on %(number)s was not cured by %(deadline)s. The lender may sell the goods."
        ),
        "margin.sale": _("The lender has the goods behind %(number)s sold."),
        "margin.sold": _("The goods behind %(number)s were sold for %(proceeds)s to %(sold_to)s."),
        "margin.proceeds": _(
            "%(proceeds)s from %(sold_to)s is on its way to %(bank)s for loan %(loan)s: the goods were sold. "
            "Allocate it to that loan when it comes in."
        ),
        "collateral.proposed": _("%(supplier)s asks to change the goods behind %(number)s. Decide on it."),
        "collateral.done": _("The lender agreed: the goods behind %(number)s have changed."),
        "collateral.refused": _("The lender does not agree to change the goods behind %(number)s: %(note)s"),
    }
)


def tell_of_call(*, call_id: int, event: str, at: datetime) -> None:
    """Tell the supplier and the lender's checkers what became of a margin call; each deadline once. Safe to repeat.

    event  called, urgent, cured, overdue or sale
    """
    call = MarginCall.objects.select_related("pledge__supplier", "pledge__bank").get(pk=call_id)
    facts = {"amount": str(call.amount), "deadline": call.deadline.isoformat()}
    people = _people(call.pledge.supplier, SUPPLIER)
    if call.pledge.bank is not None:
        people += _people(call.pledge.bank, (Role.CHECKER,))
    _tell(people, f"margin.{event}", call.pledge, "financing:case", facts, at, f"{call.pk}:{call.deadline}")


def tell_of_proceeds(*, call_id: int, at: datetime) -> None:
    """Goods were sold: tell those whose goods they were, and the clerks who will see the money. Safe to repeat."""
    call = MarginCall.objects.select_related("pledge__supplier", "pledge__bank", "pledge__exposure").get(pk=call_id)
    pledge = call.pledge
    facts = {
        "proceeds": str(call.proceeds), "sold_to": call.sold_to, "bank": str(pledge.bank), "loan": pledge.exposure.loan,
    }  # fmt: skip
    _tell(_people(pledge.supplier, SUPPLIER), "margin.sold", pledge, "financing:case", facts, at, str(call.pk))
    clerks = Membership.objects.filter(organisation__kind=Organisation.Kind.PLATFORM, role=Role.CLERK, is_active=True)
    notifications.tell(
        to=clerks, code="margin.proceeds", facts=facts, link=reverse("servicing:reconciliation"),
        dedupe_key=f"margin.proceeds:{call.pk}", at=at,
    )  # fmt: skip


def tell_of_change(*, change_id: int, event: str, at: datetime) -> None:
    """Tell who decides, or the supplier what was decided. Safe to repeat.

    event  proposed, done or refused
    """
    change = CollateralChange.objects.select_related("pledge__supplier", "pledge__bank").get(pk=change_id)
    pledge = change.pledge
    assert pledge.bank is not None, "goods behind a loan are pledged to its lender"
    people = _people(pledge.bank, (Role.CHECKER,)) if event == "proposed" else _people(pledge.supplier, SUPPLIER)
    _tell(people, f"collateral.{event}", pledge, "financing:case-goods", {"note": change.note}, at, str(change.pk))


def _people(organisation: Organisation, roles: Iterable[str]) -> list[Membership]:
    return list(Membership.objects.filter(organisation=organisation, role__in=roles, is_active=True))


def _tell(
    to: list[Membership], code: str, pledge: Pledge, page: str, facts: dict[str, str], at: datetime, key: str
) -> None:
    notifications.tell(
        to=to, code=code, facts={"number": pledge.reference, "supplier": pledge.supplier.name, **facts},
        link=reverse(page, args=[pledge.reference]), dedupe_key=f"{code}:{key}", at=at,
    )  # fmt: skip
