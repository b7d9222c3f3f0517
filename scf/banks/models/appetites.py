"""What lenders say they want to finance."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Appetite(models.Model):
    """What a lender says it wants to finance; empty lists mean "any". Amounts in minor units, ends inclusive."""

    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="appetites")
    products = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    currency = models.CharField(max_length=3, default="CNY")
    amount_min_minor = models.BigIntegerField()
    amount_max_minor = models.BigIntegerField()
    tenor_days_min = models.PositiveIntegerField(default=1)
    tenor_days_max = models.PositiveIntegerField(default=180)
    buyers = models.ManyToManyField("parties.Organisation", blank=True, related_name="+")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_min_minor__gte=0, amount_max_minor__gte=models.F("amount_min_minor")),
                name="appetite_amounts_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank_id} {self.currency} {self.products or 'any'}"
