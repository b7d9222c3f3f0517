"""Bank statements of collection accounts and their movements."""

from django.db import models
from django.db.models import Q


class Statement(models.Model):
    """A bank statement of a collection account, as one file told it.

    statement_id   the bank's own number, empty where its format has none; banks use numbers again
    content_hash   what the statement says, apart from how the file is written; empty for those taken before it was kept
    findings       where it departs from its format, its sums or what came before: [{code, where, facts}]
    corrects       the statement of the same days whose entries this one tells otherwise
    """

    lender_rows = "bank"

    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="statements")
    account = models.ForeignKey("parties.BankAccount", models.PROTECT, related_name="statements")
    statement_id = models.CharField(max_length=60)
    format = models.CharField(max_length=8, default="camt.053")
    currency = models.CharField(max_length=3)
    from_date = models.DateField(null=True)
    to_date = models.DateField(null=True)
    opening_minor = models.BigIntegerField(null=True)
    closing_minor = models.BigIntegerField(null=True)
    content_hash = models.CharField(max_length=64, blank=True, default="")
    findings = models.JSONField(default=list, blank=True)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="corrections")
    file = models.ForeignKey("documents.StoredFile", models.PROTECT, related_name="+")
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "content_hash"], condition=~Q(content_hash=""), name="statement_content_taken_once"
            )
        ]
        indexes = [models.Index(fields=["account", "to_date"], name="statement_by_day")]

    def __str__(self) -> str:
        return self.statement_id or f"{self.from_date} – {self.to_date}"


class StatementEntry(models.Model):
    """One booked movement on a collection account; credits are positive.

    fingerprint   what makes it the same movement in another file: bank reference, date, amount, order
    missing_from  a later statement of the same days that no longer shows it; a person decides what that means
    """

    lender_rows = "statement"

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
    counterparty_account = models.CharField(max_length=60, blank=True, default="")
    is_reversal = models.BooleanField(default=False)
    missing_from = models.ForeignKey(Statement, models.PROTECT, null=True, blank=True, related_name="missing_entries")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "fingerprint"], name="statement_entry_taken_once")]
        indexes = [models.Index(fields=["account", "booking_date"], name="entry_by_day")]

    def __str__(self) -> str:
        return f"{self.booking_date} {self.amount_minor}"
