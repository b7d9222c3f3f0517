"""Answering a loan case: the plan, what accrued, where each event went, what is left, and what made no sense."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from scf.domain import loan
from scf.domain.conventions import Interest
from scf.domain.errors import DomainError
from scf.domain.events import Event, EventKind
from scf.domain.loan import Position
from scf.domain.money import Money
from scf.domain.terms import PlanKind
from scf.domain.waterfall import Due

from .cases import NO_END, Case, Reader, days_in
from .happenings import Happenings
from .profiles import Profiles
from .shapes import problems_of

Answer = dict[str, Any]
MONEY_IN = {EventKind.REPAYMENT, EventKind.PAYOFF, EventKind.RETURN, EventKind.BUY_BACK, EventKind.RECOVERY}


def answer(raw: Mapping[str, Any], profiles: Profiles) -> Answer:
    """The case worked out. `problems` lists what makes no sense; then there are no figures."""
    if problems := problems_of(raw):
        return {"id": raw.get("id"), "problems": problems}
    try:
        return _Worked(raw, profiles).answer()
    except DomainError as error:
        facts = {name: value for name, value in error.detail.items() if value is not None}
        return {"id": raw.get("id"), "problems": [{"code": error.code, "message": error.message, **facts}]}


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the answer's events: an amount and where it went."""

    day: date
    name: str
    amount: int
    spent: Mapping[Due, int]
    left: int


