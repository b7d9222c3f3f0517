"""What banks tell us, as it came."""

from django.db import models


class PushedRequest(models.Model):
    """A signed request of a bank that was taken: the same again is refused. Kept for as long as its time is good."""

    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    nonce = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bank", "nonce"], name="pushed_request_once")]

    def __str__(self) -> str:
        return self.nonce


class BankMessage(models.Model):
    """A message of a bank as it came; its bytes are kept, its effect happens once.

    gateway  the transport that brought it; ids are the bank's own on each
    account  of a file that names none, as a person says
    result   what came of it, JSON-ready: payments by what is said of them, statements, findings
    problem  why nothing came of it
    """

    lender_rows = "bank"

    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    gateway = models.CharField(max_length=20, default="sandbox", db_default="sandbox")
    external_id = models.CharField(max_length=80)
    kind = models.CharField(max_length=20)
    file = models.ForeignKey("documents.StoredFile", models.PROTECT, related_name="+")
    account = models.ForeignKey("parties.BankAccount", models.PROTECT, null=True, related_name="+")
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict, db_default={})
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bank", "gateway", "external_id"], name="bank_message_taken_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}"
