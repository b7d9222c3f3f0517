"""Evidence that a pledge stands in law, element by element, and the lender's waivers."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from scf.domain.perfection import Element

from .pledges import Pledge


class ElementEvidence(models.Model):
    """Why one element of a pledge is there: evidence that somebody gave, or a waiver by the lender's checker.

    given_by  null where the system itself saw it: the register's answer, the signed contract
    note      the filing's number, or the waiver's reason
    revoked   a later row of kind REVOKED takes the element back (a keeper's error, a register's correction)
    """

    append_only: ClassVar[bool] = True

    class Kind(models.TextChoices):
        EVIDENCE = "EVIDENCE", _("evidence")
        WAIVER = "WAIVER", _("waived by the lender")
        REVOKED = "REVOKED", _("taken back")

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="evidence")
    element = models.CharField(max_length=20, choices=[(each.value, each.value) for each in Element])
    kind = models.CharField(max_length=8, choices=Kind.choices)
    given_by = models.ForeignKey("parties.Membership", models.PROTECT, null=True, related_name="+")
    file = models.ForeignKey("documents.StoredFile", models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "element evidence"
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind__in=["WAIVER", "REVOKED"]) | (Q(given_by__isnull=False) & ~Q(note="")),
                name="waiver_by_somebody_with_reason",
            ),
        ]
        indexes = [models.Index(fields=["pledge", "element", "-id"], name="evidence_latest")]

    def __str__(self) -> str:
        return f"{self.element} {self.kind}"