class _Worked:
    """One case, worked out once."""

    def __init__(self, raw: Mapping[str, Any], profiles: Profiles) -> None:
        reader = Reader(raw, profiles)
        contract = reader.read_contract()
        self.happenings = Happenings(reader, contract)
        events = self.happenings.read()
        days = [event.value_date for event in events] + self.happenings.job_days
        expected = raw.get("expected") or {}
        stated = reader.day("as_of") or reader.day("as_of", expected)
        as_of = stated or max(days)
        asked = [reader.day("day", {"day": day}) for day in raw.get("ask") or []] + days_in(expected)
        asked += [contract.drawdown_date + timedelta(days=count) for count in _spans(raw)]
        self.case = Case(
            str(raw.get("id")), contract, events, as_of, sorted({day for day in asked if day}), reader.scale, raw,
            self.happenings.job_days,
        )  # fmt: skip
        self.now = loan.fold(contract, events, as_of)
        loan.require_all(self.now)

    def answer(self) -> Answer:
        """Everything that can be said about the case."""
        case, now, text = self.case, self.now, self.case.text
        is_open_ended = case.contract.maturity_date == NO_END
        rows = [] if is_open_ended else [self._plan_row(row) for row in now.rows]
        found: Answer = {
            "id": case.id, "as_of": str(case.as_of), "schedule": rows,
            "accrued": [self._accrued(day) for day in (case.asked or [case.as_of])],
            "events": self._events(), "balance": self._balance(now), "problems": [],
        }  # fmt: skip
        if rows:
            parts = ("principal", "interest", "costs", "penalty", "due", "paid", "outstanding")
            sums = {part: sum(getattr(row, part).minor for row in now.rows) for part in parts}
            found["totals"] = {_PUBLIC.get(part, part): text(total) for part, total in sums.items()}
        if case.contract.plan.kind == PlanKind.LEVEL:
            found["level_instalment"] = text(self._level())
        if case.contract.plan.first_start:
            found["broken_period_interest"] = text(now.broken_period.minor)
        return found

    def _plan_row(self, row: loan.PlanRow) -> Answer:
        text = self.case.text
        return {
            "n": row.number, "due_date": str(row.due_date), "principal": text(row.principal.minor),
            "interest": text(row.interest.minor), "fees": text(row.costs.minor),
            "penalty": text(row.penalty.minor + row.compound.minor), "due": text(row.due.minor),
            "balance_after": text(row.balance_after.minor), "paid": text(row.paid.minor),
            "paid_in_advance": text(row.paid_early.minor), "paid_late": text(row.paid_late.minor),
            "outstanding": text(row.outstanding.minor), "paid_date": str(row.paid_on) if row.paid_on else None,
        }  # fmt: skip

    def _accrued(self, day: date) -> Answer:
        """Where the loan stands on a day that was asked about, and what would close it then."""
        case, text = self.case, self.case.text
        # before that day's payments: what they will find; days past due are told behind them
        before = [e for e in case.events if e.value_date < day or (e.value_date == day and e.kind not in MONEY_IN)]
        at = loan.fold(case.contract, before, day)
        late = [row for row in at.rows if row.penalty or row.compound]
        closing = loan.closing_on(case.contract, before, day)
        return {
            "as_of": str(day), "amount": text(at.interest.minor), "days": (day - case.contract.drawdown_date).days
            + case.contract.conventions.counts_both_days, "principal": text(at.principal.minor),
            "penalty": text(at.penalty.minor), "compound": text(at.compound.minor), "fees": text(at.costs.minor),
            "penalty_by_row": {str(row.number): text(row.penalty.minor + row.compound.minor) for row in late},
            "days_past_due": loan.fold(case.contract, case.events, day).days_past_due,
            "settlement": {_PUBLIC_DUE[rank]: text(closing[rank]) for rank in Due}
            | {"amount": text(sum(closing.values()))},
        }  # fmt: skip

    def _balance(self, now: Position) -> Answer:
        text = self.case.text
        return {
            "principal": text(now.principal.minor), "interest": text(now.interest.minor),
            "fees": text(now.costs.minor), "penalty": text(now.penalty.minor), "compound": text(now.compound.minor),
            "surplus": text(now.surplus.minor), "total": text(now.payoff.minor), "days_past_due": now.days_past_due,
            "status": "closed" if now.is_closed else "open",
        }  # fmt: skip

    def _level(self) -> int:
        """The level instalment in force: as computed on the last change of the plan."""
        return loan.level_of(self.case.contract, self.case.events, self.case.as_of)

    # -- events -------------------------------------------------------------------

    def _events(self) -> list[Answer]:
        """Each event with where its amount went and the principal behind it, accruals of job days among them."""
        allocations = {event.sequence: found for event, found in self.now.allocations}
        lines: list[_Row] = []
        for event in self.case.events:
            if event.value_date > self.case.as_of:
                continue
            spent = dict.fromkeys(Due, 0)
            left, amount = 0, event.amount.minor
            if event.sequence in allocations:
                found = allocations[event.sequence]
                spent = {rank: found.spent.get(rank, Money(0, "XXX")).minor for rank in Due}
                left = found.surplus.minor
                amount = amount or sum(spent.values())
            elif event.kind == EventKind.WRITE_OFF:
                spent = self._written_off(event)
                amount = sum(spent.values())
            lines.append(_Row(event.value_date, self.happenings.names[event.sequence], amount, spent, left))
        return self._with_balances(lines + self._accruals())

    def _written_off(self, event: Event) -> dict[Due, int]:
        past = [e for e in self.case.events if e.sequence <= event.sequence]
        return {
            rank: money.minor
            for rank, money in loan.fold(self.case.contract, past, event.value_date).written_off.items()
        }

    def _accruals(self) -> list[_Row]:
        """What close of business posted: round(earned to date) less what was posted before."""
        case, rows, posted = self.case, [], 0
        days = set(case.job_days)
        if case.contract.conventions.interest == Interest.FLAT and days:
            due = [row for row in self.now.rows if row.due_date <= max(days)]
            return [_Row(row.due_date, "accrual", (row.due - row.principal).minor, {}, 0) for row in due]
        closing = [event.value_date for event, _ in self.now.allocations] if self.now.is_closed else []
        for day in sorted({*days, *closing[-1:]}):
            run_on = day + self.happenings.job_lag if day in days else day
            known = [event for event in case.events if event.value_date <= run_on]
            if any(loan.fold(case.contract, known, run_on).written_off.values()):
                continue
            at = loan.fold(case.contract, known, day)
            earned = {rank: at.earned[rank].minor for rank in at.earned}
            if (amount := sum(earned.values()) - posted) > 0:
                rows.append(_Row(day, "accrual", amount, {}, 0))
                posted += amount
        return rows

    def _with_balances(self, lines: list[_Row]) -> list[Answer]:
        balance, found, text = 0, [], self.case.text
        order = {"accrual": 1}
        for line in sorted(lines, key=lambda line: (line.day, order.get(line.name, 0))):
            if line.name in ("disbursement", "drawdown"):
                balance += line.amount
            balance -= line.spent.get(Due.PRINCIPAL, 0)
            parts = {_PUBLIC_DUE[rank]: text(minor) for rank, minor in line.spent.items()}
            found.append(
                {"date": str(line.day), "type": line.name, "amount": text(line.amount), **parts,
                 "left": text(line.left), "balance": text(balance)}
            )  # fmt: skip
        return found


_PUBLIC = {"costs": "fees"}
_PUBLIC_DUE = {
    Due.COSTS: "fees", Due.PENALTY: "penalty", Due.COMPOUND: "compound", Due.INTEREST: "interest",
    Due.PRINCIPAL: "principal",
}  # fmt: skip


def _spans(raw: Mapping[str, Any]) -> list[int]:
    """Numbers of days that are asked about where no date is: `ask_days`, and those in what is expected."""
    expected = raw.get("expected") or {}
    found = list(raw.get("ask_days") or [])
    for part in [expected.get("settlement"), *(expected.get("accrued_interest") or [])]:
        if isinstance(part, Mapping) and "days" in part and "as_of" not in part:
            found.append(int(part["days"]))
    return found
