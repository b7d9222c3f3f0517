"""Loans and events (loans), what lenders change about them (changes), money that came in (payments), files
asked for (exports), closed days (closing).
"""

from .changes import LoanChange
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
    "LoanChange",
    "LoanEvent",
    "LoanStanding",
    "SettledLine",
    "SettledTotal",
]
