"""Loans and their events (loans); money that came in (payments); files that were asked for (exports)."""

from .exports import ExportDocument, ExportJob
from .loans import Loan, LoanEvent
from .payments import IncomingPayment

__all__ = ["ExportDocument", "ExportJob", "IncomingPayment", "Loan", "LoanEvent"]
