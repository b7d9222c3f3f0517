"""What people fill in: choosing loans and days (loans), money in and out (money), reference rates (rates),
reports (reports)."""

from .loans import Export, InterestAsked, ListFilters, Month, OneStatement, Period, last_month
from .money import Allocate, FetchStatement, Refund, SetAside, StatementFiles
from .rates import RateFile, RatesPublished
from .reports import Asked, BooksAsked, DayAsked, DaysAsked, DueAsked, LegsAsked

__all__ = [
    "Allocate",
    "Asked",
    "BooksAsked",
    "DayAsked",
    "DaysAsked",
    "DueAsked",
    "Export",
    "FetchStatement",
    "InterestAsked",
    "LegsAsked",
    "ListFilters",
    "Month",
    "OneStatement",
    "Period",
    "RateFile",
    "RatesPublished",
    "Refund",
    "SetAside",
    "StatementFiles",
    "last_month",
]
