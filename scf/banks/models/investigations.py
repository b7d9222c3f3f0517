"""What a bank says of a payment that does not fit, until a person has seen to it."""

from datetime import datetime
from typing import TYPE_CHECKING

import django_fsm as fsm
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from scf.kernel.fsm import StateField

if TYPE_CHECKING:
    from scf.parties.models import Membership


class Investigation(fsm.ConcurrentTransitionMixin, fsm.FSMModelMixin, models.Model):
    """A payment on which bank and platform disagree, or which is to come back (ISO 20022: exceptions, investigations).

        OPEN --close--> CLOSED (a person says what was done, or the bank's later word has settled it)

    key    what it is about, once: the same news again opens nothing
    facts  amounts, days and the bank's words, JSON-ready
    """

    lender_rows = "bank"

    class Kind(models.TextChoices):
        WRONG_AMOUNT = "WRONG_AMOUNT", _("another amount was paid")
        PAID_AFTER_FAILED = "PAID_AFTER_FAILED", _("paid after it was refused")
        FAILED_AFTER_PAID = "FAILED_AFTER_PAID", _("refused after it was paid")
        PAID_TWICE = "PAID_TWICE", _("paid, and so is its repetition")
        PART_RETURNED = "PART_RETURNED", _("returned in part")
        NO_ANSWER = "NO_ANSWER", _("the bank does not say what became of it")
        UNKNOWN_DEBIT = "UNKNOWN_DEBIT", _("debited without an instruction of ours")
        RECALL = "RECALL", _("asked back")
        UNREADABLE = "UNREADABLE", _("a file of the bank could not be taken")

    class State(models.TextChoices):
        OPEN = "OPEN", pgettext_lazy("investigation", "open")
        CLOSED = "CLOSED", pgettext_lazy("investigation", "closed")

    kind = models.CharField(max_length=20, choices=Kind.choices)
    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="investigations")
    payment = models.ForeignKey("banks.Payment", models.PROTECT, null=True, related_name="investigations")
    key = models.CharField(max_length=120, unique=True)
    facts = models.JSONField(default=dict)
    state = StateField(choices=State.choices, default=State.OPEN)
    opened_by = models.ForeignKey("parties.Membership", models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField()
    closed_by = models.ForeignKey("parties.Membership", models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "id"], name="investigation_by_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def is_waiting(self) -> bool:
        """Whether a payment was asked back and the bank has not answered."""
        return self.kind == self.Kind.RECALL and self.facts.get("answer") == "PENDING"

    @fsm.transition(state, source=State.OPEN, target=State.CLOSED)
    def close(self, *, closed_by: "Membership | None", note: str, at: datetime) -> None:
        """It is settled; `note` says how."""
        self.closed_by, self.closed_at, self.answer = closed_by, at, note[:300]
