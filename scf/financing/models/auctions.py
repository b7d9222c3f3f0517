"""Sealed quotes: an auction with its key, what makers propose in it, and what checkers have sealed."""

from django.db import models
from django.db.models import F, Q

from .applications import Application
from .bank_cases import BankCase


class Auction(models.Model):
    """Lenders quote on an application until a deadline, unseen; then all quotes are opened together.

    reference    by which the keeper of keys knows it
    hours        how long lenders may quote, counted from when the key is there
    public_key   to which quotes are sealed; empty until the keeper has answered, and nothing can be sealed before
    deadline     set by the keeper's clock; the database lets neither key nor deadline change
    private_key  given out by the keeper after the deadline, and kept: anybody may prove what the quotes were
    """

    application = models.OneToOneField(Application, models.PROTECT, related_name="auction")
    reference = models.CharField(max_length=60, unique=True)
    hours = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField()
    public_key = models.CharField(max_length=60, blank=True)
    deadline = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    private_key = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(public_key="", deadline=None) | (~Q(public_key="") & Q(deadline__isnull=False)),
                name="auction_has_key_and_deadline",
            ),
            models.CheckConstraint(
                condition=Q(opened_at=None, private_key="")
                | (
                    Q(opened_at__isnull=False, deadline__isnull=False, opened_at__gte=F("deadline"))
                    & ~Q(private_key="")
                ),
                name="auction_opened_after_its_deadline",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        """True once its quotes have been opened."""
        return self.opened_at is not None


class QuoteDraft(models.Model):
    """A maker's proposal on its way to its checker, locked with a key that is not in the database; gone when sealed."""

    lender_rows = "bank_case"

    bank_case = models.OneToOneField(BankCase, models.CASCADE, related_name="draft")
    locked = models.TextField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"draft of {self.bank_case_id}"


class SealedQuote(models.Model):
    """What a lender answers, sealed to the auction's key by its checker. Final; nobody opens it before the deadline.

    The database refuses one that is sealed at the deadline or later, or without a key.
    """

    append_only = True
    lender_rows = "bank_case"

    auction = models.ForeignKey(Auction, models.PROTECT, related_name="quotes")
    bank_case = models.OneToOneField(BankCase, models.PROTECT, related_name="quote")
    sealed = models.TextField()
    sealed_at = models.DateTimeField()
    sealed_by = models.ForeignKey("parties.Membership", models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"quote of {self.bank_case_id}"
