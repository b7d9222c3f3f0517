"""Lenders' appetites and connections, payments out, and what banks tell us."""

from datetime import date, datetime

import django_fsm as fsm
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from scf.domain.money import Money
from scf.kernel.fsm import StateField


class Appetite(models.Model):
    """What a lender says it wants to finance; empty lists mean "any". Amounts in minor units, ends inclusive."""

    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="appetites")
    products = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    currency = models.CharField(max_length=3, default="CNY")
    amount_min_minor = models.BigIntegerField()
    amount_max_minor = models.BigIntegerField()
    tenor_days_min = models.PositiveIntegerField(default=1)
    tenor_days_max = models.PositiveIntegerField(default=180)
    buyers = models.ManyToManyField("parties.Organisation", blank=True, related_name="+")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_min_minor__gte=0, amount_max_minor__gte=models.F("amount_min_minor")),
                name="appetite_amounts_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank_id} {self.currency} {self.products or 'any'}"


class Connection(models.Model):
    """How we reach a lender's machine.

    secret_name  environment variable that holds the shared secret; never the secret itself
    cursor       last message fetched
    """

    bank = models.OneToOneField("parties.Organisation", models.PROTECT, related_name="connection")
    gateway = models.CharField(max_length=20, default="sandbox")
    base_url = models.CharField(max_length=200)
    secret_name = models.CharField(max_length=60, blank=True)
    cursor = models.CharField(max_length=60, blank=True)
    is_active = models.BooleanField(default=True)
    silent_since = models.DateTimeField(null=True, blank=True, help_text="first failed try to reach it, if it is out")

    def __str__(self) -> str:
        return f"{self.bank_id} by {self.gateway}"


class Payment(fsm.ConcurrentTransitionMixin, fsm.FSMModelMixin, models.Model):
    """An instruction to a lender to pay, known to both sides by one end-to-end id for ever.

        CREATED --send--> SENT --settle--> PAID
                            |--reject--> FAILED
                            '--lose_sight--> UNKNOWN --settle | reject--> (asked about, never sent blindly again)

    reference  the case's number; thread the case's timeline
    """

    class State(models.TextChoices):
        CREATED = "CREATED", _("to be sent")
        SENT = "SENT", _("sent")
        UNKNOWN = "UNKNOWN", _("being asked about")
        PAID = "PAID", _("paid")
        FAILED = "FAILED", _("failed")

    class Kind(models.TextChoices):
        DISBURSEMENT = "DISBURSEMENT", _("Loan paid out")
        REFUND = "REFUND", _("Surplus returned")

    end_to_end_id = models.CharField(max_length=35, unique=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="payments_out")
    reference = models.CharField(max_length=40, db_index=True)
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

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="payment_amount_positive"),
            models.UniqueConstraint(
                fields=["reference"],
                condition=models.Q(kind="DISBURSEMENT") & ~models.Q(state="FAILED"),
                name="payment_disburses_a_case_once",
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

    @fsm.transition(state, source=[State.SENT, State.UNKNOWN], target=State.PAID)
    def settle(self, *, value_date: date, at: datetime) -> None:
        """The bank has paid."""
        self.value_date, self.closed_at = value_date, at

    @fsm.transition(state, source=[State.SENT, State.UNKNOWN], target=State.FAILED)
    def reject(self, *, code: str, reason: str, at: datetime) -> None:
        """The bank has refused; nothing was paid."""
        self.reason_code, self.reason, self.closed_at = code, reason, at


class BankMessage(models.Model):
    """A message of a bank as it came; its bytes are kept, its effect happens once."""

    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=80)
    kind = models.CharField(max_length=20)
    file = models.ForeignKey("documents.StoredFile", models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bank", "external_id"], name="bank_message_taken_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}"


class Statement(models.Model):
    """A bank statement (camt.053) of a collection account, once per account and statement id."""

    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="statements")
    account = models.ForeignKey("parties.BankAccount", models.PROTECT, related_name="statements")
    statement_id = models.CharField(max_length=60)
    currency = models.CharField(max_length=3)
    from_date = models.DateField(null=True)
    to_date = models.DateField(null=True)
    opening_minor = models.BigIntegerField(null=True)
    closing_minor = models.BigIntegerField(null=True)
    file = models.ForeignKey("documents.StoredFile", models.PROTECT, related_name="+")
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "statement_id"], name="statement_taken_once")]

    def __str__(self) -> str:
        return self.statement_id


class StatementEntry(models.Model):
    """One booked movement on a collection account; credits are positive.

    fingerprint  what makes it the same movement in another file: bank reference, date, amount, order
    """

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="entries")
    account = models.ForeignKey("parties.BankAccount", models.PROTECT, related_name="+")
    fingerprint = models.CharField(max_length=64)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    booking_date = models.DateField()
    value_date = models.DateField()
    end_to_end_id = models.CharField(max_length=60, blank=True)
    bank_reference = models.CharField(max_length=80, blank=True)
    text = models.CharField(max_length=500, blank=True)
    counterparty = models.CharField(max_length=200, blank=True)
    is_reversal = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "fingerprint"], name="statement_entry_taken_once")]

    def __str__(self) -> str:
        return f"{self.booking_date} {self.amount_minor}"
