"""What lenders are licensed for: entered by the lender, confirmed by the platform."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from scf.domain import licences
from scf.domain.licences import LicenceKind
from scf.domain.money import Money
from scf.kernel.proposals import Proposal


class LicenceKindName(models.TextChoices):
    """What a lender is licensed as, in words."""

    BANK = LicenceKind.BANK, _("Bank")
    SMALL_LOAN = LicenceKind.SMALL_LOAN, _("Small-loan company")


class Licence(Proposal):
    """What a lender's licence allows from a day on. The lender's administrator enters it, the platform confirms it.

    number             of the licence, as printed
    net_capital_minor  net capital (banks) or net assets of the year before (small-loan companies)
    single_share       of it, to one borrower at most, a fraction of one
    regions            of borrowers, first digits of GB/T 2260; empty: any
    burden_max         the highest yearly burden, fees included, a fraction of one; null: no cap
    """

    lender_rows = "bank"

    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="licences")
    kind = models.CharField(max_length=10, choices=LicenceKindName.choices)
    number = models.CharField(max_length=60)
    currency = models.CharField(max_length=3, default="CNY")
    net_capital_minor = models.BigIntegerField()
    single_share = models.DecimalField(max_digits=5, decimal_places=4)
    regions = ArrayField(models.CharField(max_length=6), default=list, blank=True)
    burden_max = models.DecimalField(max_digits=6, decimal_places=4, null=True, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta(Proposal.Meta):
        abstract = False
        constraints = [
            *Proposal.Meta.constraints,
            models.CheckConstraint(condition=Q(net_capital_minor__gt=0), name="licence_has_capital"),
            models.CheckConstraint(condition=Q(single_share__gt=0, single_share__lte=1), name="licence_lends_a_share"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="licence_ends_after_it_begins"
            ),
            models.UniqueConstraint(fields=["bank"], condition=Q(state="PROPOSED"), name="licence_one_open"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"

    @property
    def net_capital(self) -> Money:
        """The capital that the limits are measured by."""
        return Money(self.net_capital_minor, self.currency)

    @property
    def single_max(self) -> Money:
        """Owed by one borrower at most."""
        return self.net_capital.floor_times(self.single_share)

    @property
    def terms(self) -> licences.Licence:
        """As the rules see it."""
        return licences.Licence(
            kind=LicenceKind(self.kind), single_max=self.single_max, regions=frozenset(self.regions),
            burden_max=self.burden_max, valid_from=self.valid_from, valid_to=self.valid_to,
        )  # fmt: skip
