"""Published loan cases against this engine: loans through `replay_loan`'s answer, other kinds through their functions.

`check(case, profiles)` returns the differences, none where all published
figures are met to the cent. Used by the tests and by `make vectors`.
"""

# budget: one small comparer for each kind of published figure; together they are the meaning of "equal"

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from scf.domain import calendars, daycount, irr, loan, valuation
from scf.domain.classes import RangeTable
from scf.domain.conventions import CHINA, round_ratio
from scf.domain.events import Event, EventKind
from scf.domain.money import Money
from scf.domain.planning import level_instalment
from scf.domain.terms import Contract
from scf.servicing.gateways.answers import answer
from scf.servicing.gateways.profiles import Profiles

DATA = Path(__file__).parent / "data" / "loans"
ROW_PARTS = (
    "due_date", "principal", "interest", "fees", "penalty", "due", "balance_after", "paid", "paid_in_advance",
    "paid_late", "outstanding", "paid_date",
)  # fmt: skip
EVENT_PARTS = ("amount", "principal", "interest", "fees", "penalty", "left", "balance")
EVENT_NAMES = {
    "Disbursement": ("disbursement",), "Repayment": ("repayment", "pay_off"), "Accrual": ("accrual",),
    "Charge-off": ("charge_off",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a case: differences, or why it does not apply."""

    case: dict[str, Any]
    differences: list[str]
    not_applicable: str = ""

    @property
    def verdict(self) -> str:
        """passed, failed or not applicable."""
        return "not applicable" if self.not_applicable else "failed" if self.differences else "passed"


def cases() -> list[dict[str, Any]]:
    """All the published cases that are kept here."""
    return json.loads((DATA / "open.json").read_text())


def profiles() -> Profiles:
    """Their sets of conventions."""
    return Profiles.read(DATA / "profiles.json")


def disputed() -> dict[str, str]:
    """Cases held to be wrong or short of inputs, with the arithmetic that shows it."""
    return json.loads((DATA / "disputed.json").read_text())


def check(case: dict[str, Any], known: Profiles) -> Result:
    """Work the case out and compare every published figure."""
    if case["id"] in (reasons := disputed()):
        return Result(case, [], reasons[case["id"]])
    if case["relevance"] == "study":
        return Result(case, [], "study: " + "; ".join(case["assumptions"]))
    if special := SPECIAL.get(case["id"]) or SPECIAL.get(case["kind"]):
        return Result(case, list(special(case)))
    found = answer(case, known)
    if found["problems"]:
        return Result(case, [str(problem) for problem in found["problems"]])
    return Result(case, list(_compare(case, found)))


# -- loans ----------------------------------------------------------------------


def _compare(case: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    expected = case["expected"]
    known = {*COMPARERS, "as_of", "transactions_as_of", "note"}
    for part, value in expected.items():
        if part not in known:
            yield f"{part}: published, and not compared"
        elif part in COMPARERS:
            yield from COMPARERS[part](value, found, case)


def _schedule(value: Any, found: dict[str, Any], case: dict[str, Any]) -> Iterator[str]:
    rows = found["schedule"]
    is_partial = len(value) < len(rows) and value[-1].get("balance_after") != "0.00"
    if len(value) != len(rows) and not is_partial:
        yield f"{len(rows)} rows, published {len(value)}"
    for published, ours in zip(value, rows, strict=False):
        for part in ROW_PARTS:
            if part in published and published[part] != ours[part]:
                yield f"row {published['n']} {part}: {ours[part]}, published {published[part]}"


def _totals(value: Any, found: dict[str, Any], case: dict[str, Any]) -> Iterator[str]:
    digits = 0 if all("." not in total for total in value.values()) else 2
    for part, total in value.items():
        if _rounded(found["totals"][part], digits) != Decimal(total):
            yield f"total {part}: {found['totals'][part]}, published {total}"


def _transactions(value: Any, found: dict[str, Any], case: dict[str, Any]) -> Iterator[str]:
    left = [dict(event) for event in found["events"]]
    for published in value:
        names = EVENT_NAMES[published["type"]]
        ours = next((e for e in left if e["date"] == published["date"] and e["type"] in names), None)
        if ours is None:
            yield f"{published['type']} of {published['date']}: missing"
            continue
        left.remove(ours)
        parts = ("amount",) if published["type"] in ("Accrual", "Disbursement") else EVENT_PARTS
        for part in (*parts, "prepayment_fee"):
            mine = ours.get("fees" if part == "prepayment_fee" else part)
            if part in published and mine != published[part]:
                yield f"{published['type']} of {published['date']} {part}: {mine}, published {published[part]}"


def _settlement(value: Any, found: dict[str, Any], case: dict[str, Any]) -> Iterator[str]:
    at = _standing(found, value, case)["settlement"]
    names = {"prepayment_fee": "fees"}
    for part, amount in value.items():
        if part not in ("as_of", "days") and at[names.get(part, part)] != amount:
            yield f"settlement {part}: {at[names.get(part, part)]}, published {amount}"


def _accrued(value: Any, found: dict[str, Any], case: dict[str, Any]) -> Iterator[str]:
    for asked in value:
        at = _standing(found, asked, case)
        for part in ("amount", "days"):
            if part in asked and str(at[part]) != str(asked[part]):
                yield f"accrued {asked}: {part} {at[part]}"


def _penalty(value: Any, found: dict[str, Any], case: dict[str, Any]) -> Iterator[str]:
    for asked in value:
        if "as_of" not in asked:
            exact = Fraction(asked["base"]) * Fraction(asked["rate_pct"]) / 100 * asked["days"] / 365
            if Decimal(round_ratio(exact, "HALF_UP")) != Decimal(asked["amount"]):
                yield f"penalty {asked}: {float(exact)}"
            continue
        at = _standing(found, asked, case)
        mine = at["penalty_by_row"].get(str(asked["n"]), "0.00") if "n" in asked else at["penalty"]
        if mine != asked["amount"]:
            yield f"penalty {asked}: {mine}"


def _standing(found: dict[str, Any], asked: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    start = date.fromisoformat(case["disbursement_date"] or "2001-01-01")
    day = asked.get("as_of") or str(start + timedelta(days=asked["days"]))
    return next(at for at in found["accrued"] if at["as_of"] == day)


def _level(value: Any, found: dict[str, Any], case: dict[str, Any]) -> Iterator[str]:
    if found["level_instalment"] != value:
        yield f"level instalment: {found['level_instalment']}, published {value}"


def _rows_to_unit(value: Any, found: dict[str, Any], case: dict[str, Any]) -> Iterator[str]:
    for row in value:
        ours = found["schedule"][row["n"] - 1]
        for part in ("principal", "interest", "balance_after"):
            if _rounded(ours[part], 0) != Decimal(row[part]):
                yield f"row {row['n']} {part}: {ours[part]}, published {row[part]}"


def _broken(value: Any, found: dict[str, Any], case: dict[str, Any]) -> Iterator[str]:
    if found["broken_period_interest"] != value:
        yield f"broken period: {found['broken_period_interest']}, published {value}"


def _after_payment(value: Any, found: dict[str, Any], case: dict[str, Any]) -> Iterator[str]:
    if found["balance"]["principal"] != value["principal"]:
        yield f"principal: {found['balance']['principal']}, published {value['principal']}"


def _to_maturity(value: Any, found: dict[str, Any], case: dict[str, Any]) -> Iterator[str]:
    paid = sum(Decimal(event["interest"]) for event in found["events"] if event["type"] == "repayment")
    if (rest := Decimal(found["totals"]["interest"]) - paid) != Decimal(value):
        yield f"interest to maturity: {rest}, published {value}"


def _status(value: Any, found: dict[str, Any], case: dict[str, Any]) -> Iterator[str]:
    if found["balance"]["status"] != value:
        yield f"status: {found['balance']['status']}, published {value}"


def _dpd(value: Any, found: dict[str, Any], case: dict[str, Any]) -> Iterator[str]:
    for asked in value:
        if (mine := _standing(found, asked, case)["days_past_due"]) != asked["dpd"]:
            yield f"days past due on {asked['as_of']}: {mine}, published {asked['dpd']}"


def _due_dates(value: Any, found: dict[str, Any], case: dict[str, Any]) -> Iterator[str]:
    for number, day in value.items():
        if (mine := found["schedule"][int(number) - 1]["due_date"]) != day:
            yield f"due date {number}: {mine}, published {day}"


def _first(value: Any, found: dict[str, Any], case: dict[str, Any]) -> Iterator[str]:
    if found["schedule"][0]["due"] != value:
        yield f"first instalment: {found['schedule'][0]['due']}, published {value}"


def _monthly_principal(value: Any, found: dict[str, Any], case: dict[str, Any]) -> Iterator[str]:
    if found["schedule"][0]["principal"] != value:
        yield f"principal a month: {found['schedule'][0]['principal']}, published {value}"


def _left_over(value: Any, found: dict[str, Any], case: dict[str, Any]) -> Iterator[str]:
    rest = Decimal(found["schedule"][-1]["due"]) - Decimal(found["level_instalment"])
    if rest != Decimal(value):
        yield f"left over: {rest}, published {value}"


COMPARERS: dict[str, Callable[[Any, dict[str, Any], dict[str, Any]], Iterator[str]]] = {
    "schedule": _schedule, "totals": _totals, "transactions": _transactions, "settlement": _settlement,
    "accrued_interest": _accrued, "penalty": _penalty, "level_instalment": _level, "level_instalment_after": _level,
    "rows_rounded_to_unit": _rows_to_unit, "broken_period_interest": _broken, "upfront_interest": _broken,
    "after_payment": _after_payment, "interest_to_maturity": _to_maturity, "status": _status, "days_past_due": _dpd,
    "due_dates": _due_dates, "first_instalment": _first, "monthly_principal": _monthly_principal,
    "left_over": _left_over,
}  # fmt: skip


# -- other kinds ------------------------------------------------------------------


def _day_counts(case: dict[str, Any]) -> Iterator[str]:
    stated = case["inputs"]
    names = {"ACT/ACT-ISDA": "ACT/ACT ISDA", "ACT/ACT-AFB": "ACT/ACT AFB", "30/360 Bond Basis": "30/360"}
    for name, value in case["expected"].get("year_fraction", {}).items():
        if name not in names:
            continue  # ISMA needs the coupon period, which the case does not give
        mine = daycount.BY_CODE[names[name]](date.fromisoformat(stated["start"]), date.fromisoformat(stated["end"]))
        if abs(mine - Fraction(value)) > Fraction(1, 10**10):
            yield f"{name}: {float(mine)}, published {value}"
    for row in case["expected"].get("days", []):
        basis = names.get(stated["convention"], stated["convention"])
        end = stated["termination"] and date.fromisoformat(stated["termination"])
        clock = daycount.Clock(basis, date.fromisoformat(row["start"]), termination=end)
        if (mine := clock.fraction(date.fromisoformat(row["end"])) * 360) != row["days"]:
            yield f"{row}: {mine}"


def _irr(case: dict[str, Any]) -> Iterator[str]:
    stated, expected = case["inputs"], case["expected"]
    if "flows" in stated:
        flows = [(date.fromisoformat(f["date"]), -int(Decimal(f["amount"]) * 100)) for f in stated["flows"]]
        rate = irr.xirr(flows)
        yield from _near(expected, {"apr_pct": rate * 100, "xirr": rate})
        return
    if "published_instalment" in stated:
        factor = Fraction(stated["annual_rate_pct"]) / 1200
        mine = level_instalment(int(Decimal(stated["advance"]) * 100), [factor] * stated["n"], CHINA)
        yield from _near(expected, {"instalment": Decimal(mine) / 100})
        return
    instalments = [-int(Decimal(stated["instalment"]) * 100)] * stated["n"]
    monthly = irr.periodic([int(Decimal(stated["advance"]) * 100), *instalments])
    yield from _near(
        expected,
        {"effective_annual_pct": ((1 + monthly) ** 12 - 1) * 100, "nominal_annual_pct": monthly * 1200,
         "monthly_rate": monthly, "nominal_annual": monthly * 12},
    )  # fmt: skip


def _near(expected: dict[str, str], mine: dict[str, Decimal]) -> Iterator[str]:
    """Each published figure at its own number of digits; the iterated one of many digits to 1e-6."""
    for name, value in expected.items():
        if name not in mine:
            continue
        digits = min(6, len(value.partition(".")[2]))
        if abs(mine[name] - Decimal(value)) > Decimal(1).scaleb(-digits) * Decimal("0.55"):
            yield f"{name}: {mine[name]}, published {value}"


def _penalties(case: dict[str, Any]) -> Iterator[str]:
    stated, expected = case["inputs"], case["expected"]
    if "base" in stated:
        base = Money.of(stated["base"], "CNY")
        mine = _overdue(base, case, Decimal(stated["multiplier"]), stated["days"])
        if str(mine.penalty.amount) != expected["penalty_interest"]:
            yield f"penalty: {mine.penalty}, published {expected['penalty_interest']}"
        return
    due = date.fromisoformat(stated["due_date"])
    contract = Contract(
        Money.of("1000.00", "CNY"), Decimal("0.072"), "ACT/360", due - timedelta(days=90), due,
        grace_days=stated["grace_days"],
    )  # fmt: skip
    drawdown = Event(EventKind.DRAWDOWN, contract.drawdown_date, contract.principal, 1)
    within, after = expected["checkpoints"]
    if loan.fold(contract, [drawdown], date.fromisoformat(within["paid"])).penalty:
        yield "a penalty within grace"
    day = date.fromisoformat(after["paid_after"]) + timedelta(days=1)
    found = [s for s in loan.fold(contract, [drawdown], day).stretches if s.due == "PENALTY"]
    # the source counts a day by its end, this engine by its start: from the 15th on is after the 15th
    starts = [stretch.start + timedelta(days=1) for stretch in found]
    if starts != [date.fromisoformat(after["penalty_from"])]:
        yield f"penalty from {starts}"


def _overdue(base: Money, case: dict[str, Any], factor: Decimal, days: int) -> loan.Position:
    due = date(2024, 4, 1)
    contract = Contract(
        base, Decimal(case["annual_rate_pct"]) / 100, case["day_count"], due - timedelta(days=30), due,
        penalty_factor=factor,
    )  # fmt: skip
    drawdown = Event(EventKind.DRAWDOWN, contract.drawdown_date, base, 1)
    return loan.fold(contract, [drawdown], due + timedelta(days=days))


def _classes(case: dict[str, Any]) -> Iterator[str]:
    table = RangeTable(tuple((row["code"], row["min"], row["max"]) for row in case["expected"]["ranges"]))
    for example in case["expected"]["examples"]:
        if (mine := table.code(example["dpd"])) != example["code"]:
            yield f"{example}: {mine}"


def _constructed(case: dict[str, Any]) -> Iterator[str]:
    stated, expected = case["inputs"], case["expected"]
    if "flows" in stated:
        yield from _irr(case)
    elif "balances" in stated:
        rate = Fraction(case["annual_rate_pct"]) / 100
        product = sum(int(Decimal(b["balance"]) * 100) * b["days"] for b in stated["balances"])
        mine = Decimal(round_ratio(product * rate / 360, "HALF_UP")) / 100
        if (Decimal(product) / 100, mine) != (Decimal(expected["accumulated_product"]), Decimal(expected["interest"])):
            yield f"product {product}, interest {mine}"
    elif "method" in stated:
        start, end = (date.fromisoformat(stated[name]) for name in ("start", "end"))
        principal, rate = Fraction(stated["principal"]), Fraction(case["annual_rate_pct"]) / 100
        for name, basis in (("interest", "30E/360"), ("interest_by_actual_days", "ACT/360")):
            exact = principal * rate * daycount.BY_CODE[basis](start, end) * 100
            if (mine := Decimal(round_ratio(exact, "HALF_UP")) / 100) != Decimal(expected[name]):
                yield f"{name}: {mine}, published {expected[name]}"
    elif "paid" in stated:
        yield from _paid_late(case)
    elif "penalty_interest" in expected:
        late = _overdue(Money.of(stated["base"], "CNY"), case, Decimal(2), stated["days"])
        if str(late.penalty.amount) != expected["penalty_interest"]:
            yield f"penalty {late.penalty}"
    else:
        yield from _compare(case, answer(case, profiles()))


def _paid_late(case: dict[str, Any]) -> Iterator[str]:
    start, due = (date.fromisoformat(case[name]) for name in ("disbursement_date", "maturity_date"))
    principal = Money.of(case["principal"], "CNY")
    contract = Contract(principal, Decimal(case["annual_rate_pct"]) / 100, "ACT/360", start, due)
    drawdown = Event(EventKind.DRAWDOWN, start, principal, 1)
    at = loan.fold(contract, [drawdown], date.fromisoformat(case["inputs"]["paid"]))
    mine = {
        "interest_due": at.interest, "penalty_on_principal": at.penalty, "compound_on_interest": at.compound,
        "total": at.payoff,
    }  # fmt: skip
    for name, amount in mine.items():
        if str(amount.amount) != case["expected"][name]:
            yield f"{name}: {amount}, published {case['expected'][name]}"


def _shortfall(case: dict[str, Any]) -> Iterator[str]:
    """Loan less value after the haircut, never below nothing."""
    owed = Money.of(case["principal"], "CNY")
    for point in case["expected"]["checkpoints"]:
        quantity, haircut = point.get("qty", "8000"), point.get("haircut_pct", "50")
        value = Money.of(str(Decimal(point["unit_price"]) * Decimal(quantity)), "CNY")
        mine = valuation.shortfall(owed=owed, value=value, haircut=Decimal(haircut) / 100)
        if str(mine.amount) != point["shortfall"]:
            yield f"{point}: {mine}"


def _needed(case: dict[str, Any]) -> Iterator[str]:
    row = case["expected"]["collateral"][0]
    price, owed = (Money.of(amount, "USD") for amount in (row["price"].split()[0], case["principal"]))
    needed = valuation.units_needed(owed=owed, unit_price=price, cover=Decimal(row["ratio_pct"]) / 100)
    if needed != Decimal(row["needed_units"]):
        yield f"{row}: {needed}"


def _with_fee(case: dict[str, Any]) -> Iterator[str]:
    for row in case["expected"]["rates"]:
        rate, fee = (Decimal(row[part]) for part in ("rate", "fee_pct"))
        if (mine := irr.with_fee(annual_rate=rate, fee=fee, months=row["months"])) != Decimal(row["effective"]):
            yield f"{row}: {mine}"


def _posting_days(case: dict[str, Any]) -> Iterator[str]:
    start = date.fromisoformat(case["disbursement_date"])
    published = case["expected"]["half_monthly"]
    mine = calendars.posting_days(start, "HALF_MONTHLY", date.fromisoformat(published[-1]))
    # the case lists them from the first full month on
    if [str(day) for day in mine][1:] != published:
        yield f"half months end on {mine}"
    if calendars.posting_days(start, "WEEKLY", start + timedelta(days=10))[-1] != date(2024, 8, 25):
        yield "the week does not end on Sunday 25 August"


def _rounded(text: str, digits: int) -> Decimal:
    return round(Decimal(text) + Decimal(0), digits) if digits else Decimal(round_ratio(Fraction(text), "HALF_UP"))


SPECIAL: dict[str, Callable[[dict[str, Any]], Iterator[str]]] = {
    "day_count": _day_counts, "irr": _irr, "penalty": _penalties, "constructed": _constructed, "FRA-25": _classes,
    "FRA-30": _shortfall, "FRA-32": _posting_days, "LAN-06": _with_fee, "LAN-07": _needed,
}  # fmt: skip
