"""Business calendars from kept libraries: China's by the State Council's notices, others as a currency needs them."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

import chinese_calendar
import holidays as world
from chinese_calendar.constants import holidays, workdays
from django.utils.translation import gettext_lazy as _

from scf.domain.calendars import SUNDAY, Calendar, union

FIRST_YEAR, LAST_YEAR = 2004, 2060  # the others follow rules and are computed ahead; China's are decreed year by year


@cache
def china() -> Calendar:
    """Holidays and make-up working days (调休) of all published years."""
    last = max(holidays)
    assert chinese_calendar.is_holiday(last)
    return Calendar(frozenset(holidays), frozenset(workdays), date(last.year, 12, 31))


YEARS = range(FIRST_YEAR, LAST_YEAR + 1)


def _computed(days: set[date]) -> Calendar:
    return Calendar(frozenset(days), frozenset(), date(LAST_YEAR, 12, 31))


@cache
def united_states() -> Calendar:
    """The days on which the Federal Reserve Banks are closed: one on a Sunday moves to Monday, on a Saturday not."""
    days = set(world.country_holidays("US", years=YEARS, observed=False))
    return _computed(days | {day + timedelta(days=1) for day in days if day.weekday() == SUNDAY})


@cache
def target() -> Calendar:
    """Closing days of the euro's payment system (T2, before TARGET2)."""
    return _computed(set(world.financial_holidays("ECB", years=YEARS)))


@cache
def england() -> Calendar:
    """Bank holidays in England and Wales."""
    return _computed(set(world.country_holidays("GB", subdiv="ENG", years=YEARS)))


@cache
def hong_kong() -> Calendar:
    """General holidays of Hong Kong, on which banks are closed: the library counts some of them as optional."""
    return _computed(set(world.country_holidays("HK", years=YEARS, categories=("optional", "public"))))


CALENDARS: dict[str, Callable[[], Calendar]] = {
    "CN": china, "US": united_states, "TARGET": target, "GB": england, "HK": hong_kong,
}  # fmt: skip
NAMES = {
    "CN": _("China"), "US": _("United States"), "TARGET": _("TARGET (euro area)"), "GB": _("England"),
    "HK": _("Hong Kong"),
}  # fmt: skip
BY_CURRENCY = {
    "CNY": ("CN",), "USD": ("CN", "US"), "EUR": ("CN", "TARGET"), "GBP": ("CN", "GB"), "HKD": ("CN", "HK"),
}  # fmt: skip


def codes_for(currency: str) -> tuple[str, ...]:
    """Whose business days count for loans in a currency; China's alone for one that we know no more of."""
    return BY_CURRENCY.get(currency, ("CN",))


@cache
def calendar_for(currency: str) -> Calendar:
    """A day counts where every place works: where the borrower is, and where the currency is paid."""
    found = [CALENDARS[code]() for code in codes_for(currency)]
    return found[0] if len(found) == 1 else union(*found)


def names_for(currency: str) -> str:
    """The calendars of a currency in words, in the active language."""
    return " + ".join(str(NAMES[code]) for code in codes_for(currency))
