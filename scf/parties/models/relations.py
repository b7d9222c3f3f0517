"""Who stands behind an organisation: what two related ones have in common, and what they declare."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Trait(models.Model):
    """A fact by which related organisations are found: two that share one are taken for related.

    value   as compared: trimmed, folded; telephone numbers as digits only
    source  where it was read: the business register, the contract, a person
    """

    class Kind(models.TextChoices):
        LEGAL_REPRESENTATIVE = "LEGAL_REPRESENTATIVE", _("legal representative")
        SHAREHOLDER = "SHAREHOLDER", _("shareholder")
        PHONE = "PHONE", _("telephone")
        ADDRESS = "ADDRESS", _("address")
        ACCOUNT = "ACCOUNT", _("bank account")

    organisation = models.ForeignKey("parties.Organisation", models.CASCADE, related_name="traits")
    kind = models.CharField(max_length=22, choices=Kind.choices)
    value = models.CharField(max_length=200)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind", "value"], name="trait_once"),
            models.CheckConstraint(condition=~Q(value=""), name="trait_says_something"),
        ]
        indexes = [models.Index(fields=["kind", "value"], name="trait_shared")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.value}"


class Affiliation(models.Model):
    """Two organisations that are related because somebody says so; the smaller id first."""

    low = models.ForeignKey("parties.Organisation", models.CASCADE, related_name="+")
    high = models.ForeignKey("parties.Organisation", models.CASCADE, related_name="+")
    why = models.CharField(max_length=200)
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    declared_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["low", "high"], name="affiliation_once"),
            models.CheckConstraint(condition=Q(low__lt=F("high")), name="affiliation_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.low_id} ~ {self.high_id}"
