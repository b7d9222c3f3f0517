"""Files that are handed to banks."""

from django.db import models


class OutgoingFile(models.Model):
    """A file for a bank: one for each instruction and each recall, the same bytes for ever.

    payment       the instruction that it is about
    token         of the attempt that staged it
    staged_at     when it lay in the bank's folder under a name that the bank leaves alone
    handed_at     since when the bank can have it; the database lets nothing of this be undone
    is_by_hand    an officer of the lender is to take it from the page
    taken_at, taken_by  who took it first, and when
    """

    lender_rows = "bank"

    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    payment = models.ForeignKey("banks.Payment", models.PROTECT, related_name="files")
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=20)
    file = models.ForeignKey("documents.StoredFile", models.PROTECT, related_name="+")
    kept_at = models.DateTimeField()
    token = models.CharField(max_length=16, blank=True)
    staged_at = models.DateTimeField(null=True)
    handed_at = models.DateTimeField(null=True)
    is_by_hand = models.BooleanField(default=False)
    taken_at = models.DateTimeField(null=True)
    taken_by = models.ForeignKey("parties.Membership", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bank", "name"], name="outgoing_file_once"),
            models.CheckConstraint(
                condition=models.Q(taken_at=None, taken_by=None)
                | models.Q(taken_at__isnull=False, taken_by__isnull=False, handed_at__isnull=False),
                name="outgoing_file_taken_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["bank", "-id"], condition=models.Q(is_by_hand=True), name="outgoing_file_by_hand"),
        ]

    def __str__(self) -> str:
        return self.name
