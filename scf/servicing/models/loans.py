"""Loans and what happened to them."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

import django_fsm as fsm
from django.db import models
from django.utils.translation import gettext_lazy as _

from scf.domain.conventions import from_json, standard
from scf.domain.events import EventKind
from scf.domain.money import Money
from scf.domain.rates import Agreement
from scf.domain.terms import Contract, Plan
from scf.kernel.fsm import StateField


class Loan(fsm.ConcurrentTransitionMixin, fsm.FSMModelMixin, models.Model):
    """A loan on the terms that were accepted. Where it stands is computed from its events.

        ACTIVE --repay_part--> PART_REPAID --close--> CLOSED --reopen--> PART_REPAID
          '--------------- close -----------------------^
        ACTIVE | PART_REPAID --write_off--> WRITTEN_OFF --recover--> RECOVERED
                                             '--reopen--> PART_REPAID
        A reversal or an earlier value date can lead from any of the ends to any other.

    reference  number of the case that led to it; thread  that case's timeline
    plan         its instalments as agreed (scf.domain.terms.Plan); empty: one at maturity
    returned_on  when the payee's bank sent the money back: nothing was lent, and the case may lead to another loan
    due_on       the last due date as it stands, extensions included; follows the events
    agreement    how its rate is found (scf.domain.rates.Agreement); empty: fixed
    conventions  the whole set of conventions that it was made under, with its version: no later default moves it
    """

    lender_rows = "bank"

    for_borrower = False  # set where the reader is the borrower: see shown_state

    class State(models.TextChoices):
        ACTIVE = "ACTIVE", _("active")
        PART_REPAID = "PART_REPAID", _("partly repaid")
        CLOSED = "CLOSED", _("repaid")
        WRITTEN_OFF = "WRITTEN_OFF", _("written off")
        RECOVERED = "RECOVERED", _("recovered")

    number = models.CharField(max_length=40, unique=True)
    reference = models.CharField(max_length=40)
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
    due_on = models.DateField()
    penalty_factor = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal("1.5"))
    grace_days = models.PositiveSmallIntegerField(default=0)
    penalty_rate = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    misuse_factor = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal("2.0"))
    misuse_rate = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    agreement = models.JSONField(default=dict)
    compounds = models.BooleanField(default=True)
    cooling_off_days = models.PositiveSmallIntegerField(default=0)
    plan = models.JSONField(default=dict)
    conventions = models.JSONField(default=standard)
    state = StateField(choices=State.choices, default=State.ACTIVE)
    closed_on = models.DateField(null=True)
    returned_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reference"], condition=models.Q(returned_on=None), name="loan_once_a_case"
            ),
            models.CheckConstraint(condition=models.Q(principal_minor__gt=0), name="loan_principal_positive"),
            models.CheckConstraint(
                condition=models.Q(maturity_date__gt=models.F("drawdown_date")), name="loan_matures_after_drawdown"
            ),
            models.CheckConstraint(condition=models.Q(annual_rate__gte=0), name="loan_rate_not_negative"),
        ]
        indexes = [
            models.Index(fields=["due_on", "id"], name="loan_by_due_day"),
            models.Index(fields=["reference"], name="loan_by_case"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def principal(self) -> Money:
        """What was lent."""
        return Money(self.principal_minor, self.currency)

    @property
    def shown_state(self) -> str:
        """The state as its reader sees it: that a claim is written off is the lender's own matter."""
        is_internal = self.state in (self.State.WRITTEN_OFF, self.State.RECOVERED)
        return self.State.PART_REPAID if is_internal and self.for_borrower else self.state

    @property
    def shown_state_name(self) -> str:
        """In words."""
        return str(self.State(self.shown_state).label)

    @property
    def has_ended(self) -> bool:
        """Nothing is owed, or all that was written off came in after all: the goods are free."""
        return self.state in (self.State.CLOSED, self.State.RECOVERED)

    @property
    def is_last_of_case(self) -> bool:
        """False where its money came back and the case was paid anew: what becomes of it says nothing of the case."""
        return not Loan.objects.filter(reference=self.reference, pk__gt=self.pk).exists()

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
            penalty_rate=self.penalty_rate,
            misuse_factor=self.misuse_factor,
            misuse_rate=self.misuse_rate,
            agreement=Agreement.from_json(self.agreement),
            compounds=self.compounds,
            cooling_off_days=self.cooling_off_days,
            plan=Plan.from_json(self.plan),
            conventions=from_json(self.conventions),
        )

    @fsm.transition(state, source=[State.ACTIVE, State.PART_REPAID], target=State.PART_REPAID)
    def repay_part(self) -> None:
        """Some of it came back."""

    @fsm.transition(
        state, source=[State.ACTIVE, State.PART_REPAID, State.WRITTEN_OFF, State.RECOVERED], target=State.CLOSED
    )
    def close(self, *, on: date) -> None:
        """Nothing is owed any more."""
        self.closed_on = on

    @fsm.transition(state, source=[State.CLOSED, State.WRITTEN_OFF, State.RECOVERED], target=State.PART_REPAID)
    def reopen(self) -> None:
        """What had closed it, or written it off, was taken back."""
        self.closed_on = None

    @fsm.transition(
        state, source=[State.ACTIVE, State.PART_REPAID, State.CLOSED, State.RECOVERED], target=State.WRITTEN_OFF
    )
    def write_off(self) -> None:
        """The lender no longer expects the money; the claim stays."""

    @fsm.transition(
        state, source=[State.ACTIVE, State.PART_REPAID, State.CLOSED, State.WRITTEN_OFF], target=State.RECOVERED
    )
    def recover(self) -> None:
        """All that was written off has come in after all."""


