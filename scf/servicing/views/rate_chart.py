"""Reference rates over time as stepped lines: figures in, places out; the template only draws."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from scf.domain.rates import Table
from scf.kernel.charts import BOTTOM, TOP, WIDTH, Chart, Line, stepped
from scf.kernel.templatetags.figures import percent

from ..models import IndexName

YEARS_SHOWN = 6
TONES = ("accent", "front")


def steps(tables: Mapping[str, Table], today: date) -> Chart | None:
    """The indices over the last years up to today; None where nothing is known of them."""
    since = date(today.year - YEARS_SHOWN + 1, 1, 1)
    shown = {name: _changes(table, since, today) for name, table in tables.items()}
    shown = {name: found for name, found in shown.items() if found}
    if not shown:
        return None
    first = max(since, min(found[0][0] for found in shown.values()))
    rates = [rate for found in shown.values() for _day, rate in found]
    lowest = (min(rates) * 100).to_integral_value(rounding="ROUND_FLOOR")
    highest = max((max(rates) * 100).to_integral_value(rounding="ROUND_CEILING"), lowest + 1)
    days = max((today - first).days, 1)

    def x(day: date) -> float:
        return round((max(day, first) - first).days * WIDTH / days, 1)

    def y(level: Decimal) -> float:
        return round(float((highest - level) / (highest - lowest)) * (BOTTOM - TOP) + TOP, 1)

    lines = []
    for tone, (name, found) in zip(TONES, shown.items(), strict=False):
        points = stepped((x(day), y(rate * 100)) for day, rate in found)
        lines.append(Line(points, tone, str(IndexName(name).label), percent(found[-1][1])))
    count = int(highest - lowest)
    levels = tuple((y(lowest + n), f"{lowest + n} %") for n in range(count + 1))
    years = tuple((x(date(year, 1, 1)), str(year)) for year in range(first.year + 1, today.year + 1))
    return Chart(tuple(lines), levels, years, _words(shown))


def _changes(table: Table, since: date, today: date) -> list[tuple[date, Decimal]]:
    """Days on which the value changed; the first is the one in force at `since`."""
    found: list[tuple[date, Decimal]] = []
    for value in table.values:
        if value.effective_from > today:
            break
        if value.effective_from <= since:
            found = [(since, value.rate)]
        elif not found or found[-1][1] != value.rate:
            found.append((value.effective_from, value.rate))
    return found


def _words(shown: Mapping[str, list[tuple[date, Decimal]]]) -> str:
    return "; ".join(
        f"{IndexName(name).label}: " + ", ".join(f"{day} {rate * 100:.2f} %" for day, rate in found)
        for name, found in shown.items()
    )
