"""Loans and events (loans); money that came in (payments); files asked for (exports); closed days (closing)."""

from .closing import AccrualLine, ClosedDay, LoanStanding, SettledLine, SettledTotal
from .exports import ExportDocument, ExportJob
from .loans import Loan, LoanEvent
from .payments import IncomingPayment

__all__ = [
    "AccrualLine",
    "ClosedDay",
    "ExportDocument",
    "ExportJob",
    "IncomingPayment",
    "Loan",
    "LoanEvent",
    "LoanStanding",
    "SettledLine",
    "SettledTotal",
]
