"""Products, applications, what stands behind them, bank cases, and the flows' process rows."""

# budget: the one place that names every model of the app
from .ahead import SignedAhead
from .applications import Application, ApplicationLine, Attachment, CheckResult
from .auctions import Auction, QuoteDraft, SealedQuote
from .automatic import AutoDecision, AutoRule
from .bank_cases import BankCase
from .decisions import Decision, InfoMessage, Precedent
from .processes import BankProcess, FinancingProcess, open_steps
from .products import Product

__all__ = [
    "Application",
    "ApplicationLine",
    "Attachment",
    "Auction",
    "AutoDecision",
    "AutoRule",
    "BankCase",
    "BankProcess",
    "CheckResult",
    "Decision",
    "FinancingProcess",
    "InfoMessage",
    "Precedent",
    "Product",
    "QuoteDraft",
    "SealedQuote",
    "SignedAhead",
    "open_steps",
]
