"""How a limit was used: goods that blocked it, loans that utilised it, what released it; and the picture of it."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN

from django.db.models import Min, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from scf.domain.money import Money
from scf.kernel.charts import BOTTOM, TOP, WIDTH, Chart, Line, stepped

from ..models import Cap, CoverCheck, Pledge, PledgeLine
from .caps import FIELDS, key_of

LINES_MAX = 2_000


class Move(enum.StrEnum):
    """What happens to a limit."""

    BLOCK = "BLOCK"  # goods are reserved for a case
    UTILISE = "UTILISE"  # its loan is paid out
    RELEASE = "RELEASE"  # the goods are let go, or the case has ended
    PAID = "PAID"  # the buyer has paid for a part: it carries nothing any more


@dataclass(frozen=True, slots=True)
class Step:
    """One change: `change` is what it adds to the use, `used` the use after it."""

    at: datetime
    move: Move
    reference: str
    change: Money
    used: Money


@dataclass(frozen=True, slots=True)
class History:
    """The steps, the newest first, and the chart; `is_cut` where older ones are left out."""

    steps: list[Step]
    chart: Chart | None
    is_cut: bool


def history_of(cap: Cap, now: datetime) -> History:
    """Everything that used a limit, whatever the limit was then. One query."""
    level, key = key_of(cap)
    paid_out = CoverCheck.objects.filter(pledge=OuterRef("pledge")).values("pledge").annotate(at=Min("at")).values("at")
    lines = PledgeLine.objects.filter(Q(**{FIELDS[level]: key}), currency=cap.currency)
    if cap.lender_id is not None:
        lines = lines.filter(pledge__bank=cap.lender_id)
    rows = list(
        lines.annotate(paid_out_at=Subquery(paid_out)).select_related("pledge", "release").order_by("-pk")[:LINES_MAX]
    )
    bare = sorted((step for row in rows for step in _steps(row, cap, now)), key=lambda step: step[0])
    used, steps = 0, list[Step]()
    for at, move, reference, minor in bare:
        used += minor
        steps.append(Step(at, move, reference, Money(minor, cap.currency), Money(used, cap.currency)))
    return History(steps[::-1], _chart(steps, cap, now), len(rows) == LINES_MAX)


def _steps(row: PledgeLine, cap: Cap, now: datetime) -> list[tuple[datetime, Move, str, int]]:
    pledge, carries = row.pledge, row.lendable_minor
    # a lender's own limits know a case once its goods are that lender's security
    since = pledge.pledged_at if cap.lender_id is not None or cap.level == "BANK" else row.taken_at
    if since is None:
        return []
    found = [(since, Move.BLOCK, pledge.reference, carries)]
    if row.paid_out_at is not None:  # type: ignore[attr-defined]
        found.append((max(since, row.paid_out_at), Move.UTILISE, pledge.reference, 0))  # type: ignore[attr-defined]
    ended = row.release.at if row.release is not None else pledge.released_at
    has_ended = not row.counts or pledge.state in (Pledge.State.RELEASED, Pledge.State.SOLD)
    if has_ended:
        found.append((max(since, ended or since), Move.RELEASE, pledge.reference, -carries))
    elif row.paid_quantity:
        left = int((carries * row.unpaid_quantity / row.quantity).to_integral_value(ROUND_DOWN))
        found.append((now, Move.PAID, pledge.reference, left - carries))
    return found


def _chart(steps: Sequence[Step], cap: Cap, now: datetime) -> Chart | None:
    """Use over time under its limit; None where it was never used."""
    if not steps:
        return None
    first = steps[0].at
    seconds = max((now - first).total_seconds(), 86400.0)
    top = max(cap.limit_minor, max(step.used.minor for step in steps), 1)

    def y(minor: int) -> float:
        return round((top - minor) / top * (BOTTOM - TOP) + TOP, 1)

    def x(at: datetime) -> float:
        return round(min((at - first).total_seconds() / seconds, 1.0) * WIDTH, 1)

    points = stepped((x(step.at), y(step.used.minor)) for step in steps)
    lines = (
        Line(points, "accent", _("in use"), str(steps[-1].used)),
        Line(f"0,{y(cap.limit_minor)} {WIDTH},{y(cap.limit_minor)}", "bad", _("limit"), str(cap.limit)),
    )
    levels = tuple((y(top * part // 4), str(Money(top * part // 4, cap.currency))) for part in (0, 2, 4))
    ends = ((0.0, f"{first:%Y-%m-%d}"), (WIDTH * 0.9, f"{now:%Y-%m-%d}"))
    words = "; ".join(f"{step.at:%Y-%m-%d}: {step.used}" for step in steps[-30:])
    return Chart(lines, levels, ends, words)
