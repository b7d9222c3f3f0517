"""The five-tier class of loans, with its reason: by their own events and by the borrower's other loans."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Min
from django.utils.translation import gettext as _

from scf.domain.classes import Class, classify
from scf.domain.events import Event, EventKind, in_force
from scf.domain.loan import Position

from ..models import LoanStanding
from .loans import Standing, facts_of

EXTENDING = (EventKind.EXTENSION, EventKind.RESCHEDULE)


def own_class(now: Position, known: Sequence[Event], *, worst_of_borrower: int = 0) -> Class:
    """The class of a loan where it stands `now`, by the events `known` until then.

    worst_of_borrower  days past due of the borrower's other loans with this lender, the most
    """
    return classify(
        now.days_past_due,
        worst_of_borrower=worst_of_borrower,
        is_extended=any(event.kind in EXTENDING for event in in_force(list(known))),
        is_written_off=any(now.written_off.values()),
    )


def grades_of(stands: Sequence[Standing]) -> dict[int, Class]:
    """The class of each loan by its key, where `stands` holds all running loans of their borrowers."""
    two_worst: dict[tuple[int, int], tuple[int, int]] = {}
    for stand in stands:
        key, days = (stand.loan.bank_id, stand.loan.supplier_id), stand.now.days_past_due
        worst, second = two_worst.get(key, (0, 0))
        two_worst[key] = (days, worst) if days > worst else (worst, max(second, days))
    found = {}
    for stand in stands:
        worst, second = two_worst[stand.loan.bank_id, stand.loan.supplier_id]
        of_others = second if stand.now.days_past_due == worst else worst
        found[stand.loan.pk] = own_class(stand.now, _known(stand), worst_of_borrower=of_others)
    return found


def grade_of(stand: Standing, today: date) -> Class:
    """The class of one loan; the borrower's other loans count as close of business left them, on `today`."""
    others = LoanStanding.objects.filter(
        loan__bank=stand.loan.bank_id, loan__supplier=stand.loan.supplier_id, is_closed=False
    ).exclude(loan=stand.loan.pk)  # fmt: skip
    since = others.aggregate(since=Min("overdue_since"))["since"]
    return own_class(stand.now, _known(stand), worst_of_borrower=(today - since).days if since else 0)


def _known(stand: Standing) -> list[Event]:
    return [event for event in facts_of(stand.loan) if event.value_date <= stand.now.on]


def reason_of(found: Class) -> str:
    """Why a loan has its class, in words."""
    words = {
        "IN_ORDER": _("everything is paid as agreed"),
        "OVERDUE": _("overdue by %(days)s days"),
        "CROSS_DEFAULT": _("another loan of the supplier is overdue by %(days)s days"),
        "EXTENDED": _("the loan was extended"),
        "WRITTEN_OFF": _("the loan was written off"),
    }
    return words[found.reason] % {"days": found.days}
