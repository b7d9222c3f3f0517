"""Lenders' appetites and connections, payments out, and what banks tell us."""

from .appetites import Appetite
from .connections import Connection
from .messages import BankMessage
from .payments import Payment
from .statements import Statement, StatementEntry

__all__ = [
    "Appetite",
    "BankMessage",
    "Connection",
    "Payment",
    "Statement",
    "StatementEntry",
]
