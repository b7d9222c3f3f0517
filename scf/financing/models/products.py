"""What can be applied for."""

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from scf.domain.conventions import Conventions, Overpayment
from scf.domain.valuation import Terms


class Product(models.Model):
    """A technique of supply-chain finance with its terms; fractions of one, amounts in minor units of CNY.

    indicative_rate           shown to the supplier before there is an offer
    straight_through_max_minor  up to this amount a case whose checks all pass needs no reviewer; 0 = always a person
    cooling_off_days          within them the principal may be given back and no interest is owed (三天无理由退息)
    overpayment               what becomes of money that a loan does not need (scf.domain.conventions.Overpayment)
    review_target_hours       how soon the platform wants to have decided
    """

    class Code(models.TextChoices):
        ORDER = "ORDER", _("Order finance")
        RECEIPT = "RECEIPT", _("Goods-receipt finance")
        WAREHOUSE = "WAREHOUSE", _("Warehouse-receipt finance")

    class OnReceipt(models.TextChoices):
        FOLLOWS = "FOLLOWS", _("the pledge follows the goods")
        NEW_LOAN = "NEW_LOAN", _("a loan on the receipt may pay it off")

    code = models.CharField(max_length=12, choices=Code.choices, unique=True)
    advance_rate = models.DecimalField(max_digits=5, decimal_places=4)
    haircut = models.DecimalField(max_digits=5, decimal_places=4, default=0)
    tenor_days_max = models.PositiveIntegerField()
    amount_min_minor = models.BigIntegerField(default=1)
    indicative_rate = models.DecimalField(max_digits=7, decimal_places=6)
    penalty_factor = models.DecimalField(max_digits=4, decimal_places=2, default=Decimal("1.5"))
    grace_days = models.PositiveSmallIntegerField(default=3)
    cooling_off_days = models.PositiveSmallIntegerField(default=3)
    overpayment = models.CharField(
        max_length=10, default=Overpayment.KEEP, choices=[(each.value, each.value) for each in Overpayment]
    )
    on_receipt = models.CharField(max_length=10, choices=OnReceipt.choices, default=OnReceipt.FOLLOWS)
    straight_through_max_minor = models.BigIntegerField(default=0)
    review_target_hours = models.PositiveSmallIntegerField(default=4)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(advance_rate__gt=0, advance_rate__lte=1, haircut__gte=0, haircut__lt=1),
                name="product_lends_a_fraction",
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_code_display())

    @property
    def conventions(self) -> Conventions:
        """What loans of this product are made under; kept whole with each of them."""
        return Conventions(overpayment=Overpayment(self.overpayment))

    @property
    def terms(self) -> Terms:
        """What the valuation needs of the product."""
        return Terms(self.advance_rate, self.haircut)
