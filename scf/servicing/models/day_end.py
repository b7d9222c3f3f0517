"""Days of collection accounts that finance has proven and signed. Never changed."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from scf.domain.money import Money


class DayEndProof(models.Model):
    """The bank's closing balance of an account on a day, beside ours and every difference, as it was signed.

    expected_minor  what lies there by what is on loans and what was paid from it
    lines           the differences: [{code, minor, facts}]; together with expected_minor they make closing_minor
    file            the paper, the same bytes for the same figures
    """

    lender_rows = "bank"

    append_only: ClassVar[bool] = True

    number = models.CharField(max_length=40, unique=True)
    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    account = models.ForeignKey("parties.BankAccount", models.PROTECT, related_name="day_ends")
    day = models.DateField()
    closing_minor = models.BigIntegerField()
    expected_minor = models.BigIntegerField()
    lines = models.JSONField(default=list)
    file = models.ForeignKey("documents.StoredFile", models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "day", "-id"], name="day_end_by_day")]

    def __str__(self) -> str:
        return self.number

    @property
    def closing(self) -> Money:
        """The bank's."""
        return Money(self.closing_minor, self.account.currency)


class DayEndSignature(models.Model):
    """A person's word that a proof is right; a person once each."""

    lender_rows = "proof"

    append_only: ClassVar[bool] = True

    proof = models.ForeignKey(DayEndProof, models.PROTECT, related_name="signatures")
    by = models.ForeignKey("parties.Membership", models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proof", "user"], name="day_end_signed_once_by_a_person")]

    def __str__(self) -> str:
        return f"{self.proof_id} {self.user_id}"
