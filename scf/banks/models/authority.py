"""Who of a lender may decide up to where, how many must, and who is away: data that two of its people write."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from scf.domain import authority
from scf.domain.authority import SIGNATURES_MAX, VOTES_MAX, Hat
from scf.domain.money import Money
from scf.domain.pricing import Grade
from scf.kernel.proposals import Proposal


class AuthorityMatrix(Proposal):
    """One version of a lender's authority matrix. The latest confirmed one that has begun counts, and it alone.

    Powers and rungs are its own rows; the database lets nobody change them once the version was decided on.
    """

    lender_rows = "bank"

    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="authority_matrices")
    valid_from = models.DateField()
    why = models.CharField(max_length=200)

    class Meta(Proposal.Meta):
        abstract = False
        constraints = [
            *Proposal.Meta.constraints,
            models.UniqueConstraint(fields=["bank"], condition=Q(state="PROPOSED"), name="authority_one_open"),
        ]

    def __str__(self) -> str:
        return f"{self.bank_id} {self.valid_from}"


class AuthorityPower(models.Model):
    """How far one checker's word reaches: a signature, or a seat in the credit committee.

    amount_max_minor  included; products: empty means all; grade_min: the worst grade covered, empty means any
    """

    lender_rows = "matrix"

    class HatName(models.TextChoices):
        SIGN = Hat.SIGN, _("signs as a checker")
        VOTE = Hat.VOTE, _("votes in the committee")

    matrix = models.ForeignKey(AuthorityMatrix, models.CASCADE, related_name="powers")
    member = models.ForeignKey("parties.Membership", models.PROTECT, related_name="+")
    hat = models.CharField(max_length=4, choices=HatName.choices, default=HatName.SIGN)
    currency = models.CharField(max_length=3, default="CNY")
    amount_max_minor = models.BigIntegerField()
    products = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    grade_min = models.CharField(max_length=1, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_max_minor__gt=0), name="authority_power_reaches")]

    def __str__(self) -> str:
        return f"{self.member_id} {self.hat} {self.amount_max}"

    @property
    def amount_max(self) -> Money:
        """Up to which amount, included."""
        return Money(self.amount_max_minor, self.currency)

    @property
    def power(self) -> authority.Power:
        """As the domain asks it."""
        grade = Grade(self.grade_min) if self.grade_min else None
        return authority.Power(
            self.member.user_id, Hat(self.hat), self.amount_max, frozenset(self.products), grade
        )  # fmt: skip


class AuthorityRung(models.Model):
    """From which amount on (excluded) how many signatures and votes an offer needs.

    grade_from  for this grade and worse ones, and borrowers without a grade; empty: for all
    """

    lender_rows = "matrix"

    matrix = models.ForeignKey(AuthorityMatrix, models.CASCADE, related_name="rungs")
    currency = models.CharField(max_length=3, default="CNY")
    amount_above_minor = models.BigIntegerField(default=0)
    products = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    grade_from = models.CharField(max_length=1, blank=True)
    signatures = models.PositiveSmallIntegerField(default=1, validators=[MaxValueValidator(SIGNATURES_MAX)])
    votes = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(VOTES_MAX)])

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    signatures__gte=1, signatures__lte=SIGNATURES_MAX, votes__lte=VOTES_MAX, amount_above_minor__gte=0
                ),
                name="authority_rung_asks_something",
            )
        ]

    def __str__(self) -> str:
        return f"> {self.amount_above}: {self.signatures} + {self.votes}"

    @property
    def amount_above(self) -> Money:
        """Above which amount, excluded."""
        return Money(self.amount_above_minor, self.currency)

    @property
    def rung(self) -> authority.Rung:
        """As the domain asks it."""
        grade = Grade(self.grade_from) if self.grade_from else None
        return authority.Rung(self.amount_above, self.signatures, self.votes, frozenset(self.products), grade)


class Absence(models.Model):
    """An officer is away, both days included, and who speaks for that officer meanwhile, if anybody.

    ended_at    it was called off or cut short; from then on it counts no more
    """

    lender_rows = "bank"

    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="absences")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    substitute = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    from_date = models.DateField()
    to_date = models.DateField()
    entered_by = models.ForeignKey("parties.Membership", models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(to_date__gte=F("from_date")), name="absence_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(substitute=None) | ~Q(substitute=F("person")), name="absence_is_not_ones_own_substitute"
            ),
        ]
        indexes = [models.Index(fields=["bank", "to_date"], name="absence_by_day")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.from_date} - {self.to_date}"
