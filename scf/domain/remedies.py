"""What would make it pass: for each failing check the smallest change that the same rules accept.

Nothing here knows a rule by heart. A change is tried by building the case as it
would be and running `eligibility.verdicts` on it again; it is offered only
where the check that failed then passes and no other check becomes worse.
Amounts and tenors are searched, relying only on this: where one is accepted,
every smaller one down to the accepted minimum is too.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from .caps import Cap, Key, apply
from .eligibility import CaseFacts, Paper, Result, Verdict, verdicts
from .money import Money, total
from .valuation import Value

RANK = {Result.PASS: 0, Result.WARN: 1, Result.FAIL: 2}
SUBSETS_MAX = 12
OTHERS_MAX = 100  # of further lines the largest are looked at


@dataclass(frozen=True, slots=True)
class Line:
    """A line of goods, chosen or not, as far as remedies go.

    lendable   what it carries before limits; confirmed  what it would carry were its paper confirmed
    keys       the limits that it falls under
    """

    key: int
    paper: Paper
    buyer: int | None
    lendable: Money
    confirmed: Money
    keys: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change that would be accepted.

    check   the code of the failing check that it cures
    code    AMOUNT, TENOR, ADD_LINES, DROP_PAPERS, CONFIRM
    facts   what to change to, as texts for the sentence; keys the lines that it speaks of
    amount, tenor_days  the value to set, where one click does it
    """

    check: str
    code: str
    facts: dict[str, str] = field(default_factory=dict)
    keys: tuple[int, ...] = ()
    amount: Money | None = None
    tenor_days: int | None = None


Judge = Callable[[CaseFacts], list[Verdict]]


def remedies(
    case: CaseFacts,
    chosen: Sequence[Line],
    others: Iterable[Line],
    *,
    caps: Sequence[Cap] = (),
    judge: Judge = verdicts,
) -> list[Remedy]:
    """For each failing check, in its order, every kind of smallest change that is accepted; none where none is."""
    before = {verdict.code: verdict.result for verdict in judge(case)}
    found = []
    for check in [code for code, result in before.items() if result is Result.FAIL]:
        trial = _Trial(case, tuple(chosen), tuple(others), tuple(caps), judge, before, check)
        found += [
            remedy
            for attempt in (_less_amount, _more_amount, _shorter_tenor, _more_lines, _confirmation, _fewer_papers)
            if (remedy := attempt(trial)) is not None
        ]
    return found


@dataclass(frozen=True, slots=True)
class _Trial:
    """A failing check, and the means to ask whether a changed case cures it."""

    case: CaseFacts
    chosen: tuple[Line, ...]
    others: tuple[Line, ...]
    caps: tuple[Cap, ...]
    judge: Judge
    before: dict[str, Result]
    check: str

    def cures(self, case: CaseFacts) -> bool:
        """True where the check passes then, and no other check is worse than before."""
        after = {verdict.code: verdict.result for verdict in self.judge(case)}
        is_cured = after.get(self.check, Result.PASS) is not Result.FAIL
        return is_cured and all(
            RANK[result] <= RANK[self.before.get(code, Result.PASS)] for code, result in after.items()
        )

    def with_lines(self, lines: Sequence[Line]) -> CaseFacts:
        """The case on other goods."""
        papers = {line.paper.number: line.paper for line in lines}
        return replace(
            self.case,
            lendable=self.carried(lines),
            papers=tuple(papers.values()),
            buyers=frozenset(line.buyer for line in lines if line.buyer is not None),
        )

    def carried(self, lines: Sequence[Line]) -> Money:
        """What these lines carry together, under the limits."""
        found = apply([(Value(Decimal(0), (), line.lendable), line.keys) for line in lines], self.caps)
        return total([each.value.lendable for each in found], self.case.amount.currency)


def _less_amount(trial: _Trial) -> Remedy | None:
    """The largest smaller amount that is accepted."""
    currency = trial.case.amount.currency

    def fits(minor: int) -> bool:
        return trial.cures(replace(trial.case, amount=Money(minor, currency)))

    best = _largest(fits, trial.case.amount_min.minor, trial.case.amount.minor - 1)
    return None if best is None else _amount(trial, best)


def _more_amount(trial: _Trial) -> Remedy | None:
    """The least amount that is lent at all, where less is asked for."""
    least = max(trial.case.amount_min, Money(1, trial.case.amount.currency))
    if least <= trial.case.amount or not trial.cures(replace(trial.case, amount=least)):
        return None
    return _amount(trial, least.minor)


