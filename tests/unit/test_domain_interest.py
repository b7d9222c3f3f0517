"""Interest and day counts against published values."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from scf.domain import daycount, interest
from scf.domain.money import Money


def simple(days: int, *, amount="1000000.00", rate="0.0435", basis="ACT/360") -> str:
    start = date(2026, 9, 1)
    end = date.fromordinal(start.toordinal() + days)
    principal = Money.of(amount, "CNY")
    return str(
        interest.simple_interest(
            principal=principal, annual_rate=Decimal(rate), start=start, end=end, basis=basis
        ).amount
    )


def test_a_million_for_ninety_days_is_the_published_value():
    assert simple(90) == "10875.00"


def test_a_penalty_of_half_more_is_the_published_value():
    # 200,000 at 5 % x 1.5 for thirty days, a published example of the central bank's rule
    assert simple(30, amount="200000.00", rate="0.075") == "1250.00"


@pytest.mark.parametrize(
    ("amount", "expected"), [("0.01", "0.00"), ("41.38", "0.01"), ("41.37", "0.00"), ("124.14", "0.02")]
)
def test_rounds_half_up_to_the_fen(amount, expected):
    # one day at 4.35 % on 41.38 is half a fen and a little; on 41.37 a little less than half
    assert simple(1, amount=amount) == expected


def test_no_day_bears_nothing_and_a_period_backwards_is_refused():
    assert simple(0) == "0.00"
    with pytest.raises(interest.PeriodReversed):
        simple(-1)


def test_sums_exactly_and_rounds_once():
    day = date(2026, 9, 1)
    segments = [
        interest.Segment(date.fromordinal(day.toordinal() + i), date.fromordinal(day.toordinal() + i + 1),
                         Money(4137, "CNY"), Decimal("0.0435"))
        for i in range(90)
    ]  # fmt: skip

    # each day alone rounds to nothing; together they are 44.99 fen
    assert interest.cumulative(segments, basis="ACT/360", currency="CNY").minor == 45


@pytest.mark.parametrize(
    ("start", "end"), [("2006-08-20", "2007-02-20"), ("2007-02-20", "2007-08-20"), ("2008-02-20", "2008-08-20"),
                       ("2008-08-20", "2009-02-20")]
)  # fmt: skip
def test_thirty_360_counts_half_years_as_published(start, end):
    # QuantLib test-suite/daycounters.cpp, testThirty360_BondBasis
    assert daycount.thirty_360(date.fromisoformat(start), date.fromisoformat(end)) == Fraction(1, 2)


def test_every_basis_counts_the_start_and_not_the_end():
    for count in daycount.BY_CODE.values():
        assert count(date(2026, 9, 1), date(2026, 9, 1)) == 0
    assert daycount.act_360(date(2026, 9, 1), date(2026, 9, 2)) == Fraction(1, 360)
    assert daycount.act_365_fixed(date(2028, 1, 1), date(2029, 1, 1)) == Fraction(366, 365)
