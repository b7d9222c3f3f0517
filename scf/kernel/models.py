"""Rows that no business person asks for and everything depends on."""

from django.conf import settings
from django.db import models


class OutboxMessage(models.Model):
    """A promise made inside a transaction, kept afterwards by a worker.

    due_at       when to try next; a try leases the message by moving it ahead
    delivered_at set once, when the handler has returned
    can_wait     kept only when nothing else is due: a mail waits for a payment, not the other way round
    """

    topic = models.CharField(max_length=80)
    payload = models.JSONField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    delivered_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    can_wait = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["can_wait", "due_at", "id"], condition=models.Q(delivered_at=None), name="outbox_undelivered"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} #{self.pk}"


class IdempotencyKey(models.Model):
    """The answer once given to a command, so that its repetition changes nothing."""

    scope = models.CharField(max_length=80)
    key = models.CharField(max_length=120)
    request_hash = models.CharField(max_length=64)
    answer = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="idempotency_key_once_per_scope")]

    def __str__(self) -> str:
        return f"{self.scope}:{self.key}"


class AuditEntry(models.Model):
    """Who did what to which row, when, with the row before and after. Never changed, never deleted.

    subject       label and key of the row, such as "financing.application:12"
    thread        what the row belongs to (a case, a loan): the timeline reads by it
    private_to_id organisation whose members alone may read the entry; null = all who see the thread
    """

    append_only = True

    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    actor_organisation = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    actor_role = models.CharField(max_length=30, blank=True)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    thread = models.CharField(max_length=80, blank=True)
    private_to = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    note = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["thread", "-at", "-id"], name="audit_by_thread"),
            models.Index(fields=["subject", "-id"], name="audit_by_subject"),
        ]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.subject}"


class NumberSeries(models.Model):
    """The last number given out in a series, such as case numbers of one day."""

    prefix = models.CharField(max_length=40, primary_key=True)
    last = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "number series"

    def __str__(self) -> str:
        return f"{self.prefix}{self.last}"


class ClockOffset(models.Model):
    """How far a demo's business clock is ahead of the wall clock; one row, demo only."""

    days = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"+{self.days} d"


class Heartbeat(models.Model):
    """The last sign of life of a background process."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.at}"