def _amount(trial: _Trial, minor: int) -> Remedy:
    amount = Money(minor, trial.case.amount.currency)
    return Remedy(trial.check, "AMOUNT", {"amount": str(amount)}, amount=amount)


def _shorter_tenor(trial: _Trial) -> Remedy | None:
    """The longest shorter tenor that is accepted."""
    best = _largest(lambda days: trial.cures(replace(trial.case, tenor_days=days)), 1, trial.case.tenor_days - 1)
    return None if best is None else Remedy(trial.check, "TENOR", {"days": str(best)}, tenor_days=best)


def _more_lines(trial: _Trial) -> Remedy | None:
    """Further lines that are accepted: the smallest one where one is enough, else the largest gains first."""
    free = sorted((line for line in trial.others if line.lendable), key=lambda line: (line.lendable.minor, line.key))
    free = [line for line in free[-OTHERS_MAX:] if _is_no_worse(trial, [*trial.chosen, line])]
    taken: list[Line] = []
    while free:
        so_far = [*trial.chosen, *taken]
        last = next((line for line in free if trial.cures(trial.with_lines([*so_far, line]))), None)
        if last is not None:
            return _lines(trial, "ADD_LINES", [*taken, last])
        best = max(free, key=lambda line: trial.carried([*so_far, line]).minor)
        free = [line for line in free if line is not best]
        if _is_no_worse(trial, [*so_far, best]):
            taken.append(best)
    return None


def _is_no_worse(trial: _Trial, lines: Sequence[Line]) -> bool:
    """True where no check but the failing one gets worse by these lines."""
    after = {verdict.code: verdict.result for verdict in trial.judge(trial.with_lines(lines))}
    return all(
        RANK[result] <= RANK[trial.before.get(code, Result.PASS)]
        for code, result in after.items()
        if code != trial.check
    )


def _confirmation(trial: _Trial) -> Remedy | None:
    """The fewest papers of the chosen goods whose confirmation is enough."""
    gains = [line for line in trial.chosen if line.lendable < line.confirmed]
    gains.sort(key=lambda line: (line.lendable.minor - line.confirmed.minor, line.key))
    numbers: list[str] = []
    for line in gains:
        if line.paper.number in numbers:
            continue
        numbers.append(line.paper.number)
        lines = [replace(one, lendable=one.confirmed) if one.paper.number in numbers else one for one in trial.chosen]
        if trial.cures(trial.with_lines(lines)):
            keys = tuple(one.key for one in trial.chosen if one.paper.number in numbers)
            return Remedy(trial.check, "CONFIRM", {"documents": ", ".join(numbers)}, keys)
    return None


def _fewer_papers(trial: _Trial) -> Remedy | None:
    """The fewest papers to take out; of as few, those that leave the most to be borrowed."""
    numbers = list(dict.fromkeys(line.paper.number for line in trial.chosen))
    if not 1 < len(numbers) <= SUBSETS_MAX:
        return None
    best: tuple[int, int, frozenset[str]] | None = None
    for mask in range(1, 2 ** len(numbers) - 1):
        out = frozenset(number for at, number in enumerate(numbers) if mask >> at & 1)
        left = [line for line in trial.chosen if line.paper.number not in out]
        carried = trial.carried(left).minor
        if best is not None and (len(out), -carried) >= best[:2]:
            continue
        if trial.cures(trial.with_lines(left)):
            best = (len(out), -carried, out)
    if best is None:
        return None
    left = [line for line in trial.chosen if line.paper.number not in best[2]]
    documents = ", ".join(number for number in numbers if number in best[2])
    return Remedy(trial.check, "DROP_PAPERS", {"documents": documents}, tuple(line.key for line in left))


def _lines(trial: _Trial, code: str, lines: Sequence[Line]) -> Remedy:
    """Further lines: `keys` are the whole choice as it would be."""
    documents = ", ".join(dict.fromkeys(line.paper.number for line in lines))
    keys = tuple(line.key for line in (*trial.chosen, *lines))
    more = trial.carried([*trial.chosen, *lines]) - trial.carried(trial.chosen)
    return Remedy(trial.check, code, {"documents": documents, "amount": str(more)}, keys)


def _largest(fits: Callable[[int], bool], low: int, high: int) -> int | None:
    """The largest number from `low` to `high` that fits; those that fit form one run that begins at `low`."""
    low = max(low, 1)
    if high < low or not fits(low):
        return None
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
