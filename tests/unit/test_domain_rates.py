"""Reference rates: what holds on a day, when loans take it over, and what must happen so that they do."""

import csv
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from scf.domain.calendars import WEEKENDS_ONLY
from scf.domain.rates import (
    FIXED,
    Agreed,
    Agreement,
    AgreementUnclear,
    Index,
    RateUnknown,
    Reset,
    Table,
    Value,
    fixings,
    next_reset,
    publication_day,
    rate_changes,
    reset_dates,
    steps,
)  # fmt: skip
from scf.kernel.calendars import china

PUBLISHED = Path(__file__).parents[2] / "fixtures" / "rates" / "lpr.csv"


def published(index: Index = Index.LPR1Y) -> Table:
    with PUBLISHED.open() as file:
        rows = [row for row in csv.DictReader(file) if row["index"] == index]
    values = tuple(Value(date.fromisoformat(r["effective_from"]), Decimal(r["rate"]) / 100) for r in rows)
    return Table(index, values, china())


def without(table: Table, *days: date) -> Table:
    return replace(table, values=tuple(value for value in table.values if value.effective_from not in days))


def following(reset: Reset, spread_bp: int = 85) -> Agreement:
    return Agreement(Index.LPR1Y, spread_bp, reset)


@pytest.mark.parametrize("index", list(Index))
def test_every_published_value_came_on_the_day_that_the_calendar_says(index):
    days = [value.effective_from for value in published(index).values]

    months = [date(year, month, 1) for year in range(2019, 2026) for month in range(1, 13)]
    assert days == [publication_day(month, china()) for month in months if month >= date(2019, 8, 1)]


@pytest.mark.parametrize(
    ("day", "index", "percent"),
    [
        (date(2019, 8, 20), Index.LPR1Y, "4.25"),
        (date(2020, 4, 19), Index.LPR1Y, "4.05"),
        (date(2020, 4, 20), Index.LPR1Y, "3.85"),
        (date(2021, 2, 20), Index.LPR5Y, "4.65"),  # a Saturday made up for the Spring Festival
        (date(2024, 2, 20), Index.LPR5Y, "3.95"),
        (date(2024, 10, 20), Index.LPR1Y, "3.35"),  # a Sunday: published the day after
        (date(2024, 10, 21), Index.LPR1Y, "3.10"),
        (date(2025, 5, 20), Index.LPR5Y, "3.50"),
    ],
)
def test_what_is_published_holds_until_the_next_one(day, index, percent):
    assert published(index).on(day).rate == Decimal(percent) / 100


def test_before_the_first_value_nothing_is_known():
    with pytest.raises(RateUnknown):
        published().on(date(2019, 8, 19))


def test_a_missing_publication_is_not_guessed_but_what_came_before_it_still_holds():
    table = without(published(), date(2024, 10, 21))

    assert table.on(date(2024, 10, 20)).rate == Decimal("0.0335")
    with pytest.raises(RateUnknown) as refusal:
        table.on(date(2024, 10, 21))
    assert refusal.value.detail["missing"] == "2024-10-21"
    assert table.known_on(date(2024, 11, 19)) is None
    assert table.on(date(2024, 11, 20)).rate == Decimal("0.0310")


def test_behind_the_last_value_nothing_is_known_once_the_next_one_was_due():
    table = published()
    last = table.values[-1].effective_from

    assert table.on(publication_day(last + timedelta(days=31), china()) - timedelta(days=1)) == table.values[-1]
    assert table.known_on(date(2026, 2, 1)) is None


def test_a_value_published_later_than_expected_is_the_one_of_its_month():
    values = (Value(date(2031, 1, 20), Decimal("0.03")), Value(date(2031, 2, 24), Decimal("0.02")))
    table = Table(Index.LPR1Y, values, WEEKENDS_ONLY)

    assert table.on(date(2031, 2, 21)).rate == Decimal("0.03")


def test_a_rate_never_falls_below_zero():
    agreement = following(Reset.YEARLY, spread_bp=-320)

    assert agreement.rate(Decimal("0.031")) == 0 and agreement.rate(Decimal("0.0345")) == Decimal("0.0025")


def test_a_fixed_rate_has_neither_spread_nor_reset():
    with pytest.raises(AgreementUnclear):
        Agreement(None, 10)
    with pytest.raises(AgreementUnclear):
        Agreement(None, 0, Reset.YEARLY)
    assert fixings(FIXED, date(2024, 1, 1), published(), date(2025, 1, 1)) == []


@pytest.mark.parametrize("agreement", [FIXED, following(Reset.IMMEDIATE, -20)])
def test_an_agreement_is_stored_as_it_is(agreement):
    assert Agreement.from_json(agreement.as_json()) == agreement


@pytest.mark.parametrize(
    ("reset", "expected"),
    [
        (Reset.NONE, []),
        (Reset.MONTHLY, [date(2024, m, 1) for m in range(4, 13)] + [date(2025, m, 1) for m in range(1, 5)]),
        (Reset.QUARTERLY, [date(2024, 4, 1), date(2024, 7, 1), date(2024, 10, 1), date(2025, 1, 1), date(2025, 4, 1)]),
        (Reset.YEARLY, [date(2025, 1, 1)]),
        (Reset.ANNIVERSARY, [date(2025, 3, 15)]),
    ],
)
def test_reset_dates_of_a_loan_of_thirteen_months(reset, expected):
    drawn, end = date(2024, 3, 15), date(2025, 4, 15)

    assert reset_dates(following(reset), drawn, published(), start=drawn, end=end) == expected


