"""Which loans a payment that came in may mean: a score and its reasons, never a decision.

Every point comes from a reason with a code and facts; whoever shows a suggestion says why. A number in the text or an
account of the loan's own names a loan; an amount, a payer, a day only point at one. So `names` alone may let a machine
act, whatever the score (docs/decisions/0024-matching-money.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import combinations

from .money import Money


class Code(StrEnum):
    """Why a payment may mean a loan. The facts of each are named behind it."""

    REFERENCE = "REFERENCE"  # number: as the text has it
    OWN_ACCOUNT = "OWN_ACCOUNT"  # account: paid into the account of this loan alone
    SUPPLIERS_ACCOUNT = "SUPPLIERS_ACCOUNT"  # account: paid into the account of its supplier
    SALE = "SALE"  # price of goods sold for the loan
    PAYOFF = "PAYOFF"  # exactly what pays it off that day
    INSTALMENT = "INSTALMENT"  # due: exactly what an instalment lacks
    SUM = "SUM"  # count: together exactly what these loans ask for
    PAYER = "PAYER"  # name: of its buyer or supplier
    PAYER_LIKE = "PAYER_LIKE"  # name, percent: nearly that name
    LEARNED_ACCOUNT = "LEARNED_ACCOUNT"  # account: a person put money from it on this supplier's loans
    LEARNED_NAME = "LEARNED_NAME"  # name: likewise
    DUE_DAY = "DUE_DAY"  # due, days: the payment came near a due date


POINTS: Mapping[Code, int] = {
    Code.REFERENCE: 80, Code.OWN_ACCOUNT: 80, Code.SUPPLIERS_ACCOUNT: 35, Code.SALE: 40, Code.PAYOFF: 30,
    Code.INSTALMENT: 30, Code.SUM: 25, Code.LEARNED_ACCOUNT: 20, Code.PAYER: 15, Code.LEARNED_NAME: 15,
    Code.PAYER_LIKE: 8, Code.DUE_DAY: 10,
}  # fmt: skip
NAMES_A_LOAN = frozenset({Code.REFERENCE, Code.OWN_ACCOUNT})
SCORE_MAX = 100
PAYER_LIKE_PERCENT = 85
DUE_NEAR_DAYS, DUE_FAR_DAYS, DUE_FAR_POINTS = 3, 10, 4
# Sums are sought among few loans of one supplier: beyond that, equal sums are chance.
SUM_LOANS_MAX, SUM_PARTS_MAX = 12, 4


@dataclass(frozen=True, slots=True)
class Credit:
    """Money that came in. numbers  of loans and cases in its text, in normal form; accounts  own accounts it names."""

    amount: Money
    value_date: date
    numbers: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Target:
    """A running loan as a payment may mean it, on the payment's value date.

    numbers       of the loan and of its case
    dues          unpaid instalments: day and what each lacks
    own_accounts, suppliers_accounts   virtual accounts that stand for the loan, or for all of its supplier's
    sales         prices of goods sold for it
    payer         the name among its parties that is nearest to the payer's, and how near in percent
    learned       by which of the payer's marks persons led money to its supplier: LEARNED_ACCOUNT, LEARNED_NAME -> mark
    """

    loan: int
    supplier: int
    numbers: frozenset[str]
    payoff: Money
    dues: tuple[tuple[date, Money], ...]
    own_accounts: frozenset[str] = frozenset()
    suppliers_accounts: frozenset[str] = frozenset()
    sales: frozenset[int] = frozenset()
    payer: tuple[str, int] = ("", 0)
    learned: Mapping[Code, str] = field(default_factory=dict)

    @property
    def due_on(self) -> date:
        """The day by which its turn is found: the first unpaid instalment's."""
        return self.dues[0][0] if self.dues else date.max


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for a suggestion."""

    code: Code
    points: int
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Where the money may belong: parts that sum to the payment, how likely (0 to 100), and why."""

    parts: tuple[tuple[int, Money], ...]
    score: int
    reasons: tuple[Reason, ...]

    @property
    def names(self) -> bool:
        """True where the payment itself names the loan."""
        return any(reason.code in NAMES_A_LOAN for reason in self.reasons)


def reasons_for(credit: Credit, target: Target) -> list[Reason]:
    """All that speaks for a loan, the heaviest first."""
    found = [*_named(credit, target), *_by_amount(credit, target), *_by_payer(target), *_by_day(credit, target)]
    return sorted(found, key=lambda reason: -reason.points)


def suggest(credit: Credit, targets: Sequence[Target], *, count_max: int = 9) -> list[Suggestion]:
    """The likeliest places of a payment: one loan each, and several loans where their sums fit or several are named."""
    scored = [(target, reasons_for(credit, target)) for target in targets]
    # a day alone says nothing: loans fall due all the time
    telling = [(t, why) for t, why in scored if any(reason.code != Code.DUE_DAY for reason in why)]
    found = [Suggestion(((t.loan, credit.amount),), _score(why), tuple(why)) for t, why in telling]
    found += _together(credit, scored)
    gap = {target.loan: abs(target.payoff.minor - credit.amount.minor) for target in targets}
    return sorted(found, key=lambda each: (-each.score, len(each.parts), gap[each.parts[0][0]]))[:count_max]


