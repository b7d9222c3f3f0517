"""Changes of running loans: which are whose to see, what one would do, which events can be taken back."""

import sys
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scf.domain.errors import DomainError
from scf.domain.events import Event, EventKind
from scf.domain.loan import Position, fold
from scf.domain.money import Money
from scf.parties.access import is_kind, may
from scf.parties.models import Membership, Organisation

from ..models import Loan, LoanChange, LoanEvent
from .loans import facts_of
from .refunds import is_refund_on_its_way

FINAL = {EventKind.DRAWDOWN, EventKind.REVERSAL, EventKind.REFUND}
MAY_LIE_AHEAD = {EventKind.RATE_CHANGE, EventKind.EXTENSION}
ENDED = {Loan.State.CLOSED, Loan.State.WRITTEN_OFF, Loan.State.RECOVERED}
WHY_REFUSED = {
    "cooling-off is over": gettext_lazy("a later return within the cooling-off days would come too late"),
    "less than the principal": gettext_lazy("a return within the cooling-off days would not cover the principal"),
    "the loan is written off": gettext_lazy("something is charged behind its write-off"),
    "more than the surplus": gettext_lazy("a surplus of it was returned or passed on already; take that back first"),
    "more than is owed": gettext_lazy("that is more than is owed"),
    "everything has fallen due already: extend before the due date": gettext_lazy(
        "everything has fallen due already; a loan is extended before its due date"
    ),
    "the due dates do not rise": gettext_lazy("the new due date must lie behind the days that stand"),
}


class ChangeRefused(DomainError):
    """The change cannot be made to this loan."""

    code = "CHANGE_REFUSED"


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Where a loan stands on a day without a change and with it."""

    before: Position
    after: Position

    @property
    def due_before(self) -> date:
        """The last due date without the change."""
        return self.before.rows[-1].due_date

    @property
    def due_after(self) -> date:
        """The last due date with it."""
        return self.after.rows[-1].due_date

    @property
    def figures(self) -> list[tuple[str, Money, Money]]:
        """Name, before, after; for every figure that is something."""
        names = {
            "principal": _("Principal"), "interest": _("Interest"), "penalty": _("Penalty interest"),
            "compound": _("Compound interest"), "costs": _("Costs"), "surplus": _("Surplus"),
            "payoff": _("To pay off"),
        }  # fmt: skip
        found = [(str(words), getattr(self.before, name), getattr(self.after, name)) for name, words in names.items()]
        return [row for row in found if row[1] or row[2]]


def changes_visible_to(membership: Membership | None) -> QuerySet[LoanChange]:
    """A lender's own, newest first; none for others."""
    found = LoanChange.objects.select_related(
        "loan__supplier", "loan__bank", "made_by__user", "decided_by__user", "reverses"
    )
    if membership is None or not is_kind(membership, Organisation.Kind.BANK):
        return found.none()
    if not (may(membership, "servicing.propose") or may(membership, "servicing.decide")):
        return found.none()
    return found.filter(loan__bank=membership.organisation).order_by("-id")


def reversible(loan: Loan) -> list[LoanEvent]:
    """Events that can be taken back, the newest first.

    Not the drawdown, what has left the lender, what came from another loan, nor
    what a reference rate brought: that is corrected in its table.
    """
    found = loan.events.exclude(kind__in=FINAL).filter(reversed_by=None).order_by("-value_date", "-id")
    return [event for event in found if "from" not in event.data and "fixed_on" not in event.data]


def foresee(loan: Loan, change: LoanChange, on: date) -> Foreseen:
    """What the change does to where the loan stands on `on`, or on its own day where that lies ahead.

    Raises ChangeRefused with the reason.
    """
    _require_sensible(loan, change, on)
    event = Event(
        EventKind(change.kind), change.value_date, change.amount, sys.maxsize, reverses=change.reverses_id,
        data=change.data,
    )  # fmt: skip
    return _with(loan, event, max(on, change.value_date))


def require_takes_back(loan: Loan, event: LoanEvent, on: date) -> None:
    """Raises ChangeRefused where `event` cannot be taken back from the loan."""
    nothing = Money(0, loan.currency)
    _with(loan, Event(EventKind.REVERSAL, event.value_date, nothing, sys.maxsize, reverses=event.pk), on)


def _with(loan: Loan, event: Event, day: date) -> Foreseen:
    facts = facts_of(loan)
    last = max(fact.value_date for fact in [*facts, event])  # what lies ahead already must still be possible
    before = {(refusal.event.sequence, refusal.why) for refusal in fold(loan.contract, facts, last).refused}
    for refusal in fold(loan.contract, [*facts, event], last).refused:
        if (refusal.event.sequence, refusal.why) not in before:
            raise _refused(loan, str(WHY_REFUSED.get(refusal.why, refusal.why)))
    found = Foreseen(fold(loan.contract, facts, day), fold(loan.contract, [*facts, event], day))
    if found.after.surplus < found.before.surplus and is_refund_on_its_way(loan):
        raise _refused(loan, _("a surplus of it is being returned; wait until the lender has said what became of it"))
    return found


def _require_sensible(loan: Loan, change: LoanChange, on: date) -> None:
    """What the fold does not know: states, days that lie ahead, and how far a loan may be extended."""
    kind = EventKind(change.kind)
    if kind == EventKind.REVERSAL:
        if change.reverses is None or change.reverses not in reversible(loan):
            raise _refused(loan, _("this event cannot be taken back, or was already"))
        return
    if loan.state in ENDED:
        raise _refused(loan, _("it has ended; only an event of it can be taken back"))
    if change.value_date < loan.drawdown_date:
        raise _refused(loan, _("the day lies before its drawdown"))
    if kind == EventKind.EXTENSION:
        _require_extends(loan, change, on)
    if change.value_date > (max(on, loan.due_on) if kind in MAY_LIE_AHEAD else on):
        raise _refused(loan, _("the day lies too far ahead"))


def _require_extends(loan: Loan, change: LoanChange, on: date) -> None:
    """Decided before it falls due: arrears are not extended away, by a past day either. Later than it stands; all
    extensions of a short-term loan together no longer than its term (贷款通则 art. 12).
    """
    assert change.new_due_date is not None, "the form wants it"
    if on >= loan.due_on:
        raise _refused(loan, _("everything has fallen due already; a loan is extended before its due date"))
    if change.new_due_date <= loan.due_on:
        raise _refused(loan, _("it falls due on %(day)s already; choose a later day") % {"day": loan.due_on})
    latest = loan.maturity_date + timedelta(days=(loan.maturity_date - loan.drawdown_date).days)
    if change.new_due_date > latest:
        words = _("its extensions together may not be longer than its agreed term: %(day)s at the latest")
        raise _refused(loan, words % {"day": latest})


def _refused(loan: Loan, why: str) -> ChangeRefused:
    return ChangeRefused("the change cannot be made", loan=loan.number, why=why)
