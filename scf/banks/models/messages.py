"""What banks tell us, as it came."""

from django.db import models


class BankMessage(models.Model):
    """A message of a bank as it came; its bytes are kept, its effect happens once."""

    lender_rows = "bank"

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
