"""What public registers were asked about a case, and what they answered."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import django_fsm as fsm
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from scf.kernel.fsm import StateField

if TYPE_CHECKING:
    from scf.parties.models import Membership


class RegisterRequest(fsm.ConcurrentTransitionMixin, fsm.FSMModelMixin, models.Model):
    """One act at a register, asked for once by its key.

        PENDING --answer--> ANSWERED --dismiss--> ANSWERED
            '-----fail----> FAILED

    A register that is down leaves its request PENDING: what waits for the answer goes on waiting. The database lets
    nobody change what was asked, nor what was answered.

    reference   the case; thread: whose timeline it belongs to
    content     what was asked, as sent
    outcome     CLEAR or MATCH of a search and of registering papers, DONE of any other act
    number      the filing's or the search certificate's
    term_until  last day on which the filing stands
    cancel_by   day by which the register must strike the filing out, for cancellations
    dismissed_* who called a MATCH other goods, when, and why
    """

    class Register(models.TextChoices):
        MOVABLES = "MOVABLES", _("Register of movable property")
        PAPERS = "PAPERS", _("Register of receipts and invoices")

    class Kind(models.TextChoices):
        SEARCH = "SEARCH", pgettext_lazy("register", "search")
        REGISTER = "REGISTER", pgettext_lazy("register", "registration")
        MARK = "MARK", pgettext_lazy("register", "mark as financed")
        FILE = "FILE", pgettext_lazy("register", "filing")
        AMEND = "AMEND", pgettext_lazy("register", "amendment")
        CANCEL = "CANCEL", pgettext_lazy("register", "cancellation")

    class State(models.TextChoices):
        PENDING = "PENDING", pgettext_lazy("register", "waiting for the answer")
        ANSWERED = "ANSWERED", pgettext_lazy("register", "answered")
        FAILED = "FAILED", pgettext_lazy("register", "refused by the register")

    class Outcome(models.TextChoices):
        CLEAR = "CLEAR", pgettext_lazy("register", "nothing found")
        MATCH = "MATCH", pgettext_lazy("register", "found at another")
        DONE = "DONE", pgettext_lazy("register", "done")

    reference = models.CharField(max_length=40)
    thread = models.CharField(max_length=80)
    register = models.CharField(max_length=8, choices=Register.choices)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    key = models.CharField(max_length=80, unique=True)
    content: Any = models.JSONField()
    term_until = models.DateField(null=True)
    cancel_by = models.DateField(null=True)
    asked_at = models.DateTimeField()
    answer: Any = models.JSONField(default=dict)
    outcome = models.CharField(max_length=5, choices=Outcome.choices, blank=True)
    number = models.CharField(max_length=40, blank=True)
    answered_at = models.DateTimeField(null=True)
    state = StateField(choices=State.choices, default=State.PENDING)
    dismissed_by = models.ForeignKey("parties.Membership", models.PROTECT, null=True, related_name="+")
    dismissed_at = models.DateTimeField(null=True)
    dismissal = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reference", "register", "kind"],
                condition=Q(state="PENDING"),
                name="register_asked_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state="PENDING", answered_at=None, outcome="")
                | Q(state="FAILED", answered_at__isnull=False, outcome="")
                | Q(state="ANSWERED", answered_at__isnull=False) & ~Q(outcome=""),
                name="register_answer_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(dismissed_by=None, dismissed_at=None)
                | Q(outcome="MATCH", dismissed_by__isnull=False, dismissed_at__isnull=False) & ~Q(dismissal=""),
                name="register_match_dismissed_with_reason",
            ),
            models.CheckConstraint(
                condition=~Q(kind="FILE") | ~Q(state="ANSWERED") | ~Q(number=""), name="register_filing_has_number"
            ),
        ]
        indexes = [
            models.Index(fields=["reference", "-id"], name="register_by_case"),
            models.Index(fields=["cancel_by"], condition=Q(kind="CANCEL"), name="register_cancellations"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.state}"

    @property
    def is_clear(self) -> bool:
        """Whether nothing at the register stands against the case."""
        is_told_apart = self.outcome != self.Outcome.MATCH or self.dismissed_at is not None
        return self.state == self.State.ANSWERED and is_told_apart

    @fsm.transition(state, source=State.PENDING, target=State.ANSWERED)
    def answer_with(self, *, answer: dict[str, Any], outcome: str, number: str, at: datetime) -> None:
        """The register has answered."""
        self.answer, self.outcome, self.number, self.answered_at = answer, outcome, number, at

    @fsm.transition(state, source=State.PENDING, target=State.FAILED)
    def fail(self, *, answer: dict[str, Any], at: datetime) -> None:
        """The register has refused the request."""
        self.answer, self.answered_at = answer, at

    @fsm.transition(state, source=State.ANSWERED, target=State.ANSWERED)
    def dismiss(self, *, person: "Membership", at: datetime, reason: str) -> None:
        """A person says that what was found are other goods."""
        self.dismissed_by, self.dismissed_at, self.dismissal = person, at, reason

    def is_late(self, on: date) -> bool:
        """Whether a cancellation has passed its day."""
        return self.cancel_by is not None and self.state == self.State.PENDING and on > self.cancel_by