def split_by_due(amount: Money, targets: Iterable[Target]) -> list[tuple[int, Money]]:
    """The money over these loans, what is due first first: each gets what its instalment lacks, the last the rest.

    A rest beyond all that they owe stays on the loan that is due last, as surplus. Without loans: nothing.
    """
    left = amount.minor
    parts: dict[int, int] = {}
    room = {target.loan: max(0, target.payoff.minor) for target in targets}
    queue = sorted((day, target.loan, due.minor) for target in targets for day, due in target.dues)
    for _day, loan, due in queue:
        part = min(left, due, room[loan])
        room[loan] -= part
        left -= part
        parts[loan] = parts.get(loan, 0) + part
    if left and queue:
        parts[queue[-1][1]] += left
    return [(loan, Money(part, amount.currency)) for loan, part in parts.items() if part]


def _named(credit: Credit, target: Target) -> Iterable[Reason]:
    for number in sorted(credit.numbers & target.numbers)[:1]:
        yield _reason(Code.REFERENCE, number=number)
    for account in sorted(credit.accounts & target.own_accounts)[:1]:
        yield _reason(Code.OWN_ACCOUNT, account=account)
    for account in sorted(credit.accounts & target.suppliers_accounts)[:1]:
        yield _reason(Code.SUPPLIERS_ACCOUNT, account=account)


def _by_amount(credit: Credit, target: Target) -> Iterable[Reason]:
    if credit.amount.minor in target.sales:
        yield _reason(Code.SALE)
    if credit.amount == target.payoff:
        yield _reason(Code.PAYOFF)
        return
    for day, due in target.dues:
        if due == credit.amount:
            yield _reason(Code.INSTALMENT, due=day.isoformat())
            return


def _by_payer(target: Target) -> Iterable[Reason]:
    name, percent = target.payer
    if percent >= 100:
        yield _reason(Code.PAYER, name=name)
    elif percent >= PAYER_LIKE_PERCENT:
        yield _reason(Code.PAYER_LIKE, name=name, percent=str(percent))
    for code in (Code.LEARNED_ACCOUNT, Code.LEARNED_NAME):
        if code in target.learned:
            yield _reason(code, mark=target.learned[code])
            return


def _by_day(credit: Credit, target: Target) -> Iterable[Reason]:
    days = min(((abs((credit.value_date - day).days), day) for day, _due in target.dues), default=None)
    if days is not None and days[0] <= DUE_FAR_DAYS:
        points = POINTS[Code.DUE_DAY] if days[0] <= DUE_NEAR_DAYS else DUE_FAR_POINTS
        yield Reason(Code.DUE_DAY, points, {"due": days[1].isoformat(), "days": str(days[0])})


def _together(credit: Credit, scored: Sequence[tuple[Target, list[Reason]]]) -> Iterable[Suggestion]:
    named = [(target, why) for target, why in scored if any(reason.code in NAMES_A_LOAN for reason in why)]
    if len(named) > 1:
        parts = split_by_due(credit.amount, [target for target, _why in named])
        reasons = [reason for _target, why in named for reason in why if reason.code in NAMES_A_LOAN]
        yield Suggestion(tuple(parts), _score(reasons[:1]), tuple(reasons))
    by_supplier: dict[int, list[tuple[Target, list[Reason]]]] = {}
    for target, why in scored:
        by_supplier.setdefault(target.supplier, []).append((target, why))
    for group in by_supplier.values():
        yield from _exact_sum(credit, group)


def _exact_sum(credit: Credit, group: Sequence[tuple[Target, list[Reason]]]) -> Iterable[Suggestion]:
    """The fewest loans of a supplier, what is due first first, that together ask for exactly this."""
    near = sorted(group, key=lambda each: (each[0].due_on, each[0].loan))[:SUM_LOANS_MAX]
    for asked in (_next_due, _payoff):
        for size in range(2, SUM_PARTS_MAX + 1):
            for chosen in combinations(near, size):
                sums = [asked(target) for target, _why in chosen]
                if all(sums) and sum(sums) == credit.amount.minor:
                    parts = tuple(
                        (target.loan, Money(minor, credit.amount.currency))
                        for (target, _why), minor in zip(chosen, sums, strict=True)
                    )
                    shared = [reason for reason in chosen[0][1] if reason.code not in (Code.PAYOFF, Code.INSTALMENT)]
                    reasons = [_reason(Code.SUM, count=str(size)), *shared]
                    yield Suggestion(parts, _score(reasons), tuple(reasons))
                    return


def _next_due(target: Target) -> int:
    return target.dues[0][1].minor if target.dues else 0


def _payoff(target: Target) -> int:
    return target.payoff.minor


def _reason(code: Code, **facts: str) -> Reason:
    return Reason(code, POINTS[code], facts)


def _score(reasons: Iterable[Reason]) -> int:
    return min(SCORE_MAX, sum(reason.points for reason in reasons))
