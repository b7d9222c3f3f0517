"""Reading a loan case: JSON as published loan cases come in, into a contract, events and questions.

A case names a profile: a set of conventions, kept as data (see `profiles`).
What the case itself says about rounding, instalments or fees goes before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import pairwise
from typing import Any

from scf.domain import conventions as conv
from scf.domain import terms
from scf.domain.calendars import WEEKENDS_ONLY
from scf.domain.conventions import Conventions
from scf.domain.daycount import ACTUAL_YEARS, BY_CODE, add_months
from scf.domain.events import Event
from scf.domain.money import Money
from scf.domain.terms import Contract, Plan, PlanKind

from .profiles import CaseUnclear, Profiles

KINDS = {
    "bullet": PlanKind.BULLET, "interest_only": PlanKind.INTEREST_ONLY, "equal_instalment": PlanKind.LEVEL,
    "equal_principal": PlanKind.EQUAL_PRINCIPAL, "flat_equal_instalment": PlanKind.LEVEL,
    "interest_only_then_equal_principal": PlanKind.EQUAL_PRINCIPAL, "custom_principal": PlanKind.CUSTOM,
    "interest_only_then_equal_instalment": PlanKind.LEVEL, "custom": PlanKind.CUSTOM,
}  # fmt: skip
UNSTATED_START = date(2001, 1, 1)  # for cases about a formula, which name no day
SCALE_UNROUNDED = 16
NO_END = date(9000, 1, 1)
DAYS_MAX = 300 * 365


@dataclass(frozen=True, slots=True)
class Case:
    """A case read: what was agreed, what happened, what is asked.

    as_of   business date of the check: the last event's, where none is given
    asked   further days on which figures are wanted
    scale   decimals that amounts are kept in; more than the currency's where nothing is to be rounded
    """

    id: str
    contract: Contract
    events: list[Event]
    as_of: date
    asked: list[date]
    scale: int
    raw: Mapping[str, Any]
    job_days: list[date]

    def text(self, minor: int) -> str:
        """An amount as the case writes it: two decimals."""
        shown = conv.round_ratio(Fraction(minor, 10 ** (self.scale - 2)), "HALF_UP")
        return str(Decimal(shown).scaleb(-2))


class Reader:
    """Reads one case; what makes no sense is raised as CaseUnclear with the field's name."""

    def __init__(self, raw: Mapping[str, Any], profiles: Profiles) -> None:
        self.raw = raw
        self.options, self.basis_names, self.hints = profiles.of(raw)
        self.options |= raw.get("conventions") or {}
        self.terms: dict[str, Any] = {**self.hints, **(raw.get("terms") or {})}
        rounding = raw.get("rounding") or {}
        self.scale = SCALE_UNROUNDED if str(rounding.get("mode", "")).lower() == "none" else rounding.get("scale", 2)

    def read_contract(self) -> Contract:
        """The terms. Raises CaseUnclear, TermsUnclear, UnknownConvention."""
        raw = self.raw
        start = self.day("disbursement_date") or UNSTATED_START
        if "principal" not in raw:
            raise CaseUnclear('the principal is missing: give it as a decimal such as "1000000.00"', field="principal")
        stated = raw["principal"]
        principal = self.amount("100.00" if stated is None else stated, "principal")  # null: a case about dates or days
        if principal <= 0:
            raise CaseUnclear("the principal must be more than nothing", field="principal", value=raw.get("principal"))
        basis = self._basis()
        due_dates = self._due_dates(start)
        if due_dates[-1] <= start:
            raise CaseUnclear("the last due date must come after the drawdown", field="maturity_date")
        if any(a >= b for a, b in pairwise(due_dates)):
            raise CaseUnclear("the due dates must rise", field="terms.due_dates")
        penalty = self.terms.get("penalty_rate_pct")
        return Contract(
            principal=Money(principal, "XXX"), annual_rate=self._rate(), basis=basis, drawdown_date=start,
            maturity_date=due_dates[-1], plan=self._plan(start, due_dates), conventions=self._conventions(),
            grace_days=int(self.terms.get("grace_days", 0)),
            penalty_factor=self.number(self.terms.get("penalty_factor", "1.5"), "terms.penalty_factor"),
            penalty_rate=None if penalty is None else self.number(penalty, "terms.penalty_rate_pct") / 100,
            compounds=bool(self.terms.get("compounds", True)),
            cooling_off_days=int(self.terms.get("cooling_off_days", 0)),
        )  # fmt: skip

    # -- parts ------------------------------------------------------------------

    def number(self, value: Any, name: str) -> Decimal:
        """A decimal; CaseUnclear names the field where it is none."""
        try:
            found = Decimal(str(value))
        except InvalidOperation:
            found = Decimal("nan")
        if not found.is_finite():
            raise CaseUnclear("this is not a number", field=name, value=value)
        return found

    def amount(self, value: Any, name: str) -> int:
        """An amount in the case's smallest unit."""
        scaled = self.number(value, name).scaleb(self.scale)
        if scaled != scaled.to_integral_value():
            raise CaseUnclear("finer than the smallest unit", field=name, value=value)
        return int(scaled)

    def day(self, name: str, of: Mapping[str, Any] | None = None) -> date | None:
        """A date, None where it is not given."""
        value = (self.raw if of is None else of).get(name)
        if value is None:
            return None
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            raise CaseUnclear("this is not a date (YYYY-MM-DD)", field=name, value=value) from None

    def _rate(self) -> Decimal:
        pct = self.raw.get("annual_rate_pct")
        if "dues" in self.terms:
            return Decimal(0)  # the amounts due are given, interest and all
        if pct is None and "period_rate_pct" in self.terms:
            return self.number(self.terms["period_rate_pct"], "terms.period_rate_pct") * 12 / 100
        if pct is None and (rate := self.raw.get("rate") or {}).get("kind") == "whole_term":
            days = int(self.terms.get("days", 0)) or 360
            return self.number(rate["pct"], "rate.pct") / 100 * 360 / days
        rate_pct = self.number(pct if pct is not None else 0, "annual_rate_pct")
        if rate_pct < 0:
            raise CaseUnclear("the rate must not be negative", field="annual_rate_pct", value=pct)
        return rate_pct / 100

    def _basis(self) -> str:
        name = self.raw.get("day_count") or self.hints.get("day_count") or "ACT/360"
        found = self.basis_names.get(name, name)
        if found not in BY_CODE:
            raise CaseUnclear("no such day count", field="day_count", value=name, known=sorted(BY_CODE))
        return found

    def _due_dates(self, start: date) -> tuple[date, ...]:
        unit, periods = (
            self.terms.get("unit", "months"),
            int(self.terms.get("n") or 0) * int(self.terms.get("every", 1)),
        )
        if periods * max(terms.UNIT_MONTHS.get(unit, 0) * 30, terms.UNIT_DAYS.get(unit, 0)) > DAYS_MAX:
            raise CaseUnclear("the last due date lies more than 300 years ahead", field="terms.n", value=periods)
        given = self.terms.get("due_dates")
        if given:
            stated = (self.day("due_date", {"due_date": value}) for value in given)
            return self._as_agreed([day for day in stated if day])
        if dues := self.terms.get("dues"):
            days = [day for due in dues if (day := self.day("date", due))]
            return (*days, add_months(days[-1], 1))
        maturity, count = self.day("maturity_date"), int(self.terms.get("n") or 0)
        if (count and self._kind() != PlanKind.BULLET) or (count and not maturity and "days" not in self.terms):
            first = self.day("first_due", self.terms) or self._first_by_rule(start)
            roll = WEEKENDS_ONLY.following if self.terms.get("roll") == "following" else None
            return terms.due_dates(
                start, count=count, every=int(self.terms.get("every", 1)), unit=self.terms.get("unit", "months"),
                first=first, roll=roll, end_of_month=bool(self.terms.get("end_of_month", False)),
                day=int(self.terms.get("day", 0)),
            )  # fmt: skip
        if maturity:
            return (maturity,)
        length = int(self.terms.get("days", 0))
        return (start + timedelta(days=length),) if length else (NO_END,)

    def _as_agreed(self, days: list[date]) -> tuple[date, ...]:
        """The dates as first agreed: before a reschedule moved them, and all of them where the term was shortened."""
        every = int(self.terms.get("every", 1)) * terms.UNIT_MONTHS.get(self.terms.get("unit", "months"), 0)
        for event in self.raw.get("events") or []:
            moved, before = self.day("adjustedDueDate", event), self.day("rescheduleFromDate", event)
            if moved in days and before is not None:
                place = days.index(moved)
                days = days[:place] + [add_months(before, n * (every or 1)) for n in range(len(days) - place)]
        missing = int(self.terms.get("n") or 0) - len(days)
        if every and len(days) > 1:
            days += [add_months(days[-1], every * n, anchor_day=days[0].day) for n in range(1, missing + 1)]
        return tuple(days)

    def _first_by_rule(self, start: date) -> date | None:
        if self.terms.get("rule") == "start of the next month":
            return add_months(start, 1, anchor_day=1)
        if self.terms.get("rule") == "end of the current month":
            return add_months(start, 0, anchor_day=31)
        return None

    def _kind(self) -> PlanKind:
        name = self.raw.get("repayment_type") or "bullet"
        if "dues" in self.terms:
            return PlanKind.CUSTOM
        if name in ("n/a", "revolving"):
            return PlanKind.BULLET
        if name not in KINDS:
            raise CaseUnclear("no such way of repaying", field="repayment_type", value=name, known=sorted(KINDS))
        return KINDS[name]

    def _plan(self, start: date, due_dates: tuple[date, ...]) -> Plan:
        stated, kind = self.terms, self._kind()
        unit, every = stated.get("unit", "months"), int(stated.get("every", 1))
        months = every * terms.UNIT_MONTHS.get(unit, 0) if len(due_dates) > 1 or "every" in stated else 0
        level = stated.get("level_instalment")
        first = self._full_start(start, due_dates[0], months)
        return Plan(
            kind=kind, due_dates=due_dates, months=months or (0 if unit in terms.UNIT_DAYS else 1),
            days=every * terms.UNIT_DAYS.get(unit, 0), first_start=first,
            principals=self._principals(),
            principal_grace=int(stated.get("grace_on_principal", stated.get("principal_grace", 0))),
            interest_grace=int(stated.get("interest_grace", 0)),
            level=None if level is None else self.amount(level, "terms.level_instalment"),
            balloon=self.amount(stated.get("balloon", 0), "terms.balloon"),
            by_number=bool(stated.get("by_number", False)),
        )  # fmt: skip

    def _principals(self) -> tuple[int, ...]:
        given = self.terms.get("principals") or [due["amount"] for due in self.terms.get("dues", [])]
        return tuple(self.amount(value, "terms.principals") for value in given)

    def _full_start(self, start: date, first_due: date, months: int) -> date | None:
        """The first day of the first full period, where the conventions treat the days before it apart."""
        if self.options.get("broken_period", "ACCRUE") == "ACCRUE" or not months:
            return None
        full = add_months(first_due, -months)
        return full if full > start else None

    def _conventions(self) -> Conventions:
        options, rounding = dict(self.options), self.raw.get("rounding") or {}
        mode = str(rounding.get("mode", "")).split(" ")[0].upper()
        if mode and mode != "NONE":
            options["rounding"] = mode
            options.setdefault("instalment_rounding", mode)
        unit = 10 ** (self.scale - 2)
        if multiple := rounding.get("instalment_multiple_of"):
            options["instalment_unit"] = self.amount(multiple, "rounding.instalment_multiple_of")
        elif "ceiling" in str(rounding.get("instalment", "")):
            options |= {"instalment_unit": 100 * unit, "instalment_rounding": "CEILING"}
        elif unit > 1:
            options.setdefault("instalment_unit", unit)
        if "sub_period_rounding" in rounding:
            options["rounds_stretches"] = "each" in rounding["sub_period_rounding"]
        if (self.raw.get("repayment_type") or "").startswith("flat"):
            options["interest"] = "FLAT"
        penalty = self.terms.get("penalty_rate_pct")
        if penalty is not None and options.get("overdue") == "NOTHING":  # a rate on the whole late instalment
            a_day = (
                Fraction(self.number(penalty, "terms.penalty_rate_pct")) / 100 / ACTUAL_YEARS.get(self._basis(), 360)
            )
            options["late_fee"] = {"principal": a_day, "interest": a_day}
        if (fees := self.terms.get("late_fee_per_day")) and "late_fee" not in options:
            names = {"initial_amount": "initial", "outstanding_balance": "balance", "overdue_principal": "principal",
                     "overdue_interest": "interest"}  # fmt: skip
            options["late_fee"] = {names[base]: rate for base, rate in fees.items()}
        if "prepayment_fee_pct" in self.terms:
            options["prepayment_fee"] = Fraction(str(self.terms["prepayment_fee_pct"])) / 100
            if "interest" in self.terms.get("prepayment_fee_base", ""):
                options["prepayment_fee_on"] = "interest"
        return conv.from_json(options)


def days_in(value: Any) -> list[date]:
    """Every day that is asked about under a name like `as_of`, `on` or `date` anywhere in `value`."""
    found: list[date] = []
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name in ("as_of", "on", "transactions_as_of") and isinstance(inner, str):
                found.append(date.fromisoformat(inner))
            else:
                found += days_in(inner)
    elif isinstance(value, list):
        for inner in value:
            found += days_in(inner)
    return found
