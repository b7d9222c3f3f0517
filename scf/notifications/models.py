"""What people are told."""

from django.db import models


class Notification(models.Model):
    """One message to one person in one role.

    code, facts  the message; words are chosen when it is read, in the reader's language
    link         page that the message is about, a path of ours
    dedupe_key   the event that caused it: told twice, it stands once
    """

    membership = models.ForeignKey("parties.Membership", models.CASCADE, related_name="notifications")
    code = models.CharField(max_length=60)
    facts = models.JSONField(default=dict)
    link = models.CharField(max_length=200, blank=True)
    dedupe_key = models.CharField(max_length=160)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership", "dedupe_key"], name="notification_told_once")]
        indexes = [models.Index(fields=["membership", "-created_at", "-id"], name="notification_inbox")]

    def __str__(self) -> str:
        return f"{self.code} to {self.membership_id}"
