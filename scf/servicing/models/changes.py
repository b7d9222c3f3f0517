"""What a lender changes about a loan that runs: proposed by one person, decided by another."""

from datetime import date, datetime
from typing import TYPE_CHECKING

import django_fsm as fsm
from django.db import models
from django.utils.translation import gettext_lazy as _

from scf.domain.events import EventKind
from scf.domain.money import Money
from scf.domain.waterfall import Due
from scf.kernel.fsm import StateField

from .loans import Loan, LoanEvent

if TYPE_CHECKING:
    from scf.parties.models import Membership


RANKS = {
    Due.INTEREST: _("Interest"), Due.PENALTY: _("Penalty interest"), Due.COMPOUND: _("Compound interest"),
    Due.COSTS: _("Costs"),
}  # fmt: skip


class LoanChange(fsm.ConcurrentTransitionMixin, fsm.FSMModelMixin, models.Model):
    """An event that a maker proposes and a checker lets happen.

        PROPOSED --approve--> DONE (the event is recorded)
            |------refuse---> REFUSED
            '-----withdraw--> WITHDRAWN (by its maker)

    amount_minor, value_date, data, reverses   as the event will have them
    why        the maker's reason; answer  the checker's
    event      what was recorded
    """

    lender_rows = "loan"

    class Kind(models.TextChoices):
        FEE = EventKind.FEE, _("Charge a fee")
        PENALTY = EventKind.PENALTY, _("Charge a penalty")
        WAIVER = EventKind.WAIVER, _("Waive what is owed")
        RATE_CHANGE = EventKind.RATE_CHANGE, _("Change the rate")
        EXTENSION = EventKind.EXTENSION, _("Extend the due date")
        MISUSE = EventKind.MISUSE, _("Note use not as agreed")
        WRITE_OFF = EventKind.WRITE_OFF, _("Write off")
        REVERSAL = EventKind.REVERSAL, _("Take an event back")

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", _("to be decided")
        DONE = "DONE", _("approved")
        REFUSED = "REFUSED", _("refused")
        WITHDRAWN = "WITHDRAWN", _("withdrawn")

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    amount_minor = models.BigIntegerField(default=0)
    value_date = models.DateField()
    data = models.JSONField(default=dict)
    reverses = models.ForeignKey(LoanEvent, models.PROTECT, null=True, related_name="+")
    why = models.CharField(max_length=200)
    made_by = models.ForeignKey("parties.Membership", models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    decided_by = models.ForeignKey("parties.Membership", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=200, blank=True)
    event = models.OneToOneField(LoanEvent, models.PROTECT, null=True, related_name="change")
    state = StateField(choices=State.choices, default=State.PROPOSED)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["loan", "kind"], condition=models.Q(state="PROPOSED"), name="loan_change_one_open_of_a_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True)
                | models.Q(state="WITHDRAWN")
                | ~models.Q(decided_by=models.F("made_by")),
                name="loan_change_takes_two",
            ),
            models.CheckConstraint(
                condition=models.Q(state="DONE", event__isnull=False, decided_by__isnull=False)
                | (~models.Q(state="DONE") & models.Q(event__isnull=True)),
                name="loan_change_done_names_event",
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="loan_change_by_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.loan_id} {self.state}"

    @property
    def amount(self) -> Money:
        """What is charged, waived; nothing for kinds that carry no amount."""
        return Money(self.amount_minor, self.loan.currency)

    @property
    def rank_label(self) -> str:
        """What a waiver gives up; empty for other kinds."""
        return str(RANKS.get(self.data.get("rank", ""), ""))

    @property
    def new_due_date(self) -> date | None:
        """Where an extension moves the last due date."""
        text = self.data.get("maturity_date")
        return date.fromisoformat(text) if text else None

    @fsm.transition(state, source=State.PROPOSED, target=State.DONE)
    def approve(self, *, event: LoanEvent, decided_by: "Membership", at: datetime, note: str) -> None:
        """The checker lets it happen."""
        self.event, self.decided_by, self.decided_at, self.answer = event, decided_by, at, note

    @fsm.transition(state, source=State.PROPOSED, target=State.REFUSED)
    def refuse(self, *, decided_by: "Membership", at: datetime, note: str) -> None:
        """The checker does not."""
        self.decided_by, self.decided_at, self.answer = decided_by, at, note

    @fsm.transition(state, source=State.PROPOSED, target=State.WITHDRAWN)
    def withdraw(self, *, decided_by: "Membership", at: datetime) -> None:
        """The maker takes it back."""
        self.decided_by, self.decided_at = decided_by, at
