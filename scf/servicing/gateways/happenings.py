"""Reading what happened to a case's loan: its events, in the domain's terms."""

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from scf.domain import loan
from scf.domain.conventions import round_ratio
from scf.domain.events import Event, EventKind
from scf.domain.money import Money
from scf.domain.terms import Contract

from .cases import Reader
from .profiles import CaseUnclear

SIMPLE = {
    "disbursement": EventKind.DRAWDOWN, "drawdown": EventKind.DRAWDOWN, "repayment": EventKind.REPAYMENT,
    "goodwill_credit": EventKind.REPAYMENT, "pay_off": EventKind.PAYOFF, "payoff": EventKind.PAYOFF,
    "charge_fee": EventKind.FEE, "fee": EventKind.FEE, "charge_penalty": EventKind.PENALTY,
    "penalty": EventKind.PENALTY, "charge_off": EventKind.WRITE_OFF, "write_off": EventKind.WRITE_OFF,
    "recovery": EventKind.RECOVERY, "rate_change": EventKind.RATE_CHANGE, "extension": EventKind.EXTENSION,
    "waiver": EventKind.WAIVER, "return": EventKind.RETURN, "cooling_off_return": EventKind.RETURN,
    "buy_back": EventKind.BUY_BACK, "misuse": EventKind.MISUSE, "refund": EventKind.REFUND,
    "early_repayment": EventKind.REPAYMENT, "prepayment": EventKind.REPAYMENT, "foreclosure": EventKind.PAYOFF,
    "waive_interest": EventKind.WAIVER, "passed_on": EventKind.PASSED_ON, "late_fee": EventKind.PENALTY,
    "reversal": EventKind.REVERSAL, "reschedule": EventKind.RESCHEDULE,
}  # fmt: skip
WITHOUT_AMOUNT = {
    EventKind.PAYOFF, EventKind.WRITE_OFF, EventKind.RATE_CHANGE, EventKind.EXTENSION, EventKind.RESCHEDULE,
    EventKind.MISUSE, EventKind.REVERSAL,
}  # fmt: skip
PERCENT_FEES = {"charge_fee_percent", "charge_instalment_fee_percent"}
JOBS = {"end_of_day_job", "close_of_business"}