def test_an_immediate_reset_is_on_every_day_of_publication():
    drawn = date(2024, 9, 20)

    found = reset_dates(following(Reset.IMMEDIATE), drawn, published(), start=drawn, end=date(2024, 12, 31))
    assert found == [date(2024, 10, 21), date(2024, 11, 20), date(2024, 12, 20)]


def test_an_immediate_reset_waits_on_the_day_on_which_a_missing_publication_was_due():
    table = without(published(), date(2024, 10, 21))

    found = fixings(following(Reset.IMMEDIATE), date(2024, 9, 20), table, date(2024, 11, 30))
    assert [(f.day, f.rate) for f in found] == [
        (date(2024, 9, 20), Decimal("0.0420")), (date(2024, 10, 21), None), (date(2024, 11, 20), Decimal("0.0395")),
    ]  # fmt: skip


def test_a_loan_drawn_on_a_leap_day_has_its_anniversary_on_the_last_of_february():
    agreement, drawn = following(Reset.ANNIVERSARY), date(2020, 2, 29)

    found = reset_dates(agreement, drawn, published(), start=drawn, end=date(2024, 12, 31))
    assert found == [date(2021, 2, 28), date(2022, 2, 28), date(2023, 2, 28), date(2024, 2, 29)]


def test_a_loan_drawn_on_a_reset_day_has_its_first_reset_a_period_later():
    agreement, drawn = following(Reset.YEARLY), date(2024, 1, 1)

    assert next_reset(agreement, drawn, published(), drawn) == date(2025, 1, 1)
    assert next_reset(agreement, drawn, published(), drawn - timedelta(days=1)) == date(2025, 1, 1)
    assert next_reset(following(Reset.NONE), drawn, published(), drawn) is None


def test_the_rates_of_a_loan_over_five_years():
    found = rate_changes(following(Reset.YEARLY), date(2021, 6, 1), published(), date(2025, 12, 31))

    # 1 January takes over what was published in December; 2023 to 2024: 3.65, then 3.45
    assert found == {
        date(2021, 6, 1): Decimal("0.0470"), date(2022, 1, 1): Decimal("0.0465"), date(2023, 1, 1): Decimal("0.0450"),
        date(2024, 1, 1): Decimal("0.0430"), date(2025, 1, 1): Decimal("0.0395"),
    }  # fmt: skip


def test_a_rate_that_stays_is_no_change():
    found = rate_changes(following(Reset.MONTHLY), date(2020, 5, 6), published(), date(2021, 12, 19))

    assert found == {date(2020, 5, 6): Decimal("0.0470")}


class TestSteps:
    """What is asked of the loan's events."""

    agreement, drawn = following(Reset.YEARLY), date(2023, 6, 1)
    first = Decimal("0.0450")

    def wanted(self, table: Table | None = None):
        return fixings(self.agreement, self.drawn, table or published(), date(2025, 6, 1))

    def days(self, found):
        return [(step.fixing.day, step.takes_back, step.change) for step in found]

    def test_a_loan_without_events_gets_every_change(self):
        assert self.days(steps(self.first, [], self.wanted())) == [
            (date(2024, 1, 1), None, True), (date(2025, 1, 1), None, True)
        ]  # fmt: skip

    def test_what_has_happened_is_not_asked_for_again(self):
        done = [Agreed(f.day, f.rate, n, f.day) for n, f in enumerate(self.wanted()[1:])]

        assert steps(self.first, done, self.wanted()) == []

    def test_an_unknown_fixing_is_left_alone(self):
        table = without(published(), date(2023, 12, 20))

        assert self.days(steps(self.first, [], self.wanted(table))) == [(date(2025, 1, 1), None, True)]

    def test_a_corrected_value_takes_back_what_followed_from_the_wrong_one(self):
        wrong = [Agreed(date(2024, 1, 1), Decimal("0.04"), 7, date(2024, 1, 1))]

        assert self.days(steps(self.first, wrong, self.wanted()[:2])) == [(date(2024, 1, 1), 7, True)]

    def test_a_correction_back_to_the_rate_before_only_takes_back(self):
        first = Decimal("0.0430")  # the same as at the first reset
        wrong = [Agreed(date(2024, 1, 1), Decimal("0.04"), 7, date(2024, 1, 1))]

        assert self.days(steps(first, wrong, self.wanted()[1:2])) == [(date(2024, 1, 1), 7, False)]

    def test_a_reset_follows_the_index_again_after_people_had_changed_the_rate(self):
        agreed = [Agreed(date(2024, 1, 1), Decimal("0.0430"), 1, date(2024, 1, 1)),
                  Agreed(date(2024, 7, 1), Decimal("0.0395"), 2)]  # fmt: skip

        # 0.0395 is what the index gives on 1 January 2025, too: nothing to do
        assert steps(self.first, agreed, self.wanted()) == []
        agreed[1] = Agreed(date(2024, 7, 1), Decimal("0.0380"), 2)
        assert self.days(steps(self.first, agreed, self.wanted())) == [(date(2025, 1, 1), None, True)]

    def test_a_rate_set_by_people_on_the_very_day_stands(self):
        agreed = [Agreed(date(2024, 1, 1), Decimal("0.0440"), 1), Agreed(date(2025, 1, 1), Decimal("0.0400"), 2)]

        assert steps(self.first, agreed, self.wanted()) == []

    def test_the_drawdown_itself_is_fixed_late_where_its_value_was_missing(self):
        assert self.days(steps(Decimal("0.05"), [], self.wanted()[:1])) == [(self.drawn, None, True)]
