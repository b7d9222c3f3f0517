"""Accounts, transactions and their legs.

Each lender has its own book per currency: a memorandum of what its own core
banking holds. The platform never holds money, so no account can belong to it.
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Account(models.Model):
    """An account in a lender's book.

    party  the supplier or buyer whose account it is; null for the lender's own
    """

    class Kind(models.TextChoices):
        PRINCIPAL = "PRINCIPAL", _("Loan principal")
        FUNDING = "FUNDING", _("Funds paid out")
        COLLECTION = "COLLECTION", _("Repayments received")
        INTEREST = "INTEREST", _("Interest income")
        PENALTY = "PENALTY", _("Penalty interest income")
        SURPLUS = "SURPLUS", _("Owed back to the supplier")
        SUSPENSE = "SUSPENSE", _("Suspense")

    book = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="accounts")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    party = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["book", "kind", "party", "currency"], name="account_once_per_book", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.book_id}/{self.kind}/{self.party_id or '-'}/{self.currency}"


class Transaction(models.Model):
    """A balanced set of legs with one cause.

    event         what caused it, such as "servicing.loanevent:7"; booked once per event
    value_date    day from which it counts
    booking_date  day on which it was written
    """

    append_only = True

    event = models.CharField(max_length=80, unique=True)
    thread = models.CharField(max_length=80, db_index=True)
    text = models.CharField(max_length=60)
    value_date = models.DateField()
    booking_date = models.DateField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.event} {self.value_date}"


class Leg(models.Model):
    """One side of a transaction: `minor` > 0 debits the account, < 0 credits it."""

    append_only: ClassVar[bool] = True

    transaction = models.ForeignKey(Transaction, models.PROTECT, related_name="legs")
    account = models.ForeignKey(Account, models.PROTECT, related_name="legs")
    minor = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~models.Q(minor=0), name="leg_is_not_empty")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.minor}"
