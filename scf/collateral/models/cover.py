"""What is owed on a pledge, what its goods carry day by day, and what is asked for where that is too little."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

import django_fsm as fsm
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from scf.domain.margin import Thresholds
from scf.domain.money import Money
from scf.kernel.fsm import StateField

from .pledges import Pledge, PledgeLine

if TYPE_CHECKING:
    from scf.parties.models import Membership

COVER: dict = {"max_digits": 7, "decimal_places": 4}


class Exposure(models.Model):
    """The loan that rests on a pledge, as servicing tells it: what is owed now, and at which covers something happens.

    owed_minor  outstanding principal (advance rates are agreed on principal)
    loan        the loan's number
    checked_at, carries_minor  the last check of its cover
    """

    pledge = models.OneToOneField(Pledge, models.PROTECT, primary_key=True, related_name="exposure")
    loan = models.CharField(max_length=40, unique=True)
    owed_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    sale_below = models.DecimalField(**COVER, default=Decimal("0.80"))
    call_below = models.DecimalField(**COVER, default=Decimal("0.95"))
    cure_to = models.DecimalField(**COVER, default=Decimal("1.00"))
    carries_minor = models.BigIntegerField(default=0)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sale_below__gt=0, sale_below__lte=F("call_below"), call_below__lte=F("cure_to")),
                name="exposure_thresholds_in_order",
            ),
            models.CheckConstraint(condition=Q(owed_minor__gte=0), name="exposure_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.loan}: {self.owed_minor}"

    @property
    def owed(self) -> Money:
        """What is owed."""
        return Money(self.owed_minor, self.currency)

    @property
    def carries(self) -> Money:
        """What the goods carry by the last check."""
        return Money(self.carries_minor, self.currency)

    @property
    def thresholds(self) -> Thresholds:
        """At which covers something happens."""
        return Thresholds(self.sale_below, self.call_below, self.cure_to)


class PledgeValue(models.Model):
    """What a counting pledge line carries, and all that the figure is made of; a cache that can be made anew.

    carries = floor(min(book_price, market x per_unit) x base_quantity x (1 - haircut) x advance_rate x evidence)

    base_quantity  what papers still support of the pledged quantity: less after rejections, credits, disputes, counts
    commodity, grade, per_unit  by which market price it is valued; commodity null where it lends on the book price,
                   per_unit null where the market's unit or currency cannot be compared
    supported_to   last day of the storage and the insurance that the paper states; null where it states none
    """

    line = models.OneToOneField(PledgeLine, models.CASCADE, primary_key=True, related_name="worth")
    book_price = models.DecimalField(max_digits=24, decimal_places=8)
    base_quantity = models.DecimalField(max_digits=18, decimal_places=4)
    haircut = models.DecimalField(max_digits=5, decimal_places=4)
    advance_rate = models.DecimalField(max_digits=5, decimal_places=4)
    evidence = models.DecimalField(max_digits=5, decimal_places=4)
    commodity = models.ForeignKey("collateral.Commodity", models.PROTECT, null=True, related_name="+")
    grade = models.CharField(max_length=40, blank=True)
    per_unit = models.DecimalField(max_digits=30, decimal_places=15, null=True)
    carries_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    valued_on = models.DateField()
    supported_to = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["commodity", "grade"], name="pledge_value_by_commodity"),
            models.Index(
                fields=["supported_to"], condition=Q(supported_to__isnull=False), name="pledge_value_by_support"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id}: {self.carries_minor}"

    @property
    def carries(self) -> Money:
        """What it carries."""
        return Money(self.carries_minor, self.currency)


class CoverCheck(models.Model):
    """One look at a loan's cover; written down when the figures have changed, so that the chart shows every step."""

    append_only: ClassVar[bool] = True

    class Cause(models.TextChoices):
        PAYMENT = "PAYMENT", _("loan paid out or repaid")
        PRICE = "PRICE", _("market price")
        PAPERS = "PAPERS", _("papers of the goods")
        GOODS = "GOODS", _("goods added or released")
        DAY = "DAY", _("close of business")

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="cover_checks")
    at = models.DateTimeField()
    on = models.DateField()
    cause = models.CharField(max_length=8, choices=Cause.choices)
    owed_minor = models.BigIntegerField()
    carries_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        indexes = [models.Index(fields=["pledge", "-at", "-id"], name="cover_check_latest")]

    def __str__(self) -> str:
        return f"{self.pledge_id} {self.on}: {self.carries_minor}/{self.owed_minor}"

    @property
    def owed(self) -> Money:
        """What was owed."""
        return Money(self.owed_minor, self.currency)

    @property
    def carries(self) -> Money:
        """What the goods carried."""
        return Money(self.carries_minor, self.currency)


