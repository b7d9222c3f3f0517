"""Market prices over time as a line: figures in, places out; the template only draws."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from scf.domain.market import Quote
from scf.kernel.charts import BOTTOM, TOP, WIDTH, Chart, Line

LEVELS_ABOUT = 4
POINTS_MAX = 800
DAYS_MAX = 365 * 2


def over_time(series: Sequence[Quote], name: str, today: date) -> Chart | None:
    """The prices up to today; None where there are fewer than two."""
    if len(series) < 2:
        return None
    shown = series[:: -(-len(series) // POINTS_MAX)]
    shown = [*shown, series[-1]] if shown[-1] != series[-1] else list(shown)
    first, days = shown[0].as_of, max((today - shown[0].as_of).days, 1)
    prices = [quote.price for quote in shown]
    step = _step(max(prices) - min(prices) or abs(prices[0]) or Decimal(1))
    bottom = (min(prices) / step).to_integral_value(ROUND_FLOOR)
    top = max((max(prices) / step).to_integral_value(ROUND_CEILING), bottom + 1)

    def x(day: date) -> float:
        return round((day - first).days * WIDTH / days, 1)

    def y(price: Decimal) -> float:
        return round(float((top * step - price) / ((top - bottom) * step)) * (BOTTOM - TOP) + TOP, 1)

    points = " ".join(f"{x(quote.as_of)},{y(quote.price)}" for quote in shown)
    levels = tuple((y((bottom + n) * step), f"{(bottom + n) * step:,f}") for n in range(int(top - bottom) + 1))
    last = f"{shown[-1].price.normalize():,f}"
    words = "; ".join(f"{quote.as_of}: {quote.price.normalize():f}" for quote in shown[-30:])
    return Chart((Line(points, "accent", name, last),), levels, _labels(first, today, x), f"{name}: {words}")


def _step(spread: Decimal) -> Decimal:
    """A round distance between levels: 1, 2 or 5 times a power of ten."""
    rough = spread / LEVELS_ABOUT
    power = Decimal(10) ** rough.adjusted()
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)


def _labels(first: date, last: date, x: Callable[[date], float]) -> tuple[tuple[float, str], ...]:
    """First days of months, or of years where there are many."""
    months = []
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        day = date(year, month, 1)
        if day >= first:
            months.append(day)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    every = -(-len(months) // 9) if months else 1
    return tuple((x(day), f"{day:%Y-%m}") for day in months[::every] if x(day) < WIDTH - 24)
