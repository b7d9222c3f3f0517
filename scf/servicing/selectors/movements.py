"""What happened to a loan in a period, line by line: the lines explain the whole way from opening to closing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from scf.documents.figures import percent, plain
from scf.documents.statements import Line
from scf.domain.events import EventKind, in_force
from scf.domain.loan import Position, fold
from scf.domain.money import Money, total, zero
from scf.domain.waterfall import Due

from ..models import Loan, LoanEvent
from .loans import events_of, facts_of

CHARGED = {EventKind.FEE, EventKind.PENALTY}


@dataclass(frozen=True, slots=True)
class Span:
    """A loan from `first` to the day before `behind`: where it stood, where it stands, and all lines between.

    opening  None where the loan did not run yet before `first`
    """

    opening: Position | None
    closing: Position
    lines: tuple[Line, ...]


def settled(position: Position | None, due: Due, currency: str) -> Money:
    """All that is settled of a rank: paid, waived, written off."""
    if position is None:
        return zero(currency)
    return position.paid[due] + position.waived[due] + position.written_off[due]


def span(loan: Loan, *, first: date, behind: date) -> Span:
    """The loan over a period that ends before `behind`; events of that day itself do not count yet."""
    facts = facts_of(loan)
    earlier = [fact for fact in facts if fact.value_date < first]
    until = [fact for fact in facts if fact.value_date < behind]
    opening = fold(loan.contract, earlier, first) if earlier else None
    closing = fold(loan.contract, until, behind)
    counting = {event.sequence for event in in_force(until)}
    spent = {event.sequence: allocation for event, allocation in closing.allocations}
    balance = opening.principal if opening else zero(loan.currency)
    drafts = [
        _draft(event, closing, spent.get(event.pk), is_counting=event.pk in counting)
        for event in events_of(loan)
        if first <= event.value_date < behind
    ]
    anew = _anew(loan, opening, closing, drafts, first)
    lines = []
    for draft in sorted([*drafts, *anew], key=lambda found: found.day):
        balance = balance + draft.parts[Due.PRINCIPAL]
        lines.append(draft.line(balance))
    return Span(opening, closing, tuple(lines))


@dataclass(frozen=True, slots=True)
class Draft:
    """A line before its balance is known. parts  by rank; the principal's with the sign of its change."""

    day: date
    text: str
    amount: Money
    parts: Mapping[Due, Money]
    surplus: Money
    given_up: Money

    def line(self, balance: Money) -> Line:
        """The line with the principal that is left behind it."""
        return Line(
            day=self.day, text=self.text, amount=self.amount, principal=self.parts[Due.PRINCIPAL],
            interest=self.parts[Due.INTEREST], penalty=self.parts[Due.PENALTY], compound=self.parts[Due.COMPOUND],
            costs=self.parts[Due.COSTS], surplus=self.surplus, given_up=self.given_up, balance_after=balance,
        )  # fmt: skip


def _draft(event: LoanEvent, closing: Position, allocation: object, *, is_counting: bool) -> Draft:
    amount = Money(event.amount_minor, closing.principal.currency)
    nothing = zero(amount.currency)
    parts: dict[Due, Money] = dict.fromkeys(Due, nothing)
    moved, surplus, given_up, kind = nothing, nothing, nothing, EventKind(event.kind)
    if allocation is not None:
        parts, surplus, given_up = _allocated(amount, allocation)
        moved = amount
    elif is_counting and kind == EventKind.DRAWDOWN:
        moved = parts[Due.PRINCIPAL] = amount
    elif is_counting and kind in (EventKind.REFUND, EventKind.PASSED_ON):
        moved = surplus = -amount
    elif is_counting and kind == EventKind.WAIVER:
        rank = Due(event.data.get("rank", Due.INTEREST))
        parts[rank], given_up = (-amount if rank == Due.PRINCIPAL else amount), amount
    elif is_counting and kind == EventKind.WRITE_OFF:
        parts = {**closing.written_off, Due.PRINCIPAL: -closing.written_off[Due.PRINCIPAL]}
        given_up = total(list(closing.written_off.values()), amount.currency)
    return Draft(event.value_date, _text(event, amount, is_counting=is_counting), moved, parts, surplus, given_up)


def _allocated(amount: Money, allocation: object) -> tuple[dict[Due, Money], Money, Money]:
    """Where a payment went; a return gives interest and fee back. What that does not explain is a recovered loss."""
    spent, surplus = dict(allocation.spent), allocation.surplus  # type: ignore[attr-defined]
    rest = amount - total(list(spent.values()), amount.currency) - surplus
    return {**spent, Due.PRINCIPAL: -spent[Due.PRINCIPAL]}, surplus, -rest


def _text(event: LoanEvent, amount: Money, *, is_counting: bool) -> str:
    name, kind = str(event.get_kind_display()), EventKind(event.kind)
    if kind == EventKind.REVERSAL:
        return f"{name} {plain(Money(event.reverses.amount_minor, amount.currency))}" if event.reverses else name
    if not is_counting:
        return _("%(movement)s %(amount)s, taken back") % {"movement": name, "amount": plain(amount)}
    if kind in CHARGED:
        return f"{name} {plain(amount)}"
    if kind == EventKind.RATE_CHANGE:
        return f"{name} {percent(Decimal(str(event.data['annual_rate'])), 4)}" if "annual_rate" in event.data else name
    return f"{name} {event.data['maturity_date']}" if kind == EventKind.EXTENSION else name


def _anew(loan: Loan, opening: Position | None, closing: Position, drafts: Sequence[Draft], first: date) -> list[Draft]:
    """The line for earlier payments that are settled anew: one taken back, or one that grace did not save."""
    currency, nothing = loan.currency, zero(loan.currency)
    before = opening.principal if opening else nothing
    parts: dict[Due, Money] = {
        due: settled(closing, due, currency) - settled(opening, due, currency)
        - total([draft.parts[due] for draft in drafts], currency)
        for due in Due if due != Due.PRINCIPAL
    }  # fmt: skip
    parts[Due.PRINCIPAL] = closing.principal - before - total([d.parts[Due.PRINCIPAL] for d in drafts], currency)
    surplus = closing.surplus - (opening.surplus if opening else nothing)
    surplus = surplus - total([draft.surplus for draft in drafts], currency)
    if not any((*parts.values(), surplus)):
        return []
    back = [
        event for event in events_of(loan)
        if event.reverses and event.reverses.value_date < first <= event.value_date < closing.on
    ]  # fmt: skip
    amount = -total([Money(event.reverses.amount_minor, currency) for event in back if event.reverses], currency)
    settled_now = total([money for due, money in parts.items() if due != Due.PRINCIPAL], currency)
    given_up = settled_now - parts[Due.PRINCIPAL] + surplus - amount
    day = back[0].value_date if back else first
    return [Draft(day, _("Earlier payments settled anew"), amount, parts, surplus, given_up)]
