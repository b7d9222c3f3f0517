"""Business days, with China's make-up working days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scf.domain.calendars import WEEKENDS_ONLY, Calendar
from scf.kernel.calendars import calendar_for, china, codes_for, england, hong_kong, target, united_states

days = st.dates(date(2005, 1, 1), date(2040, 12, 31))
INVENTED = Calendar(
    holidays=frozenset({date(2031, 3, 3)}), workdays=frozenset({date(2031, 3, 8)}), known_to=date(2031, 12, 31)
)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2024, 2, 9), True),  # the eve of the Spring Festival: companies were asked to, banks worked
        (date(2024, 2, 12), False),  # Spring Festival, a Monday
        (date(2024, 2, 18), True),  # a Sunday made up for it
        (date(2024, 10, 1), False),
        (date(2024, 10, 12), True),  # a Saturday made up for National Day
        (date(2024, 10, 19), False),  # a plain Saturday
        (date(2024, 10, 21), True),
    ],
)
def test_china_worked_as_the_state_council_said(day, works):
    assert china().is_business_day(day) is works and china().is_known(day)


def test_beyond_the_last_published_year_it_says_so():
    assert not china().is_known(china().known_to + timedelta(days=1))
    assert china().is_business_day(date(2039, 10, 3))  # a Monday of a National Day week that nobody has published


@pytest.mark.parametrize(
    ("day", "following"),
    [
        (date(2031, 3, 4), date(2031, 3, 4)),
        (date(2031, 3, 1), date(2031, 3, 4)),  # Saturday, Sunday, a holiday
        (date(2031, 3, 8), date(2031, 3, 8)),  # a Saturday that is worked
        (date(2031, 3, 9), date(2031, 3, 10)),
    ],
)
def test_following_is_the_day_itself_or_the_next_that_is_worked(day, following):
    assert INVENTED.following(day) == following


def test_adding_business_days_steps_over_what_is_not_worked():
    assert INVENTED.add_business_days(date(2031, 2, 28), 1) == date(2031, 3, 4)
    assert INVENTED.add_business_days(date(2031, 3, 7), 2) == date(2031, 3, 10)
    assert INVENTED.add_business_days(date(2031, 3, 9), 0) == date(2031, 3, 9)


@given(day=days)
def test_following_is_worked_and_skips_nothing_that_is(day):
    found = WEEKENDS_ONLY.following(day)

    assert WEEKENDS_ONLY.is_business_day(found) and day <= found <= day + timedelta(days=2)
    assert not any(WEEKENDS_ONLY.is_business_day(day + timedelta(days=n)) for n in range((found - day).days))


@given(day=days, first=st.integers(0, 15), second=st.integers(0, 15))
def test_steps_add_up(day, first, second):
    once = china().add_business_days(day, first + second)

    assert china().add_business_days(china().add_business_days(day, first), second) == once


@pytest.mark.parametrize(
    ("calendar", "day", "works"),
    [
        (united_states, date(2026, 11, 26), False),  # Thanksgiving
        (united_states, date(2026, 7, 3), True),  # 4 July is a Saturday: the Federal Reserve works on Friday
        (united_states, date(2027, 7, 5), False),  # 4 July is a Sunday: closed on Monday
        (target, date(2026, 4, 3), False),  # Good Friday
        (target, date(2026, 11, 11), True),
        (england, date(2026, 12, 28), False),  # for Boxing Day, a Saturday
        (hong_kong, date(2026, 4, 3), False),  # Good Friday, which the library counts as optional
        (hong_kong, date(2026, 10, 19), False),  # the day after Chung Yeung
    ],
)
def test_other_places_rest_on_their_own_days(calendar, day, works):
    assert calendar().is_business_day(day) is works and calendar().is_known(day)


@pytest.mark.parametrize(
    ("currency", "day", "due"),
    [
        ("CNY", date(2026, 11, 26), date(2026, 11, 26)),
        ("USD", date(2026, 11, 26), date(2026, 11, 27)),
        ("USD", date(2026, 10, 10), date(2026, 10, 13)),  # works in China on Saturday the 10th; Monday is Columbus Day
        ("EUR", date(2026, 4, 3), date(2026, 4, 7)),  # Good Friday to Easter Monday; China rests on Monday, too
        ("GBP", date(2026, 8, 31), date(2026, 9, 1)),
        ("HKD", date(2026, 7, 1), date(2026, 7, 2)),
        ("XAU", date(2026, 7, 1), date(2026, 7, 1)),  # no more known than China's
    ],
)
def test_the_currency_of_a_loan_decides_whose_days_count(currency, day, due):
    assert calendar_for(currency).following(day) == due


@pytest.mark.parametrize("currency", ["CNY", "USD", "EUR", "GBP", "HKD"])
def test_together_they_are_known_as_far_as_china_is(currency):
    assert calendar_for(currency).known_to == china().known_to
    assert codes_for(currency)[0] == "CN"


@given(days, st.sampled_from(["USD", "EUR", "GBP", "HKD"]))
def test_a_day_counts_where_every_place_works(day, currency):
    both = calendar_for(currency).is_business_day(day)

    assert not both or china().is_business_day(day)
