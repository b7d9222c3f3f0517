"""Limits on what may be lent under one name, and changes of them by two people."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from scf.domain.caps import Level
from scf.domain.money import Money
from scf.kernel.proposals import Proposal

from .prices import Commodity


class LevelName(models.TextChoices):
    """Whose exposure a limit bounds, in words."""

    SUPPLIER = Level.SUPPLIER, _("Supplier")
    BUYER = Level.BUYER, _("Buyer")
    WAREHOUSE = Level.WAREHOUSE, _("Warehouse")
    COMMODITY = Level.COMMODITY, _("Commodity")
    BANK = Level.BANK, _("Lender")


class CapTerms(models.Model):
    """What a limit says.

    organisation  whose exposure is limited; null for a commodity
    lender        whose own limit it is; null: the platform's, over all lenders
    valid_to      the last day, included; null: until it is changed
    """

    level = models.CharField(max_length=10, choices=LevelName.choices)
    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    commodity = models.ForeignKey(Commodity, models.PROTECT, null=True, related_name="+")
    lender = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    currency = models.CharField(max_length=3, default="CNY")
    limit_minor = models.BigIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=Q(limit_minor__gte=0), name="%(class)s_not_negative"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="%(class)s_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(level="COMMODITY", commodity__isnull=False, organisation=None)
                | (~Q(level="COMMODITY") & Q(commodity=None, organisation__isnull=False)),
                name="%(class)s_names_whom",
            ),
            models.CheckConstraint(condition=~Q(level="BANK") | Q(lender=None), name="%(class)s_of_lender_is_its_own"),
        ]

    @property
    def limit(self) -> Money:
        """The amount."""
        return Money(self.limit_minor, self.currency)

    @property
    def whom(self) -> str:
        """Whose exposure it bounds, as a name."""
        return str(self.commodity or self.organisation)

    def holds_on(self, day: date) -> bool:
        """True where it is in force on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class Cap(CapTerms):
    """A limit as it stands; one for each name, lender and currency. Changed only by a confirmed CapChange."""

    class Meta(CapTerms.Meta):
        abstract = False
        constraints = [
            *CapTerms.Meta.constraints,
            models.UniqueConstraint(
                fields=["level", "organisation", "commodity", "lender", "currency"], nulls_distinct=False,
                name="cap_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.level} {self.organisation_id or self.commodity_id} {self.limit}"


class CapChange(Proposal, CapTerms):
    """A limit as one person wants it; confirmed by another it is what stands."""

    why = models.CharField(max_length=200)

    class Meta(Proposal.Meta):
        abstract = False
        constraints = [
            *Proposal.Meta.constraints,
            *CapTerms.Meta.constraints,
            models.UniqueConstraint(
                fields=["level", "organisation", "commodity", "lender", "currency"], nulls_distinct=False,
                condition=Q(state="PROPOSED"), name="cap_change_one_open",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_level_display()} {self.whom}: {self.limit}"
