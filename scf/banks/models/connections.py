"""How we reach lenders' machines."""

from django.db import models


class Connection(models.Model):
    """How we reach a lender's machine, or its people.

    gateway    the transport, one of scf.banks.gateways.transports
    settings   what that transport needs to know; secrets by the names of environment variables only
    cursor     last message fetched, on lines that have one
    polled_at  when it was asked for messages last, on lines that are not to be asked at every beat

    The gateway stays while a payment has no answer: another line could not know what this one has sent. The database
    refuses the change, too.
    """

    lender_rows = "bank"

    bank = models.OneToOneField("parties.Organisation", models.PROTECT, related_name="connection")
    gateway = models.CharField(max_length=20, default="sandbox")
    settings = models.JSONField(default=dict, blank=True)
    cursor = models.CharField(max_length=60, blank=True)
    is_active = models.BooleanField(default=True)
    silent_since = models.DateTimeField(null=True, blank=True, help_text="first failed try to reach it, if it is out")
    polled_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.bank_id} by {self.gateway}"
