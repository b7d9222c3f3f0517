"""Loans and events (loans), what lenders change about them (changes), money that came in (payments), files
asked for (exports), closed days (closing), reference rates and the loans that follow them (rates), by what payments are
known (matching), days of collection accounts that finance has signed (day_end).
"""

# budget: the one place that names every model of the app
from .changes import LoanChange
from .closing import AccrualLine, ClosedDay, LoanStanding, SettledLine, SettledTotal
from .day_end import DayEndProof, DayEndSignature
from .exports import ExportDocument, ExportJob
from .loans import Loan, LoanEvent
from .matching import PayerRule, VirtualAccount
from .payments import IncomingPayment
from .rates import IndexName, RateProposal, RateWatch, ReferenceRate, ResetName

__all__ = [
    "AccrualLine",
    "ClosedDay",
    "DayEndProof",
    "DayEndSignature",
    "ExportDocument",
    "ExportJob",
    "IncomingPayment",
    "IndexName",
    "Loan",
    "LoanChange",
    "LoanEvent",
    "LoanStanding",
    "PayerRule",
    "RateProposal",
    "RateWatch",
    "ReferenceRate",
    "ResetName",
    "SettledLine",
    "SettledTotal",
    "VirtualAccount",
]
