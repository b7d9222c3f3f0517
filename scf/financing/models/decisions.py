"""What officers of a lender said about a case and what they saw then; questions; what must be there before payment."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

import django_fsm as fsm
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from scf.kernel.fsm import StateField

from .bank_cases import BankCase

if TYPE_CHECKING:
    from scf.documents.models import StoredFile
    from scf.parties.models import User


class Decision(models.Model):
    """One word of one officer about a lender's side of a case, with the page that the officer had before it. Final.

    round      which proposal of the case it belongs to (BankCase.proposals)
    person     who spoke, in whatever role: one person signs or votes once a round
    power_of   by whose authority: the person's own, or that of somebody who is away; used once a round
    terms      what was on the table; empty while quotes are sealed, and of questions
    seen       the page as it was, with its figures; null where the word did not come from a page
    """

    append_only: ClassVar[bool] = True
    lender_rows = "bank_case"

    class Act(models.TextChoices):
        OFFER = "OFFER", _("proposed an offer")
        DECLINE = "DECLINE", _("proposed to decline")
        SIGN = "SIGN", _("signed")
        VOTE_FOR = "FOR", _("voted in favour")
        VOTE_AGAINST = "AGAINST", _("voted against")
        ABSTAIN = "ABSTAIN", _("abstained")
        SEND_BACK = "SEND_BACK", _("sent back")
        ASK = "ASK", _("asked")

    SPEAKING = (Act.SIGN, Act.VOTE_FOR, Act.VOTE_AGAINST, Act.ABSTAIN)

    bank_case = models.ForeignKey(BankCase, models.PROTECT, related_name="decisions")
    round = models.PositiveSmallIntegerField()
    act = models.CharField(max_length=9, choices=Act.choices)
    by = models.ForeignKey("parties.Membership", models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    power_of = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    terms = models.JSONField(default=dict)
    note = models.TextField(blank=True)
    seen = models.ForeignKey("documents.StoredFile", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bank_case", "round", "person"],
                condition=Q(power_of__isnull=False),
                name="decision_person_once",
            ),
            models.UniqueConstraint(fields=["bank_case", "round", "power_of"], name="decision_power_once"),
            models.CheckConstraint(
                condition=Q(act__in=["SIGN", "FOR", "AGAINST", "ABSTAIN"], power_of__isnull=False)
                | Q(act__in=["OFFER", "DECLINE", "SEND_BACK", "ASK"], power_of=None),
                name="decision_by_a_power",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank_case_id}/{self.round} {self.act}"


class InfoMessage(models.Model):
    """A question of a lender about a bank case, or its answer; with the supplier or with the platform, never mixed."""

    lender_rows = "bank_case"

    bank_case = models.ForeignKey(BankCase, models.PROTECT, related_name="info")
    asked = models.CharField(max_length=8, choices=BankCase.Asked.choices, default=BankCase.Asked.SUPPLIER)
    author = models.ForeignKey("parties.Membership", models.PROTECT, related_name="+")
    text = models.TextField()
    file = models.ForeignKey("documents.StoredFile", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.text[:40]


class Precedent(fsm.ConcurrentTransitionMixin, fsm.FSMModelMixin, models.Model):
    """Something that an accepted offer wants to see before money moves (放款前提条件).

        OPEN --bring--> BROUGHT --tick_off--> MET
          ^---turn_down----'      OPEN, BROUGHT --waive--> WAIVED

    Brought by the supplier or the lender's maker with words or a file; ticked off by a checker of the lender, never the
    person who brought it. The database pays nothing while one is open.
    """

    lender_rows = "bank_case"

    class State(models.TextChoices):
        OPEN = "OPEN", _("to be brought")
        BROUGHT = "BROUGHT", _("brought, to be checked")
        MET = "MET", _("met")
        WAIVED = "WAIVED", _("done without")

    bank_case = models.ForeignKey(BankCase, models.PROTECT, related_name="conditions_precedent")
    text = models.CharField(max_length=300)
    state = StateField(choices=State.choices, default=State.OPEN)
    evidence = models.ForeignKey("documents.StoredFile", models.PROTECT, null=True, related_name="+")
    said = models.TextField(blank=True)
    brought_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    brought_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="MET")
                | Q(decided_by__isnull=False, brought_by__isnull=False, decided_at__isnull=False)
                & ~Q(decided_by=F("brought_by")),
                name="precedent_met_takes_two",
            ),
            models.CheckConstraint(
                condition=~Q(state="WAIVED") | Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(answer=""),
                name="precedent_waived_says_why",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def thread(self) -> str:
        """The timeline of the application that it belongs to."""
        return self.bank_case.thread

    @property
    def is_open(self) -> bool:
        """True while money waits for it."""
        return self.state in (self.State.OPEN, self.State.BROUGHT)

    @fsm.transition(state, source=[State.OPEN, State.BROUGHT], target=State.BROUGHT)
    def bring(self, *, brought_by: "User", said: str, evidence: "StoredFile | None", at: datetime) -> None:
        """Somebody shows that it is met."""
        self.brought_by, self.said, self.evidence, self.brought_at = brought_by, said, evidence, at
        self.answer = ""

    @fsm.transition(state, source=State.BROUGHT, target=State.OPEN)
    def turn_down(self, *, note: str) -> None:
        """What was brought does not show it."""
        self.answer = note

    @fsm.transition(state, source=State.BROUGHT, target=State.MET)
    def tick_off(self, *, decided_by: "User", at: datetime) -> None:
        """The lender has seen that it is met."""
        self.decided_by, self.decided_at = decided_by, at

    @fsm.transition(state, source=[State.OPEN, State.BROUGHT], target=State.WAIVED)
    def waive(self, *, decided_by: "User", note: str, at: datetime) -> None:
        """The lender goes without, for a reason."""
        self.decided_by, self.decided_at, self.answer = decided_by, at, note