class LoanEvent(models.Model):
    """Something that happened to a loan, on a value date. Never changed.

    source    what it came from, such as "banks.payment:3" or "banks.statemententry:9"; once each
    payer     BUYER, SUPPLIER or OTHER for a repayment
    reverses  the event that a reversal takes back; an event is taken back once
    data      what the kind needs beside amount and day (see scf.domain.events.EventKind)
    incoming  the payment that it is a part of, or all of
    by        who decided it; null for what the banks or the clock did
    """

    lender_rows = "loan"

    append_only: ClassVar[bool] = True

    class Kind(models.TextChoices):
        DRAWDOWN = EventKind.DRAWDOWN, _("Loan paid out")
        REPAYMENT = EventKind.REPAYMENT, _("Repayment")
        FEE = EventKind.FEE, _("Fee charged")
        PENALTY = EventKind.PENALTY, _("Penalty charged")
        RATE_CHANGE = EventKind.RATE_CHANGE, _("Rate changed")
        EXTENSION = EventKind.EXTENSION, _("Due date extended")
        WAIVER = EventKind.WAIVER, _("Waived")
        RETURN = EventKind.RETURN, _("Returned within cooling-off")
        BUY_BACK = EventKind.BUY_BACK, _("Bought back by the supplier")
        WRITE_OFF = EventKind.WRITE_OFF, _("Written off")
        RECOVERY = EventKind.RECOVERY, _("Recovered")
        MISUSE = EventKind.MISUSE, _("Use not as agreed")
        REVERSAL = EventKind.REVERSAL, _("Taken back")
        REFUND = EventKind.REFUND, _("Surplus returned")
        PASSED_ON = EventKind.PASSED_ON, _("Surplus passed on to another loan")

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    amount_minor = models.BigIntegerField()
    value_date = models.DateField()
    source = models.CharField(max_length=80, unique=True)
    payer = models.CharField(max_length=10, blank=True)
    incoming = models.ForeignKey("servicing.IncomingPayment", models.PROTECT, null=True, related_name="parts")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    data = models.JSONField(default=dict)
    by = models.ForeignKey("parties.Membership", models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0)
                | models.Q(amount_minor=0, kind__in=["RATE_CHANGE", "EXTENSION", "WRITE_OFF", "MISUSE", "REVERSAL"]),
                name="loan_event_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="REVERSAL", reverses__isnull=False)
                | (~models.Q(kind="REVERSAL") & models.Q(reverses__isnull=True)),
                name="loan_event_reversal_names_event",
            ),
            models.CheckConstraint(
                condition=models.Q(incoming=None) | models.Q(kind__in=["REPAYMENT", "RETURN", "BUY_BACK", "RECOVERY"]),
                name="loan_event_part_is_money_in",
            ),
        ]
        indexes = [models.Index(fields=["loan", "value_date", "id"], name="loan_event_by_day")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor} on {self.value_date}"
