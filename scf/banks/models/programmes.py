"""Programmes: which cases are placed with which lenders, and how these are asked; written by two of the platform."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from scf.domain import routing
from scf.domain.routing import Mode
from scf.kernel.proposals import Proposal


class ModeName(models.TextChoices):
    """How lenders are asked, in words."""

    ALL = Mode.ALL, _("all at once, open offers")
    BEST_PRICE = Mode.BEST_PRICE, _("best price by sealed quotes")
    RANKED = Mode.RANKED, _("one after another")
    FIXED = Mode.FIXED, _("one lender")
    SPLIT = Mode.SPLIT, _("split among lenders")


class Programme(Proposal):
    """One version of which cases go to which lenders, and how. Empty lists mean "any".

    Of the versions with one name the latest confirmed one that has begun counts, and it alone; of the programmes that
    cover a case the first by priority. A case that none covers goes to every lender that wants it, with open offers.
    Seats, suppliers and buyers are of the version; the database lets nobody change them once it was decided on.

    priority        the lowest first
    deadline_hours  for BEST_PRICE: how long lenders may quote
    valid_to        the last day, included; null: until another version takes its place
    is_stopped      from its first day on nothing is placed by this name
    """

    name = models.CharField(max_length=80)
    priority = models.PositiveSmallIntegerField(default=100)
    mode = models.CharField(max_length=10, choices=ModeName.choices)
    deadline_hours = models.PositiveSmallIntegerField(default=24)
    products = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    suppliers = models.ManyToManyField("parties.Organisation", blank=True, related_name="+")
    buyers = models.ManyToManyField("parties.Organisation", blank=True, related_name="+")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    is_stopped = models.BooleanField(default=False)
    why = models.CharField(max_length=200, blank=True)

    class Meta(Proposal.Meta):
        abstract = False
        constraints = [
            *Proposal.Meta.constraints,
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="programme_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=Q(deadline_hours__gte=1), name="programme_gives_time"),
            models.UniqueConstraint(fields=["name"], condition=Q(state="PROPOSED"), name="programme_one_open_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def terms(self) -> routing.Programme:
        """As the rules see it; reads its seats, suppliers and buyers, so prefetch them."""
        seats = tuple(routing.Seat(seat.bank_id, seat.rank, seat.weight) for seat in self.seats.all())
        return routing.Programme(
            programme_id=self.pk, mode=Mode(self.mode), seats=seats, deadline_hours=self.deadline_hours,
            products=frozenset(self.products), currency=self.currency,
            suppliers=frozenset(row.pk for row in self.suppliers.all()),
            buyers=frozenset(row.pk for row in self.buyers.all()),
        )  # fmt: skip


class Seat(models.Model):
    """A lender in a programme. rank: its turn, the lowest first; weight: its share, in whole parts."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="seats")
    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField(default=1)
    weight = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "bank"], name="seat_once"),
            models.CheckConstraint(condition=Q(weight__gte=1), name="seat_has_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.programme_id}: {self.bank_id}"