class Happenings:
    """The events of one case, read one by one; `job_days` are days whose close of business was run."""

    def __init__(self, reader: Reader, contract: Contract) -> None:
        self.reader, self.contract = reader, contract
        self.events: list[Event] = []
        self.names: dict[int, str] = {}
        self.job_days: list[date] = []
        # some close the day before the one they run on
        self.job_lag = timedelta(days=int(reader.terms.get("job_lag_days", 0)))

    def read(self) -> list[Event]:
        """All of them, in the order of the case. Raises CaseUnclear."""
        stated = self.reader.raw.get("events") or []
        if not any(event.get("type") in ("disbursement", "drawdown") for event in stated):
            self._add(EventKind.DRAWDOWN, self.contract.drawdown_date, self.contract.principal.minor, "disbursement")
        for number, event in enumerate(stated):
            self._read(event, f"events[{number}]")
        return self.events

    def _read(self, stated: Mapping[str, Any], where: str) -> None:
        name = str(stated.get("type"))
        day = self.reader.day("date", stated)
        if day is None:
            raise CaseUnclear("an event needs a date", field=f"{where}.date")
        if name in JOBS:
            self.job_days.append(day - self.job_lag)
        elif name in PERCENT_FEES:
            self._percent_fee(stated, name, day)
        elif name.startswith("undo_"):
            self._undo(name.removeprefix("undo_"), day, where)
        elif name not in SIMPLE:
            raise CaseUnclear("no such event", field=f"{where}.type", value=name, known=sorted(SIMPLE))
        else:
            self._simple(stated, SIMPLE[name], name, day, where)

    def _simple(self, stated: Mapping[str, Any], kind: EventKind, name: str, day: date, where: str) -> None:
        amount = 0
        if "amount" in stated and stated["amount"] is not None:
            amount = self.reader.amount(stated["amount"], f"{where}.amount")
        elif kind not in WITHOUT_AMOUNT:
            raise CaseUnclear("an amount is missing", field=f"{where}.amount")
        if amount < 0 or (amount == 0 and kind not in WITHOUT_AMOUNT):
            raise CaseUnclear("an amount must be more than nothing", field=f"{where}.amount", value=stated["amount"])
        if day < self.contract.drawdown_date:
            raise CaseUnclear("before the drawdown", field=f"{where}.date", value=str(day))
        data: dict[str, Any] = {}
        if kind == EventKind.RATE_CHANGE:
            rate = self.reader.number(stated.get("new_annual_rate_pct"), f"{where}.new_annual_rate_pct")
            data["annual_rate"] = rate / 100
            day = self.reader.day("effective_from", stated) or day
        if due := self.reader.day("due_date", stated):
            data["due_date"] = due
        for option in ("effect", "rank"):
            if option in stated:
                data[option] = str(stated[option]).upper()
        if kind == EventKind.EXTENSION:
            data["maturity_date"] = self.reader.day("maturity_date", stated) or self.reader.day(
                "new_maturity_date", stated
            )
        if kind == EventKind.RESCHEDULE:
            day, data["due_dates"] = self._moved(stated, day, where)
        reverses = self._number_of(stated, where) if kind == EventKind.REVERSAL else None
        self._add(kind, day, amount, name, reverses=reverses, data=data)

    def _moved(self, stated: Mapping[str, Any], day: date, where: str) -> tuple[date, list[date]]:
        """A row's due date and all after it, moved by the same pace; it takes effect before the old date."""
        before = self.reader.day("rescheduleFromDate", stated)
        after = self.reader.day("adjustedDueDate", stated)
        if "due_dates" in stated:
            days = [self.reader.day("due_date", {"due_date": value}) for value in stated["due_dates"]]
            return day, [found for found in days if found]
        days = [self.reader.day("due_date", {"due_date": value}) for value in self.reader.terms.get("due_dates") or []]
        if before is None or after is None or not days:
            raise CaseUnclear("a reschedule needs the old and the new due date, and terms.due_dates", field=where)
        return min(day, before - timedelta(days=1)), [found for found in days if found]

    def _percent_fee(self, stated: Mapping[str, Any], name: str, day: date) -> None:
        """A fee in percent of the plan: of each instalment, or of all that was first planned."""
        share = Fraction(self.reader.number(stated.get("percent"), "percent")) / 100
        draws = [event for event in self.events if event.kind == EventKind.DRAWDOWN]
        rows = loan.fold(self.contract, draws, self.contract.drawdown_date).rows
        mode = self.contract.conventions.rounding
        if name == "charge_instalment_fee_percent":
            for row in rows:
                fee = round_ratio((row.principal.minor + row.interest.minor) * share, mode)
                self._add(EventKind.FEE, day, fee, name, data={"due_date": row.due_date})
            return
        whole = sum(row.principal.minor + row.interest.minor for row in rows)
        due = self.reader.day("due_date", stated) or day
        self._add(EventKind.FEE, day, round_ratio(whole * share, mode), name, data={"due_date": due})

    def _undo(self, name: str, day: date, where: str) -> None:
        kind = SIMPLE.get(name)
        last = next((event for event in reversed(self.events) if event.kind == kind), None)
        if last is None:
            raise CaseUnclear("nothing to undo", field=f"{where}.type", value=f"undo_{name}")
        self._add(EventKind.REVERSAL, day, 0, f"undo_{name}", reverses=last.sequence)

    def _number_of(self, stated: Mapping[str, Any], where: str) -> int:
        number = stated.get("reverses")
        if not isinstance(number, int) or not 0 <= number < len(self.events):
            raise CaseUnclear("which event, by its number from 0, is taken back?", field=f"{where}.reverses")
        return number

    def _add(
        self, kind: EventKind, day: date, amount: int, name: str, *, reverses: int | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        number = len(self.events)
        money = Money(amount, self.contract.currency)
        self.events.append(Event(kind, day, money, number, reverses=reverses, data=data or {}))
        self.names[number] = name
