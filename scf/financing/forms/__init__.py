"""What people fill in on the way of a case."""

from .borrower import Accept, AheadWanted, Need, Text
from .fields import MoneyField
from .lender import AutoRuleWanted, CheckDecision, Offer
from .platform import RepairDecision, ReviewDecision

__all__ = [
    "Accept",
    "AheadWanted",
    "AutoRuleWanted",
    "CheckDecision",
    "MoneyField",
    "Need",
    "Offer",
    "RepairDecision",
    "ReviewDecision",
    "Text",
]
