"""Holdings of goods, and the pledges on them.

The database keeps `Holding.committed` by trigger from the pledge lines and
refuses to let it pass `capacity`: no race and no SQL can lend on goods twice.
"""

from datetime import datetime
from typing import TYPE_CHECKING

import django_fsm as fsm
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from scf.parties.models import Organisation


class Holding(models.Model):
    """How much of a document line can stand behind loans, and how much does.

    scope LINE  the quantity that this paper itself supports (received - rejected ...)
    scope ROOT  the quantity of the goods whatever the paper: an order line and the
                receipts on it draw on one ROOT, so the same unit is never lent on twice
    committed   kept by the database from the counting pledge lines
    """

    class Scope(models.TextChoices):
        LINE = "LINE", "this paper"
        ROOT = "ROOT", "the goods on all papers"

    line = models.ForeignKey("orders.DocumentLine", models.PROTECT, related_name="holdings")
    scope = models.CharField(max_length=4, choices=Scope.choices)
    capacity = models.DecimalField(max_digits=18, decimal_places=4)
    committed = models.DecimalField(max_digits=18, decimal_places=4, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "scope"], name="holding_once_per_line_and_scope"),
            models.CheckConstraint(
                condition=models.Q(committed__gte=0, committed__lte=models.F("capacity")),
                name="holding_never_lent_on_twice",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} of line {self.line_id}: {self.committed}/{self.capacity}"


class Pledge(fsm.ConcurrentTransitionMixin, fsm.FSMModelMixin, models.Model):
    """What stands behind one case.

        RESERVED --pledge--> PLEDGED --release--> RELEASED
            '------------ release -------------------^

    reference  the case's number; bank  the lender, once pledged
    """

    class State(models.TextChoices):
        RESERVED = "RESERVED", _("reserved")
        PLEDGED = "PLEDGED", _("pledged")
        RELEASED = "RELEASED", _("released")

    reference = models.CharField(max_length=40, unique=True)
    thread = models.CharField(max_length=80)
    supplier = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    bank = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    state = fsm.FSMField(choices=State.choices, default=State.RESERVED, protected=True)
    pledged_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.reference} {self.state}"

    @fsm.transition(state, source=State.RESERVED, target=State.PLEDGED)
    def pledge(self, *, bank: "Organisation", at: datetime) -> None:
        """The lender takes the goods as security."""
        self.bank, self.pledged_at = bank, at

    @fsm.transition(state, source=[State.RESERVED, State.PLEDGED], target=State.RELEASED)
    def release(self, *, at: datetime) -> None:
        """The goods are free, or paid for."""
        self.released_at = at


class PledgeLine(models.Model):
    """A quantity of one document line behind a case.

    counts   the quantity draws on its holdings; false once the goods are free again.
             Goods that the buyer has paid for go on counting: there is no claim left to lend on.
    lendable_minor  what it carried when it was taken
    """

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="lines")
    line_holding = models.ForeignKey(Holding, models.PROTECT, related_name="+")
    root_holding = models.ForeignKey(Holding, models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=18, decimal_places=4)
    counts = models.BooleanField(default=True)
    lendable_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="pledge_line_quantity_positive"),
            models.UniqueConstraint(fields=["pledge", "line_holding"], name="pledge_line_once"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.line_holding_id}"
