"""Bank statements of collection accounts and their movements."""

from django.db import models


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
