"""Cover over time as places of a chart: everything within the frame, thresholds in order."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from scf.collateral.models import CoverCheck
from scf.collateral.selectors.cover_chart import BOTTOM, TOP, WIDTH, over_time
from scf.domain.margin import Thresholds

START = datetime(2031, 3, 3, 4, tzinfo=UTC)
LIMITS = Thresholds(Decimal("0.80"), Decimal("0.95"), Decimal("1.00"))


def check(days: int, carries: int, owed: int) -> CoverCheck:
    return CoverCheck(at=START + timedelta(days=days), carries_minor=carries, owed_minor=owed, currency="CNY")


def test_every_point_is_within_the_frame_and_thresholds_stand_in_order():
    rows = [check(0, 114_75, 100_00), check(2, 40_00, 100_00), check(5, 900_00, 100_00), check(6, 1, 0)]
    chart = over_time(rows, LIMITS, START + timedelta(days=9))

    places = [tuple(map(float, point.split(","))) for line in chart.lines for point in line.points.split()]
    assert all(0 <= x <= WIDTH and TOP <= y <= BOTTOM for x, y in places)
    heights = [float(line.points.split()[0].split(",")[1]) for line in chart.lines[1:]]
    assert heights == sorted(heights)  # downwards: cure, call, sale
    assert chart.lines[0].text.startswith("900") and "40" in chart.words and len(chart.years) > 2


def test_nothing_owed_is_no_chart():
    assert over_time([check(0, 1, 0)], LIMITS, START) is None
