"""Holdings of goods, and the pledges on them.

The database keeps `Holding.committed` by trigger from the pledge lines and
refuses to let it pass `capacity`, and `capacity` to pass what the papers or the
keeper's count state: no race and no SQL can lend on goods twice.
"""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import django_fsm as fsm
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from scf.domain.margin import Piece
from scf.domain.money import Money
from scf.kernel.fsm import StateField

from .stock import Stock

if TYPE_CHECKING:
    from scf.orders.models import DocumentLine
    from scf.parties.models import Organisation


class Holding(models.Model):
    """How much of something can stand behind loans, and how much does.

    scope LINE   the quantity that this paper itself supports (received - rejected ...)
    scope ROOT   the quantity of the goods whatever the paper: an order line and the
                 receipts on it draw on one ROOT, so the same unit is never lent on twice
    scope STOCK  what a keeper holds of a kind of goods, or in one lot, whoever the borrowers
                 are: receipts of several owners on the same metal draw on one STOCK
    committed    kept by the database from the counting pledge lines
    """

    class Scope(models.TextChoices):
        LINE = "LINE", "this paper"
        ROOT = "ROOT", "the goods on all papers"
        STOCK = "STOCK", "the goods in the warehouse"

    line = models.ForeignKey("orders.DocumentLine", models.PROTECT, null=True, related_name="holdings")
    stock = models.OneToOneField(Stock, models.PROTECT, null=True, related_name="holding")
    scope = models.CharField(max_length=5, choices=Scope.choices)
    capacity = models.DecimalField(max_digits=18, decimal_places=4)
    committed = models.DecimalField(max_digits=18, decimal_places=4, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "scope"], name="holding_once_per_line_and_scope"),
            models.CheckConstraint(
                condition=Q(committed__gte=0, committed__lte=F("capacity")), name="holding_never_lent_on_twice"
            ),
            models.CheckConstraint(
                condition=Q(scope="STOCK", stock__isnull=False, line=None)
                | (~Q(scope="STOCK") & Q(stock=None, line__isnull=False)),
                name="holding_of_a_line_or_a_stock",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} of {self.line_id or self.stock_id}: {self.committed}/{self.capacity}"


class Pledge(fsm.ConcurrentTransitionMixin, fsm.FSMModelMixin, models.Model):
    """What stands behind one case.

        RESERVED --pledge--> PLEDGED --release--> RELEASED
            '------------ release -------------------^
                         PLEDGED --enforce--> ENFORCING --sell--> SOLD
                         PLEDGED <--call_off-----'

    reference  the case's number; bank  the lender, once pledged
    effective_at  since when every legal element has evidence; nothing is paid before
    """

    class State(models.TextChoices):
        RESERVED = "RESERVED", _("reserved")
        PLEDGED = "PLEDGED", _("pledged")
        ENFORCING = "ENFORCING", _("being enforced")
        SOLD = "SOLD", _("sold")
        RELEASED = "RELEASED", _("released")

    reference = models.CharField(max_length=40, unique=True)
    thread = models.CharField(max_length=80)
    supplier = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    bank = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    state = StateField(choices=State.choices, default=State.RESERVED)
    pledged_at = models.DateTimeField(null=True)
    effective_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["bank", "state"], name="pledge_by_lender")]

    def __str__(self) -> str:
        return f"{self.reference} {self.state}"

    @fsm.transition(state, source=State.RESERVED, target=State.PLEDGED)
    def pledge(self, *, bank: "Organisation", at: datetime) -> None:
        """The lender takes the goods as security."""
        self.bank, self.pledged_at = bank, at

    @fsm.transition(state, source=State.PLEDGED, target=State.ENFORCING)
    def enforce(self) -> None:
        """The lender realises its security: the goods are to be sold."""

    @fsm.transition(state, source=State.ENFORCING, target=State.PLEDGED)
    def call_off(self) -> None:
        """The goods are not sold after all."""

    @fsm.transition(state, source=State.ENFORCING, target=State.SOLD)
    def sell(self, *, at: datetime) -> None:
        """The goods are sold; their price goes to the loan."""
        self.released_at = at

    @fsm.transition(state, source=[State.RESERVED, State.PLEDGED], target=State.RELEASED)
    def release(self, *, at: datetime) -> None:
        """The goods are free, or paid for."""
        self.released_at = at


