"""Pages of the financing: applying, the steps of the walks, cases and queues."""

from .steps import Answer, Check, Choose, Correct, Make, Repair, Review

__all__ = ["Answer", "Check", "Choose", "Correct", "Make", "Repair", "Review"]
