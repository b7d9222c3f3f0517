"""What people fill in: choosing loans and days (loans), money in and out (money), reference rates (rates),
reports (reports), money in suspense (matching)."""

from scf.kernel.forms import Form

from .loans import Export, InterestAsked, ListFilters, Month, OneStatement, Period, last_month
from .matching import DayEndAsked, OpenAccount, Parts
from .money import Allocate, FetchStatement, Refund, SetAside, StatementFiles
from .rates import RateFile, RatesPublished
from .reports import Asked, BooksAsked, DayAsked, DaysAsked, DueAsked, LegsAsked

__all__ = [
    "Allocate",
    "Asked",
    "BooksAsked",
    "DayAsked",
    "DayEndAsked",
    "DaysAsked",
    "DueAsked",
    "Export",
    "FetchStatement",
    "Form",
    "InterestAsked",
    "LegsAsked",
    "ListFilters",
    "Month",
    "OneStatement",
    "OpenAccount",
    "Parts",
    "Period",
    "RateFile",
    "RatesPublished",
    "Refund",
    "SetAside",
    "StatementFiles",
    "last_month",
]
