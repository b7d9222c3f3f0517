"""What the demo's lenders want, what they are licensed for, and the programmes that place cases with them."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from scf.banks.models import Appetite
from scf.banks.services import appetites, authority, licences, programmes
from scf.domain.authority import Hat, Power, Rung
from scf.domain.money import Money
from scf.domain.pricing import Cell
from scf.domain.routing import Mode, Seat
from scf.kernel import clock
from scf.kernel.clock import day_of
from scf.parties.models import Membership, Organisation

from .story import Stage, Walk


def make(spec: dict[str, Any], *, at: datetime) -> None:
    """Licences first, then what each lender wants, then programmes; all by the people who do it."""
    administrator = _member("admin")
    for row in spec["licences"]:
        entered = licences.propose(wanted=_licence(row, day_of(at)), by=_member(row["by"]), at=at)
        licences.confirm(licence_id=entered.pk, by=administrator, at=at)
    for row in spec["appetites"]:
        enter(row, at=at)
    for row in spec["programmes"]:
        _programme(row, at=at)
    for row in spec["authority"]:
        _authority(row, at=at)


def versions(stage: Stage, spec: dict[str, Any], days: int) -> Walk:
    """Shortly before today: one version is confirmed for later, one waits for a colleague."""
    yield stage.at(days - 1, 16)
    for row in spec["later_appetites"]:
        enter(row, at=clock.now())


def enter(row: dict[str, Any], *, at: datetime) -> Appetite:
    """One version, entered and, where somebody confirms it, confirmed."""
    first = day_of(at) + timedelta(days=row.get("in_days", 0))
    made = appetites.propose(wanted=_wanted(row, first), why=row["why"], by=_member(row["by"]), at=at)
    if row.get("confirmed_by"):
        made = appetites.confirm(appetite_id=made.pk, by=_member(row["confirmed_by"]), at=at)
    return made


def _member(who: str) -> Membership:
    return Membership.objects.select_related("user", "organisation").get(user__email=f"{who}@demo.invalid")


def _wanted(row: dict[str, Any], first: date) -> appetites.Wanted:
    currency = row["currency"]
    quiet = [time.fromisoformat(text) for text in row["quiet"]] if "quiet" in row else [None, None]
    return appetites.Wanted(
        name=row["name"], products=row["products"], amount_min=Money(row["min"], currency),
        amount_max=Money(row["max"], currency), tenor_days_min=row["tenor"][0], tenor_days_max=row["tenor"][1],
        buyers=list(Organisation.objects.filter(code__in=row["buyers"])), industries=row.get("industries", []),
        prices=[Cell.from_json(cell) for cell in row.get("prices", [])], quiet_from=quiet[0], quiet_to=quiet[1],
        target_hours=row.get("hours", 24), valid_from=first,
    )  # fmt: skip


def _authority(row: dict[str, Any], *, at: datetime) -> None:
    """Who of a lender decides how much, and from where on a second signature is needed."""
    powers = [
        Power(_member(who).user_id, Hat.SIGN, Money(minor, currency))
        for who, amounts in row["powers"].items() for currency, minor in amounts.items()
    ]  # fmt: skip
    rungs = [Rung(Money(minor, currency), signatures=2) for currency, minor in row["two_above"].items()]
    made = authority.propose(
        powers=powers, rungs=rungs, valid_from=day_of(at), why=row["why"], by=_member(row["by"]), at=at
    )
    authority.confirm(matrix_id=made.pk, by=_member(row["confirmed_by"]), at=at)


def _licence(row: dict[str, Any], first: date) -> licences.Wanted:
    burden = row.get("burden_max")
    return licences.Wanted(
        kind=row["kind"], number=row["number"], net_capital=Money(row["net_capital"], "CNY"), valid_from=first,
        regions=row.get("regions", []), burden_max=Decimal(burden) if burden else None,
    )  # fmt: skip


def _programme(row: dict[str, Any], *, at: datetime) -> None:
    by_code = {organisation.code: organisation for organisation in Organisation.objects.all()}
    seats = [Seat(by_code[code].pk, rank, weight) for rank, (code, weight) in enumerate(row["seats"], 1)]
    wanted = programmes.Wanted(
        name=row["name"], mode=Mode(row["mode"]), seats=seats, priority=row["priority"],
        deadline_hours=row.get("deadline_hours", 24), products=row.get("products", []),
        currency=row.get("currency", ""), suppliers=[by_code[code] for code in row.get("suppliers", [])],
        valid_from=day_of(at) + timedelta(days=row.get("in_days", 0)),
    )  # fmt: skip
    made = programmes.propose(wanted=wanted, why=row["why"], by=_member(row["by"]), at=at)
    programmes.confirm(programme_id=made.pk, by=_member(row["confirmed_by"]), at=at)