class ReleaseOrder(models.Model):
    """The lender's word that goods may leave its security; without one the database lets none go.

    ordered_by  an officer of the lender; null for what the contract itself orders:
                the loan is repaid, goods received take the place of goods ordered
    cause       what it rests on: a loan's number, a change of collateral
    """

    append_only = True

    class Reason(models.TextChoices):
        REPAID = "REPAID", _("loan repaid")
        PART = "PART", _("part of the loan repaid")
        SUBSTITUTED = "SUBSTITUTED", _("other goods took their place")
        CONVERTED = "CONVERTED", _("goods received took the place of goods ordered")
        UNPAID = "UNPAID", _("the loan was not paid out")
        SOLD = "SOLD", _("sold for the lender")

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="release_orders")
    reason = models.CharField(max_length=12, choices=Reason.choices)
    ordered_by = models.ForeignKey("parties.Membership", models.PROTECT, null=True, related_name="+")
    cause = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=["REPAID", "CONVERTED", "UNPAID"]) | Q(ordered_by__isnull=False),
                name="release_order_by_an_officer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pledge_id} {self.reason}"


class PledgeLine(models.Model):
    """A quantity of one document line behind a case.

    quantity, root_quantity, stock_quantity  the same goods in the units of the paper, of
             the order line that they come from, and of the warehouse's stock
    counts   the quantity draws on its holdings; false once the goods are free again.
             Goods that the buyer has paid for go on counting: there is no claim left to lend on.
    paid_quantity  how much of it the buyer's money has paid for; that part carries nothing and is never let go
    lendable_minor  what it carried when it was taken
    product, advance_rate, haircut  the technique and its terms as they were agreed: goods keep them
             however long the loan runs, also where their papers change
    taken_at  when the goods came behind the case; what was endorsed or sealed before says nothing of them
    came_from, release  the line whose place it took; the order by which it stopped counting
    ranks_second  came_from still stands before it, for a loan that this one's loan will pay off: until then it
             draws on nothing, and the database lets it wait only behind goods that are there
    """

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="lines")
    line_holding = models.ForeignKey(Holding, models.PROTECT, related_name="+")
    root_holding = models.ForeignKey(Holding, models.PROTECT, related_name="+")
    stock_holding = models.ForeignKey(Holding, models.PROTECT, null=True, related_name="+")
    quantity = models.DecimalField(max_digits=18, decimal_places=4)
    root_quantity = models.DecimalField(max_digits=18, decimal_places=4)
    stock_quantity = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    counts = models.BooleanField(default=True)
    lendable_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    product = models.CharField(max_length=12)
    advance_rate = models.DecimalField(max_digits=5, decimal_places=4)
    haircut = models.DecimalField(max_digits=5, decimal_places=4)
    taken_at = models.DateTimeField(null=True)
    paid_quantity = models.DecimalField(max_digits=18, decimal_places=4, default=0, db_default=0)
    came_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="became")
    release = models.ForeignKey(ReleaseOrder, models.PROTECT, null=True, related_name="lines")
    ranks_second = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ranks_second=False) | Q(came_from__isnull=False, stock_holding=None),
                name="pledge_line_second_behind_another",
            ),
            models.UniqueConstraint(
                fields=["came_from"], condition=Q(ranks_second=True, counts=True), name="pledge_line_one_second"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, root_quantity__gt=0), name="pledge_line_quantity_positive"
            ),
            models.CheckConstraint(
                condition=Q(stock_holding=None, stock_quantity=None)
                | Q(stock_holding__isnull=False, stock_quantity__isnull=False, stock_quantity__gt=0),
                name="pledge_line_stock_has_quantity",
            ),
            models.CheckConstraint(
                condition=Q(paid_quantity__gte=0, paid_quantity__lte=F("quantity")), name="pledge_line_paid_in_part"
            ),
        ]
        indexes = [models.Index(fields=["line_holding"], condition=Q(counts=True), name="pledge_line_counting")]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.line_holding_id}"

    @property
    def goods(self) -> "DocumentLine":
        """The line of the paper whose goods these are."""
        line = self.line_holding.line
        assert line is not None, "a pledge line rests on a paper"
        return line

    @property
    def lendable(self) -> Money:
        """What it carried when it was taken."""
        return Money(self.lendable_minor, self.currency)

    @property
    def is_later(self) -> bool:
        """Whether it joined goods that were pledged already, or took the place of such: it must prove itself."""
        since = self.pledge.pledged_at
        return since is not None and self.taken_at is not None and self.taken_at > since

    @property
    def paid_now(self) -> Decimal:
        """What of the goods the buyer has paid for, also where they still stand behind another loan first."""
        return self.came_from.paid_quantity if self.ranks_second and self.came_from else self.paid_quantity

    @property
    def unpaid_quantity(self) -> Decimal:
        """What of it can still carry a loan, and be let go."""
        return self.quantity - self.paid_quantity

    @property
    def piece(self) -> Piece:
        """What nobody has paid for, with what it carries by the last look."""
        return Piece(self.pk, self.unpaid_quantity, self.worth.carries)
