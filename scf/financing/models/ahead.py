"""A borrower's signature given ahead: the first offer that keeps within it is accepted at once."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from scf.domain.money import Money
from scf.kernel import lenders

from .applications import Application

COST_MAX = Decimal("0.36")


class SignedAhead(models.Model):
    """A signatory accepts, before any offer is there, the first one that keeps within these terms.

    It counts for this amount and tenor only, and for no offer that has conditions: what was not read is not signed.

    annual_cost_max   a fraction of one, by IRR over all flows, included; valid_to: the last day, included
    revoked_at        taken back; from then on nothing is accepted by it
    """

    lender_rows = lenders.NONE  # up to which cost a borrower would go is no lender's business

    application = models.ForeignKey(Application, models.PROTECT, related_name="signed_ahead")
    amount_minor = models.BigIntegerField()
    tenor_days = models.PositiveIntegerField()
    annual_cost_max = models.DecimalField(max_digits=9, decimal_places=6)
    valid_to = models.DateField()
    signed_by = models.ForeignKey("parties.Membership", models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application"], condition=Q(revoked_at=None), name="signed_ahead_once"),
            models.CheckConstraint(
                condition=Q(annual_cost_max__gt=0, annual_cost_max__lte=COST_MAX, amount_minor__gt=0, tenor_days__gt=0),
                name="signed_ahead_within_reason",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None) | Q(revoked_at__gte=F("signed_at")), name="signed_ahead_revoked_after"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} <= {self.annual_cost_max}"

    @property
    def amount(self) -> Money:
        """Of which amount it speaks, exactly."""
        return Money(self.amount_minor, self.application.currency)
