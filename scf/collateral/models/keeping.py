"""What keepers do with pledged goods: lock them for the lender, hand them out on its order."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .pledges import PledgeLine, ReleaseOrder


class KeeperAct(models.Model):
    """A keeper's registered signer has locked goods for a lender, or handed goods out that the lender let go.

    quantity  in the stock's unit
    order     the lender's order on which goods are handed out; none for a lock

    The database lets only an independent signer of the warehouse act, and hand out only what the order let go.
    """

    append_only: ClassVar[bool] = True

    class Kind(models.TextChoices):
        LOCK = "LOCK", _("locked for the lender")
        RELEASE = "RELEASE", _("handed out")

    line = models.ForeignKey(PledgeLine, models.PROTECT, related_name="keeper_acts")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    quantity = models.DecimalField(max_digits=18, decimal_places=4)
    order = models.ForeignKey(ReleaseOrder, models.PROTECT, null=True, related_name="keeper_acts")
    by = models.ForeignKey("parties.Membership", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "kind"], name="keeper_act_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="keeper_act_quantity_positive"),
            models.CheckConstraint(
                condition=Q(kind="LOCK", order=None) | Q(kind="RELEASE", order__isnull=False),
                name="keeper_act_release_by_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.line_id}"
