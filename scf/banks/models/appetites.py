"""What lenders say they want to finance, by days, and changed by two of their people."""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from scf.domain.money import Money
from scf.domain.pricing import Cell, Grade
from scf.kernel.proposals import Proposal


class GradeName(models.TextChoices):
    """How good a borrower is, in words."""

    A = Grade.A, pgettext_lazy("grade of a borrower", "A")
    B = Grade.B, pgettext_lazy("grade of a borrower", "B")
    C = Grade.C, pgettext_lazy("grade of a borrower", "C")
    D = Grade.D, pgettext_lazy("grade of a borrower", "D")
    E = Grade.E, pgettext_lazy("grade of a borrower", "E")


class Appetite(Proposal):
    """One version of one line of what a lender wants; empty lists mean "any". Amounts in minor units, ends inclusive.

    A version counts when a second person has confirmed it. From its first day on it stands in the place of the version
    of the same bank and name before it; after its last day the line lends nothing until a later version begins. The
    database lets nobody change or remove a version that was decided on.

    name          which line of the lender's appetite: its versions share the name
    valid_to      the last day, included; null: until a later version begins
    is_stopped    from the first day on nothing is lent under this line
    industries    section letters of GB/T 4754; regions: first digits of GB/T 2260
    grade_min     empty: any grade, and none is needed
    prices        cells of the price list (scf.domain.pricing.Cell)
    quiet_from    from when, in business time, the lender's hours do not run, until quiet_to; both null: they always do
    target_hours  how soon the lender wants to have answered
    """

    lender_rows = "bank"

    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="appetites")
    name = models.CharField(max_length=60, blank=True)
    products = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    currency = models.CharField(max_length=3, default="CNY")
    amount_min_minor = models.BigIntegerField()
    amount_max_minor = models.BigIntegerField()
    tenor_days_min = models.PositiveIntegerField(default=1)
    tenor_days_max = models.PositiveIntegerField(default=180)
    buyers = models.ManyToManyField("parties.Organisation", blank=True, related_name="+")
    warehouses = models.ManyToManyField("parties.Organisation", blank=True, related_name="+")
    industries = ArrayField(models.CharField(max_length=1), default=list, blank=True)
    regions = ArrayField(models.CharField(max_length=6), default=list, blank=True)
    grade_min = models.CharField(max_length=1, choices=GradeName.choices, blank=True)
    prices = models.JSONField(default=list, blank=True)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_to = models.TimeField(null=True, blank=True)
    target_hours = models.PositiveSmallIntegerField(default=24)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    is_stopped = models.BooleanField(default=False)
    why = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta(Proposal.Meta):
        abstract = False
        constraints = [
            *Proposal.Meta.constraints,
            models.CheckConstraint(
                condition=Q(amount_min_minor__gte=0, amount_max_minor__gte=F("amount_min_minor")),
                name="appetite_amounts_in_order",
            ),
            models.CheckConstraint(
                condition=Q(tenor_days_min__gte=1, tenor_days_max__gte=F("tenor_days_min")),
                name="appetite_tenors_in_order",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="appetite_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=Q(target_hours__gte=1), name="appetite_answers_some_day"),
            models.UniqueConstraint(
                fields=["bank", "name"], condition=Q(state="PROPOSED"), name="appetite_one_open_a_line"
            ),
        ]
        indexes = [models.Index(fields=["bank", "name", "-valid_from", "-id"], name="appetite_by_line")]

    def __str__(self) -> str:
        return f"{self.name or self.currency} {self.valid_from}"

    @property
    def amount_min(self) -> Money:
        """The smallest amount, included."""
        return Money(self.amount_min_minor, self.currency)

    @property
    def amount_max(self) -> Money:
        """The largest amount, included."""
        return Money(self.amount_max_minor, self.currency)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The price list."""
        return tuple(Cell.from_json(stored) for stored in self.prices)

    def has_begun(self, day: date) -> bool:
        """True on its first day and after it."""
        return self.valid_from <= day

    def has_ended(self, day: date) -> bool:
        """True after its last day."""
        return self.valid_to is not None and self.valid_to < day
