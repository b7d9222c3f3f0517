"""Who acts next (walks), and how people take a step (desk)."""

from .walks import BankDecision, Financing, cancel, give_up, perform, waiting_task

__all__ = ["BankDecision", "Financing", "cancel", "give_up", "perform", "waiting_task"]
