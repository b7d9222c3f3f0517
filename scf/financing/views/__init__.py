"""Pages of the financing: applying, the steps of the walks, cases and queues."""

from .lender_steps import Answer, Check, Make
from .steps import Choose, Correct, Repair, Review

__all__ = ["Answer", "Check", "Choose", "Correct", "Make", "Repair", "Review"]
