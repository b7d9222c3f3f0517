"""A lender's own rules that decide with no person, and what they decided."""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from scf.domain.money import Money
from scf.domain.pricing import Grade
from scf.domain.straight_through import Rule
from scf.kernel.proposals import Proposal

from .bank_cases import BankCase


class AutoRule(Proposal):
    """Within what a lender lets its rules decide, from a day on; entered by one officer, confirmed by another.

    The latest confirmed one counts. Any one officer can stop it at once.

    offer_days  how long an offer by the rules stands
    """

    lender_rows = "bank"

    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="auto_rules")
    products = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    currency = models.CharField(max_length=3, default="CNY")
    amount_max_minor = models.BigIntegerField()
    tenor_days_max = models.PositiveIntegerField()
    grade_min = models.CharField(max_length=1, blank=True)
    offer_days = models.PositiveSmallIntegerField(default=3)
    valid_from = models.DateField()
    why = models.CharField(max_length=200)
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta(Proposal.Meta):
        abstract = False
        constraints = [
            *Proposal.Meta.constraints,
            models.CheckConstraint(condition=Q(amount_max_minor__gt=0, tenor_days_max__gt=0), name="auto_rule_lends"),
            models.UniqueConstraint(fields=["bank"], condition=Q(state="PROPOSED"), name="auto_rule_one_open"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_max} {self.tenor_days_max} d"

    @property
    def amount_max(self) -> Money:
        """Up to which amount, included."""
        return Money(self.amount_max_minor, self.currency)

    @property
    def as_rule(self) -> Rule:
        """As the domain decides by it."""
        grade = Grade(self.grade_min) if self.grade_min else None
        return Rule(self.amount_max, self.tenor_days_max, frozenset(self.products), grade)

    def counts_on(self, day: date) -> bool:
        """Whether it may decide on `day`, if no later one does."""
        return self.state == self.State.CONFIRMED and self.stopped_at is None and self.valid_from <= day


class AutoDecision(models.Model):
    """What a lender's rules said of a case, with all that it rests on. Final.

    version  of the rules in scf.domain.straight_through
    inputs   rule and facts as they were
    """

    append_only: ClassVar[bool] = True
    lender_rows = "bank_case"

    bank_case = models.OneToOneField(BankCase, models.PROTECT, related_name="auto_decision")
    rule = models.ForeignKey(AutoRule, models.PROTECT, related_name="decisions")
    version = models.CharField(max_length=10)
    inputs = models.JSONField()
    is_offer = models.BooleanField()
    annual_rate = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    reasons = models.JSONField(default=list)
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_offer=True, annual_rate__isnull=False) | Q(is_offer=False, annual_rate=None),
                name="auto_decision_has_a_rate",
            ),
        ]
        indexes = [models.Index(F("decided_at").desc(), name="auto_decision_by_time")]

    def __str__(self) -> str:
        return f"{self.bank_case_id}: {'offer' if self.is_offer else 'person'}"
