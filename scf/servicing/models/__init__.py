"""Loans and events (loans), what lenders change about them (changes), money that came in (payments), files
asked for (exports), closed days (closing), reference rates and the loans that follow them (rates).
"""

from .changes import LoanChange
from .closing import AccrualLine, ClosedDay, LoanStanding, SettledLine, SettledTotal
from .exports import ExportDocument, ExportJob
from .loans import Loan, LoanEvent
from .payments import IncomingPayment
from .rates import IndexName, RateProposal, RateWatch, ReferenceRate, ResetName

__all__ = [
    "AccrualLine",
    "ClosedDay",
    "ExportDocument",
    "ExportJob",
    "IncomingPayment",
    "IndexName",
    "Loan",
    "LoanChange",
    "LoanEvent",
    "LoanStanding",
    "RateProposal",
    "RateWatch",
    "ReferenceRate",
    "ResetName",
    "SettledLine",
    "SettledTotal",
]
