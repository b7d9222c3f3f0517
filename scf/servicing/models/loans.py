"""Loans and what happened to them."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

import django_fsm as fsm
from django.db import models
from django.utils.translation import gettext_lazy as _

from scf.domain.money import Money
from scf.domain.schedule import Contract


class Loan(fsm.ConcurrentTransitionMixin, fsm.FSMModelMixin, models.Model):
    """A loan on the terms that were accepted. Where it stands is computed from its events.

        ACTIVE --repay_part--> PART_REPAID --close--> CLOSED
          '--------------- close -----------------------^

    reference  number of the case that led to it; thread  that case's timeline
    conventions  version of the rules of counting and rounding that it was made under
    """

    class State(models.TextChoices):
        ACTIVE = "ACTIVE", _("active")
        PART_REPAID = "PART_REPAID", _("partly repaid")
        CLOSED = "CLOSED", _("repaid")

    number = models.CharField(max_length=40, unique=True)
    reference = models.CharField(max_length=40, unique=True)
    thread = models.CharField(max_length=80)
    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="loans_given")
    supplier = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="loans_taken")
    buyer = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    product = models.CharField(max_length=12)
    currency = models.CharField(max_length=3)
    principal_minor = models.BigIntegerField()
    annual_rate = models.DecimalField(max_digits=9, decimal_places=6)
    basis = models.CharField(max_length=10, default="ACT/360")
    drawdown_date = models.DateField()
    maturity_date = models.DateField()
    penalty_factor = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal("1.5"))
    grace_days = models.PositiveSmallIntegerField(default=0)
    conventions = models.CharField(max_length=20, default="CN-1")
    state = fsm.FSMField(choices=State.choices, default=State.ACTIVE, protected=True)
    closed_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(principal_minor__gt=0), name="loan_principal_positive"),
            models.CheckConstraint(
                condition=models.Q(maturity_date__gt=models.F("drawdown_date")), name="loan_matures_after_drawdown"
            ),
            models.CheckConstraint(condition=models.Q(annual_rate__gte=0), name="loan_rate_not_negative"),
        ]
        indexes = [models.Index(fields=["maturity_date", "id"], name="loan_by_maturity")]

    def __str__(self) -> str:
        return self.number

    @property
    def principal(self) -> Money:
        """What was lent."""
        return Money(self.principal_minor, self.currency)

    @property
    def contract(self) -> Contract:
        """The terms as the domain computes with them."""
        return Contract(
            principal=self.principal,
            annual_rate=self.annual_rate,
            basis=self.basis,
            drawdown_date=self.drawdown_date,
            maturity_date=self.maturity_date,
            penalty_factor=self.penalty_factor,
            grace_days=self.grace_days,
        )

    @fsm.transition(state, source=[State.ACTIVE, State.PART_REPAID], target=State.PART_REPAID)
    def repay_part(self) -> None:
        """Some of it came back."""

    @fsm.transition(state, source=[State.ACTIVE, State.PART_REPAID], target=State.CLOSED)
    def close(self, *, on: date) -> None:
        """Nothing is owed any more."""
        self.closed_on = on


class LoanEvent(models.Model):
    """Something that happened to a loan, on a value date. Never changed.

    source  what it came from, such as "banks.payment:3" or "banks.statemententry:9"; once each
    payer   BUYER, SUPPLIER or OTHER for a repayment
    """

    append_only: ClassVar[bool] = True

    class Kind(models.TextChoices):
        DRAWDOWN = "DRAWDOWN", _("Loan paid out")
        REPAYMENT = "REPAYMENT", _("Repayment")
        REFUND = "REFUND", _("Surplus returned")

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount_minor = models.BigIntegerField()
    value_date = models.DateField()
    source = models.CharField(max_length=80, unique=True)
    payer = models.CharField(max_length=10, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="loan_event_positive")]
        indexes = [models.Index(fields=["loan", "value_date", "id"], name="loan_event_by_day")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor} on {self.value_date}"
