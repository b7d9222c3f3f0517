"""What keepers hold: by kind of goods and by lot, as counted."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Stock(models.Model):
    """Goods of one kind, or one lot, in one keeper's warehouse, whoever they belong to.

    level      LOT: goods told apart by their marks (a heat, a batch, a stack): a lot is one thing,
               and two receipts that name it name the same goods. KIND: all of one kind together.
    key        the lot's marks, or the goods' name, as compared (scf.parties.selectors.comparable)
    dimension  what the unit of a kind measures (scf.domain.units.dimension): tonnes and pieces of it are counted apart,
               so that a receipt in another unit stands in nobody's way. A lot is one thing: "" there.
    unit       the unit in which it is counted
    capacity   how much the warehouse can hold of it; null where nobody has said
    """

    class Level(models.TextChoices):
        KIND = "KIND", _("kind of goods")
        LOT = "LOT", _("lot")

    warehouse = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="stocks")
    level = models.CharField(max_length=4, choices=Level.choices)
    key = models.CharField(max_length=200)
    dimension = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=200)
    unit = models.CharField(max_length=40, blank=True)
    capacity = models.DecimalField(max_digits=18, decimal_places=4, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["warehouse", "level", "key", "dimension"], name="stock_once"),
            models.CheckConstraint(condition=~Q(key=""), name="stock_has_key"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.warehouse_id})"


class StockCount(models.Model):
    """The keeper's registered signer has counted or measured what is there. The latest one counts."""

    append_only = True

    stock = models.ForeignKey(Stock, models.PROTECT, related_name="counts")
    quantity = models.DecimalField(max_digits=18, decimal_places=4)
    counted_by = models.ForeignKey("parties.Membership", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(quantity__gte=0), name="stock_count_not_negative")]
        indexes = [models.Index(fields=["stock", "-at", "-id"], name="stock_count_latest")]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.stock_id} at {self.at:%Y-%m-%d}"
