"""Payments out: instructions to lenders."""

from datetime import date, datetime

import django_fsm as fsm
from django.db import models
from django.utils.translation import gettext_lazy as _

from scf.domain.money import Money
from scf.kernel.fsm import StateField


class Payment(fsm.ConcurrentTransitionMixin, fsm.FSMModelMixin, models.Model):
    """An instruction to a lender to pay, known to both sides by one end-to-end id for ever.

        CREATED --send--> SENT --settle--> PAID --give_back--> RETURNED
                            |--reject--> FAILED --settle--> PAID (the bank paid after all)
                            '--lose_sight--> UNKNOWN --settle | reject--> (asked about, never sent blindly again)

    reference  the case's number; thread the case's timeline
    loan_number  of a refund: the loan whose surplus it returns, for a case may have several; empty for disbursements
    paid_minor what the bank says that it paid, where it says so; a difference is looked into by a person
    asked_at, asks  when the bank was asked last what became of it, and how often
    """

    lender_rows = "bank"

    class State(models.TextChoices):
        CREATED = "CREATED", _("to be sent")
        SENT = "SENT", _("sent")
        UNKNOWN = "UNKNOWN", _("being asked about")
        PAID = "PAID", _("paid")
        FAILED = "FAILED", _("failed")
        RETURNED = "RETURNED", _("returned by the payee's bank")

    class Kind(models.TextChoices):
        DISBURSEMENT = "DISBURSEMENT", _("Loan paid out")
        REFUND = "REFUND", _("Surplus returned")

    end_to_end_id = models.CharField(max_length=35, unique=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="payments_out")
    reference = models.CharField(max_length=40, db_index=True)
    loan_number = models.CharField(max_length=40, blank=True, default="", db_default="")
    thread = models.CharField(max_length=80)
    debtor_account = models.ForeignKey("parties.BankAccount", models.PROTECT, related_name="+")
    creditor_account = models.ForeignKey("parties.BankAccount", models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    execution_date = models.DateField()
    state = StateField(choices=State.choices, default=State.CREATED)
    reason_code = models.CharField(max_length=10, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    value_date = models.DateField(null=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    paid_minor = models.BigIntegerField(null=True)
    asked_at = models.DateTimeField(null=True)
    asks = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="payment_amount_positive"),
            models.UniqueConstraint(
                fields=["reference"],
                condition=models.Q(kind="DISBURSEMENT") & ~models.Q(state__in=["FAILED", "RETURNED"]),
                name="payment_disburses_a_case_once",
            ),
            models.UniqueConstraint(
                fields=["reference"],
                condition=models.Q(kind="REFUND", state__in=["CREATED", "SENT", "UNKNOWN"]),
                name="payment_refunds_one_at_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(state__in=["SENT", "UNKNOWN"]), name="payment_without_an_answer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.end_to_end_id} {self.state}"

    @property
    def amount(self) -> Money:
        """What is to be paid."""
        return Money(self.amount_minor, self.currency)

    @fsm.transition(state, source=State.CREATED, target=State.SENT)
    def send(self, *, at: datetime) -> None:
        """The instruction leaves us; from here on it may have been carried out."""
        self.sent_at = at

    @fsm.transition(state, source=State.SENT, target=State.UNKNOWN)
    def lose_sight(self) -> None:
        """The answer was lost: nobody here knows whether the bank has it."""

    @fsm.transition(state, source=[State.SENT, State.UNKNOWN, State.FAILED], target=State.PAID)
    def settle(self, *, value_date: date, at: datetime) -> None:
        """The bank has paid."""
        self.value_date, self.closed_at = value_date, at

    @fsm.transition(state, source=[State.SENT, State.UNKNOWN], target=State.FAILED)
    def reject(self, *, code: str, reason: str, at: datetime) -> None:
        """The bank has refused; nothing was paid."""
        self.reason_code, self.reason, self.closed_at = code, reason, at

    @fsm.transition(state, source=State.PAID, target=State.RETURNED)
    def give_back(self, *, code: str, reason: str, at: datetime) -> None:
        """The money came back: the payee's bank could not credit it, or it was recalled."""
        self.reason_code, self.reason, self.closed_at = code, reason, at
