"""Lenders' appetites and connections, payments out, and what banks tell us."""

# budget: the one place that names every model of the app
from .appetites import Appetite, GradeName
from .authority import Absence, AuthorityMatrix, AuthorityPower, AuthorityRung
from .connections import Connection
from .investigations import Investigation
from .licences import Licence, LicenceKindName
from .messages import BankMessage, PushedRequest
from .outgoing import OutgoingFile
from .payments import Payment
from .programmes import ModeName, Programme, Seat
from .statements import Statement, StatementEntry

__all__ = [
    "Absence",
    "Appetite",
    "AuthorityMatrix",
    "AuthorityPower",
    "AuthorityRung",
    "BankMessage",
    "Connection",
    "GradeName",
    "Investigation",
    "Licence",
    "LicenceKindName",
    "ModeName",
    "OutgoingFile",
    "Payment",
    "Programme",
    "PushedRequest",
    "Seat",
    "Statement",
    "StatementEntry",
]
