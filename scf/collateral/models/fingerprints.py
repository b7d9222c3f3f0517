"""Fingerprints of trade documents, and where they met.

A file's hash catches a copy of the file. The keyed hashes catch the same facts on another paper, and the columns in
normal form find papers that are only alike.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import django_fsm as fsm
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from scf.kernel.fsm import StateField

if TYPE_CHECKING:
    from scf.parties.models import Membership


class Grade(models.TextChoices):
    """How sure it is that two papers are one (scf.domain.likeness)."""

    EXACT = "EXACT", pgettext_lazy("likeness", "the same")
    STRONG = "STRONG", pgettext_lazy("likeness", "very alike")
    WEAK = "WEAK", pgettext_lazy("likeness", "alike")


class Fingerprint(models.Model):
    """How one document is recognised; made anew whenever the document is completed or its parties are linked.

    file_sha256  of the bytes as they came
    facts_hash   keyed hash of supplier, number, date, amount, currency and counterparty; null where one is unknown
    trade_hash   the same without the supplier: one receipt brought by two; null where the supplier gives the number
    The columns after them are those facts in normal form.
    """

    document = models.OneToOneField("orders.TradeDocument", models.PROTECT, primary_key=True, related_name="+")
    owner = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)
    file_sha256 = models.CharField(max_length=64, null=True)
    facts_hash = models.CharField(max_length=64, null=True)
    trade_hash = models.CharField(max_length=64, null=True)
    number = models.CharField(max_length=100, null=True)
    supplier = models.CharField(max_length=120)
    counterparty = models.CharField(max_length=120)
    issue_date = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["facts_hash"], name="fingerprint_by_facts"),
            models.Index(fields=["trade_hash"], name="fingerprint_by_trade"),
            models.Index(fields=["file_sha256", "number"], name="fingerprint_by_file"),
            models.Index(fields=["number"], name="fingerprint_by_number"),
            models.Index(fields=["amount_minor", "currency", "issue_date"], name="fingerprint_by_amount"),
            models.Index(fields=["counterparty", "issue_date", "amount_minor"], name="fingerprint_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class Resemblance(fsm.ConcurrentTransitionMixin, fsm.FSMModelMixin, models.Model):
    """Two documents that were found alike, and what a person of the platform said of them.

        OPEN --call_same--> SAME          OPEN --call_different--> DIFFERENT
        OPEN --propose_different--> SECOND_LOOK --call_different--> DIFFERENT
        SECOND_LOOK --call_same--> SAME   {SAME, DIFFERENT} --reopen--> OPEN

    low, high  the two documents, the smaller id first, so that a pair is one row
    grade      the surest that was found. Two people must call EXACT papers different.
    """

    class State(models.TextChoices):
        OPEN = "OPEN", _("to be looked at")
        SECOND_LOOK = "SECOND_LOOK", _("second look needed")
        SAME = "SAME", _("the same goods")
        DIFFERENT = "DIFFERENT", _("different goods")

    low = models.ForeignKey("orders.TradeDocument", models.PROTECT, related_name="+")
    high = models.ForeignKey("orders.TradeDocument", models.PROTECT, related_name="+")
    grade = models.CharField(max_length=6, choices=Grade.choices)
    state = StateField(choices=State.choices, default=State.OPEN)
    first_looked_by = models.ForeignKey("parties.Membership", models.PROTECT, null=True, related_name="+")
    looked_by = models.ForeignKey("parties.Membership", models.PROTECT, null=True, related_name="+")
    looked_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["low", "high"], name="resemblance_once"),
            models.CheckConstraint(condition=Q(low__lt=F("high")), name="resemblance_ordered"),
            models.CheckConstraint(
                condition=Q(state__in=["OPEN", "SECOND_LOOK"]) | Q(looked_by__isnull=False, looked_at__isnull=False),
                name="resemblance_judged_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="DIFFERENT", grade="EXACT")
                | Q(first_looked_by__isnull=False) & ~Q(first_looked_by=F("looked_by")),
                name="resemblance_exact_takes_two",
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="resemblance_by_state")]

    def __str__(self) -> str:
        return f"{self.low_id} ~ {self.high_id}: {self.grade}"

    @property
    def is_exact(self) -> bool:
        return self.grade == Grade.EXACT

    @fsm.transition(state, source=[State.OPEN, State.SECOND_LOOK], target=State.SAME)
    def call_same(self, *, person: "Membership", at: datetime, reason: str) -> None:
        """The two papers speak of the same goods."""
        self.looked_by, self.looked_at, self.reason = person, at, reason

    @fsm.transition(state, source=State.OPEN, target=State.SECOND_LOOK)
    def propose_different(self, *, person: "Membership", at: datetime, reason: str) -> None:
        """Different goods, says the first of two."""
        self.first_looked_by, self.reason = person, reason

    @fsm.transition(state, source=[State.OPEN, State.SECOND_LOOK], target=State.DIFFERENT)
    def call_different(self, *, person: "Membership", at: datetime, reason: str) -> None:
        """Different goods: the pair stops nothing any more."""
        self.looked_by, self.looked_at, self.reason = person, at, reason

    @fsm.transition(state, source=[State.SAME, State.DIFFERENT, State.SECOND_LOOK], target=State.OPEN)
    def reopen(self) -> None:
        """The papers turned out to be more alike than they were when somebody looked."""
        self.first_looked_by = self.looked_by = self.looked_at = None


class Hit(models.Model):
    """A look-up that found something: when, at which stage, how sure. Never changed.

    document   the one that was looked up; `other` is what it resembles
    reference  the case, "" at import
    agreeing   names of the fields that agree: file, facts, number, amount, counterparty, date, supplier
    """

    append_only = True

    class Stage(models.TextChoices):
        IMPORT = "IMPORT", pgettext_lazy("stage", "import")
        SUBMISSION = "SUBMISSION", pgettext_lazy("stage", "submission")
        PLEDGE = "PLEDGE", pgettext_lazy("stage", "pledge")
        PAYMENT = "PAYMENT", pgettext_lazy("stage", "payment")

    resemblance = models.ForeignKey(Resemblance, models.PROTECT, related_name="hits")
    document = models.ForeignKey("orders.TradeDocument", models.PROTECT, related_name="+", db_index=False)
    other = models.ForeignKey("orders.TradeDocument", models.PROTECT, related_name="+", db_index=False)
    stage = models.CharField(max_length=10, choices=Stage.choices)
    reference = models.CharField(max_length=40, blank=True)
    grade = models.CharField(max_length=6, choices=Grade.choices)
    points = models.PositiveSmallIntegerField()
    agreeing: Any = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["resemblance", "stage", "reference", "grade"], name="hit_once_a_stage"),
        ]
        indexes = [models.Index(fields=["reference"], condition=~Q(reference=""), name="hit_by_case")]

    def __str__(self) -> str:
        return f"{self.document_id} ~ {self.other_id}: {self.grade} at {self.stage}"
