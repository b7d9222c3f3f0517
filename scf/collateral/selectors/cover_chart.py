"""Cover over time as a stepped line between its thresholds: figures in, places out; the template only draws."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from django.utils.translation import gettext as _

from scf.domain import margin
from scf.domain.margin import Thresholds
from scf.kernel.charts import BOTTOM, TOP, WIDTH, Chart, Line, stepped
from scf.kernel.templatetags.figures import cover_percent

from ..models import CoverCheck

STEP = Decimal("0.25")
SHOWN_TO = Decimal(2)  # cover above it is drawn at the upper edge: only what is near the thresholds matters
LABELS = 6


def over_time(checks: Sequence[CoverCheck], thresholds: Thresholds, now: datetime) -> Chart | None:
    """Cover from the first check until now; None where there was never anything owed."""
    known = [(check.at, cover) for check in checks if (cover := _cover(check)) is not None]
    if not known:
        return None
    shown = [(at, min(max(cover, Decimal(0)), SHOWN_TO)) for at, cover in known]
    first, seconds = shown[0][0], max((now - shown[0][0]).total_seconds(), 86400.0)
    lowest, highest = min([thresholds.sale, *(c for _at, c in shown)]), max([thresholds.cure, *(c for _at, c in shown)])
    bottom = (lowest / STEP).to_integral_value(ROUND_FLOOR) * STEP
    top = max((highest / STEP).to_integral_value(ROUND_CEILING) * STEP, bottom + STEP)

    def x(at: datetime) -> float:
        return round(min((at - first).total_seconds() / seconds, 1.0) * WIDTH, 1)

    def y(cover: Decimal) -> float:
        return round(float((top - cover) / (top - bottom)) * (BOTTOM - TOP) + TOP, 1)

    points = stepped((x(at), y(cover)) for at, cover in shown)
    lines = [Line(points, "accent", _("cover"), cover_percent(known[-1][1]))]
    for tone, name, at_cover in (
        ("good", _("cured at"), thresholds.cure), ("wait", _("called below"), thresholds.call),
        ("bad", _("sale below"), thresholds.sale),
    ):  # fmt: skip
        lines.append(Line(f"0,{y(at_cover)} {WIDTH},{y(at_cover)}", tone, name, cover_percent(at_cover)))
    levels = tuple(
        (y(bottom + n * STEP), cover_percent(bottom + n * STEP)) for n in range(int((top - bottom) / STEP) + 1)
    )
    words = "; ".join(f"{at:%Y-%m-%d}: {cover_percent(cover)}" for at, cover in known[-30:])
    return Chart(tuple(lines), levels, _days(first, seconds), words)


def _cover(check: CoverCheck) -> Decimal | None:
    return margin.cover(check.carries, check.owed)


def _days(first: datetime, seconds: float) -> tuple[tuple[float, str], ...]:
    days = int(seconds // 86400)
    every = max(-(-days // LABELS), 1)
    return tuple(
        (round((n * 86400) / seconds * WIDTH, 1), f"{first + timedelta(days=n):%m-%d}")
        for n in range(0, days + 1, every)
        if n * 86400 / seconds < 0.97
    )
