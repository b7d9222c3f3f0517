"""What goods are worth in the demo: commodities and their names, invented prices as a feed brings them, limits."""

# budget: orchestration: prices, names and limits by the services that keep them
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from scf.collateral.gateways import price_feed
from scf.collateral.gateways.sandbox_register import market
from scf.collateral.models import Commodity
from scf.collateral.services import caps, naming, prices
from scf.domain.money import Money
from scf.kernel import clock
from scf.parties.models import Organisation

from .story import Stage, Walk, member

PAST_DAYS = 365
DAILY_DAYS = 16  # before the end; until then the feed brings a week at a time
SATURDAY, FRIDAY = 5, 4
CURRENCY = "CNY"


def keep(stage: Stage, spec: dict[str, Any], today: date) -> Walk:
    """Commodities, a year of prices and limits at first, then prices as they come; some wait for a second person."""
    yield stage.at(0, 8, 30)
    for row in spec["commodities"]:
        _commodity(row)
    _bring(stage.first_day - timedelta(days=PAST_DAYS - spec["days"]), stage.first_day, today)
    for row in spec["caps"]:
        _limit(row, is_left=False)
    last = stage.first_day
    for day in _days(stage.first_day, today):
        yield stage.at((day - stage.first_day).days, 7, 30)
        _bring(last + timedelta(days=1), day, today)
        last = day
    _leave_some(spec)


def _days(first: date, today: date) -> Iterator[date]:
    """On which the feed is asked."""
    for offset in range(1, (today - first).days + 1):
        day = first + timedelta(days=offset)
        if day.weekday() == FRIDAY or (day.weekday() < SATURDAY and (today - day).days < DAILY_DAYS):
            yield day


def _commodity(row: dict[str, Any]) -> None:
    terms = {name: value for name, value in row.items() if name != "item_code"}
    made = Commodity.objects.create(**terms)
    naming.add_name(commodity=made, grade="", kind="CODE", value=row["item_code"], by=None, at=clock.now())


def _bring(since: date, until: date, anchor: date) -> None:
    """What the sandbox's feed publishes of these days."""
    entries = market.published(since=since, until=until, anchor=anchor)
    rows, _bad = price_feed.read(list(entries))
    prices.receive_prices(rows=rows, feed=market.NAME, at=clock.now())


def _limit(row: dict[str, Any], *, is_left: bool) -> None:
    """Entered by the administrator, confirmed by the clerk."""
    whom: Organisation | Commodity
    if row["level"] == "COMMODITY":
        whom = Commodity.objects.get(code=row["whom"])
    else:
        whom = Organisation.objects.get(code=row["whom"])
    lender = Organisation.objects.get(code=row["lender"]) if "lender" in row else None
    wanted = caps.Wanted(row["level"], whom, Money.of(row["limit"], CURRENCY), clock.today(), lender=lender)
    change = caps.propose(wanted=wanted, why="演示值 / demo value", by=member("admin"), at=clock.now())
    if not is_left:
        caps.confirm(change_ids=[change.pk], by=member("clerk"), at=clock.now())


def _leave_some(spec: dict[str, Any]) -> None:
    """A price and a limit wait for a second person when the story ends."""
    _limit({**spec["caps"][0], "limit": "1500000"}, is_left=True)
    rice = Commodity.objects.get(code=spec["caps"][0]["whom"])
    prices.propose(
        commodity=rice, grade="特级", as_of=clock.today(), price=Decimal("88.00"), origin="演示值 / demo value",
        by=member("admin"), at=clock.now(),
    )  # fmt: skip