class MarginCall(fsm.ConcurrentTransitionMixin, fsm.FSMModelMixin, models.Model):
    """The lender asks for more cover: how much, and until when.

        OPEN --extend--> OPEN   OPEN --cure--> CURED
        OPEN --sell--> FORCED_SALE --close_sale--> SOLD
                       FORCED_SALE --call_off--> CURED

    amount_minor  the cash that cures it as of the last check; of one that has ended, what it asked for last
    deadline      last business day on which it can be cured
    is_urgent     cover is below the sale threshold: the lender may sell at once
    proceeds_minor, sold_to  what a forced sale brought, and who pays it to the lender
    """

    class State(models.TextChoices):
        OPEN = "OPEN", _("margin call")
        CURED = "CURED", _("cured")
        FORCED_SALE = "FORCED_SALE", _("forced sale")
        SOLD = "SOLD", _("sold")

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="margin_calls")
    state = StateField(choices=State.choices, default=State.OPEN)
    cause = models.CharField(max_length=8, choices=CoverCheck.Cause.choices)
    made_at = models.DateTimeField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    deadline = models.DateField()
    extended = models.PositiveSmallIntegerField(default=0)
    is_urgent = models.BooleanField(default=False)
    note = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey("parties.Membership", models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    proceeds_minor = models.BigIntegerField(null=True)
    sold_to = models.CharField(max_length=100, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="SOLD", proceeds_minor__gte=0) | ~Q(state="SOLD") & Q(proceeds_minor=None),
                name="forced_sale_brings_its_price",
            ),
            models.UniqueConstraint(
                fields=["pledge"], condition=Q(state__in=["OPEN", "FORCED_SALE"]), name="margin_call_one_open"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="margin_call_asks_for_something"),
            models.CheckConstraint(
                condition=~Q(state__in=["FORCED_SALE", "SOLD"]) | Q(decided_by__isnull=False),
                name="forced_sale_by_an_officer",
            ),
        ]
        indexes = [models.Index(fields=["state", "deadline"], name="margin_call_by_deadline")]

    def __str__(self) -> str:
        return f"{self.pledge_id} {self.state} {self.deadline}"

    @property
    def amount(self) -> Money:
        """The cash that cures it as of the last check."""
        return Money(self.amount_minor, self.currency)

    @property
    def proceeds(self) -> Money | None:
        """What a forced sale brought."""
        return None if self.proceeds_minor is None else Money(self.proceeds_minor, self.currency)

    @fsm.transition(state, source=State.OPEN, target=State.OPEN)
    def extend(self, *, deadline: date, decided_by: "Membership", note: str) -> None:
        """The lender gives more time."""
        self.deadline, self.decided_by, self.note = deadline, decided_by, note
        self.extended += 1

    @fsm.transition(state, source=State.OPEN, target=State.CURED)
    def cure(self, *, at: datetime) -> None:
        """Cover is there again."""
        self.ended_at = at

    @fsm.transition(state, source=State.OPEN, target=State.FORCED_SALE)
    def sell(self, *, decided_by: "Membership", note: str) -> None:
        """The lender has the goods sold."""
        self.decided_by, self.note = decided_by, note

    @fsm.transition(state, source=State.FORCED_SALE, target=State.CURED)
    def call_off(self, *, at: datetime, note: str) -> None:
        """The goods are not sold after all: the loan is repaid, or covered again."""
        self.ended_at, self.note = at, note

    @fsm.transition(state, source=State.FORCED_SALE, target=State.SOLD)
    def close_sale(self, *, proceeds: Money, sold_to: str, at: datetime) -> None:
        """The goods are sold and their price is on its way to the loan."""
        self.ended_at, self.proceeds_minor, self.sold_to = at, proceeds.minor, sold_to


class CollateralChange(fsm.ConcurrentTransitionMixin, fsm.FSMModelMixin, models.Model):
    """The supplier asks to have goods back, in exchange for others or because the loan has become smaller.

        PROPOSED --approve--> DONE | --refuse--> REFUSED | --withdraw--> WITHDRAWN

    leaves  quantity by pledge line's id, as strings; comes  quantity by document line's id
    """

    class Kind(models.TextChoices):
        PART_RELEASE = "PART_RELEASE", _("part release")
        SUBSTITUTION = "SUBSTITUTION", _("substitution")

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", _("proposed")
        DONE = "DONE", _("done")
        REFUSED = "REFUSED", _("refused")
        WITHDRAWN = "WITHDRAWN", _("withdrawn")

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = StateField(choices=State.choices, default=State.PROPOSED)
    leaves = models.JSONField(default=dict)
    comes = models.JSONField(default=dict)
    asked_by = models.ForeignKey("parties.Membership", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey("parties.Membership", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pledge"], condition=Q(state="PROPOSED"), name="collateral_change_one_open"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["DONE", "REFUSED"]) | Q(decided_by__isnull=False),
                name="collateral_change_decided_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="collateral_change_by_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @fsm.transition(state, source=State.PROPOSED, target=State.DONE)
    def approve(self, *, decided_by: "Membership", at: datetime) -> None:
        """The lender agrees; the goods have changed places."""
        self.decided_by, self.decided_at = decided_by, at

    @fsm.transition(state, source=State.PROPOSED, target=State.REFUSED)
    def refuse(self, *, decided_by: "Membership", at: datetime, note: str) -> None:
        """The lender does not agree."""
        self.decided_by, self.decided_at, self.note = decided_by, at, note

    @fsm.transition(state, source=State.PROPOSED, target=State.WITHDRAWN)
    def withdraw(self, *, at: datetime) -> None:
        """The supplier does not want it any more."""
        self.decided_at = at
