"""Commodities, how documents name them, and what the market says of them.

A price is a fact: never changed. What turns out wrong is followed by a further
version for the same commodity, grade and day; the highest version counts.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from scf.domain.market import PriceRules
from scf.kernel.proposals import Proposal

if TYPE_CHECKING:
    from decimal import Decimal

FRACTION: dict[str, Any] = {"max_digits": 5, "decimal_places": 4}
PRICE: dict[str, Any] = {"max_digits": 24, "decimal_places": 8}


class Commodity(models.Model):
    """A kind of goods with a public price, and how that price is treated.

    unit              what one price is for, such as TNE (tonne) or BLL (barrel)
    haircut           for the risk that the price falls; a fraction of one, like stale_haircut
    stale_after_days  an older price adds stale_haircut; one older than stop_after_days lends nothing
    """

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    unit = models.CharField(max_length=20)
    currency = models.CharField(max_length=3, default="CNY")
    haircut = models.DecimalField(**FRACTION)
    stale_after_days = models.PositiveSmallIntegerField(default=3)
    stale_haircut = models.DecimalField(**FRACTION)
    stop_after_days = models.PositiveSmallIntegerField(default=10)

    class Meta:
        ordering = ["code"]
        verbose_name_plural = "commodities"
        constraints = [
            models.CheckConstraint(
                condition=Q(haircut__gte=0, haircut__lte=1, stale_haircut__gte=0, stale_haircut__lte=1),
                name="commodity_haircuts_are_fractions",
            ),
            models.CheckConstraint(
                condition=Q(stop_after_days__gte=F("stale_after_days")), name="commodity_stale_before_stop"
            ),
        ]

    def __str__(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name

    @property
    def rules(self) -> PriceRules:
        """How its prices are treated."""
        return PriceRules(self.haircut, self.stale_after_days, self.stale_haircut, self.stop_after_days)


class CommodityName(models.Model):
    """How documents name a commodity and grade: an item code in full, or words within the description.

    value  as compared: trimmed, case folded
    """

    class Kind(models.TextChoices):
        CODE = "CODE", _("item code")
        WORDS = "WORDS", _("words in the description")

    commodity = models.ForeignKey(Commodity, models.CASCADE, related_name="names")
    grade = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=5, choices=Kind.choices)
    value = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "value"], name="commodity_name_means_one"),
            models.CheckConstraint(condition=~Q(value=""), name="commodity_name_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


class LineCommodity(models.Model):
    """Which commodity a document line is. `set_by` null: recognised by its names; else a person has said so."""

    line = models.OneToOneField("orders.DocumentLine", models.CASCADE, primary_key=True, related_name="commodity")
    commodity = models.ForeignKey(Commodity, models.PROTECT, related_name="lines")
    grade = models.CharField(max_length=40, blank=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "line commodities"
        indexes = [models.Index(fields=["commodity", "grade"], name="line_commodity_by_grade")]

    def __str__(self) -> str:
        return f"{self.line_id}: {self.commodity_id}/{self.grade}"


class MarketPrice(models.Model):
    """What one unit of a commodity and grade cost on a day, in the commodity's currency. Never changed.

    price    may be zero or negative: it has happened
    version  1, and one more for each correction; the highest counts
    origin   where it was read: the feed's name, the file and line, or words
    """

    append_only: ClassVar[bool] = True

    class Source(models.TextChoices):
        FEED = "FEED", _("feed")
        FILE = "FILE", _("file")
        HAND = "HAND", _("by hand")

    commodity = models.ForeignKey(Commodity, models.PROTECT, related_name="prices")
    grade = models.CharField(max_length=40, blank=True)
    as_of = models.DateField()
    price = models.DecimalField(**PRICE)
    version = models.PositiveSmallIntegerField(default=1)
    source = models.CharField(max_length=4, choices=Source.choices)
    origin = models.CharField(max_length=300)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    known_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["commodity", "grade", "as_of", "version"], name="market_price_once"),
            models.CheckConstraint(
                condition=~Q(source="HAND") | Q(entered_by__isnull=False, confirmed_by__isnull=False),
                name="market_price_by_hand_takes_two",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("entered_by")), name="market_price_two_people"
            ),
        ]
        indexes = [
            models.Index(fields=["commodity", "grade", "-as_of", "-version"], name="market_price_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.commodity_id}/{self.grade} {self.as_of} {self.price}"


class PriceProposal(Proposal):
    """A price that one person has entered by hand; confirmed by another it becomes a MarketPrice."""

    commodity = models.ForeignKey(Commodity, models.PROTECT, related_name="+")
    grade = models.CharField(max_length=40, blank=True)
    as_of = models.DateField()
    price = models.DecimalField(**PRICE)
    origin = models.CharField(max_length=300)

    class Meta(Proposal.Meta):
        abstract = False
        constraints = [
            *Proposal.Meta.constraints,
            models.UniqueConstraint(
                fields=["commodity", "grade", "as_of"], condition=Q(state="PROPOSED"), name="price_proposed_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commodity} {self.grade} {self.as_of}: {self.plain_price}".replace("  ", " ")

    @property
    def plain_price(self) -> "Decimal":
        """Without the column's trailing zeros."""
        return self.price.normalize() if self.price else self.price


class FeedState(models.Model):
    """How a feed of prices does: the last hour in which it was asked, and what came of it.

    silent_since  when it first gave no answer; null where the last one came
    fault         the code of that refusal
    bad           what it sent last that could not be taken, by language: [{line, said, field, remedy}, ...];
                  the first of `bad_count`
    """

    feed = models.CharField(max_length=200, unique=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    silent_since = models.DateTimeField(null=True)
    fault = models.CharField(max_length=40, blank=True)
    bad_count = models.PositiveIntegerField(default=0)
    bad = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.feed
