"""How we reach lenders' machines."""

from django.db import models


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
