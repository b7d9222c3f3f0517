"""Books, accounts, transactions and their legs.

Each lender has one book per product and currency: a memorandum of what its
own core banking holds. The platform never holds money: no book and no account
can belong to it, and no kind of account is cash.
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Book(models.Model):
    """What a lender holds in one product and currency.

    product  empty only for money that is not yet known to belong to a loan (suspense)
    """

    lender_rows = "bank"

    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="books")
    product = models.CharField(max_length=12, blank=True)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bank", "product", "currency"], name="book_once")]

    def __str__(self) -> str:
        return f"{self.bank_id}/{self.product or '-'}/{self.currency}"


class AccountKind(models.TextChoices):
    """What an account holds. Cash is none of them."""

    PRINCIPAL = "PRINCIPAL", _("Loan principal")
    FUNDING = "FUNDING", _("Funds paid out")
    COLLECTION = "COLLECTION", _("Repayments received")
    CLEARING = "CLEARING", _("Clearing between books")
    INTEREST_RECEIVABLE = "INTEREST_RECEIVABLE", _("Interest receivable")
    PENALTY_RECEIVABLE = "PENALTY_RECEIVABLE", _("Penalty interest receivable")
    COMPOUND_RECEIVABLE = "COMPOUND_RECEIVABLE", _("Compound interest receivable")
    COST_RECEIVABLE = "COST_RECEIVABLE", _("Costs receivable")
    INTEREST = "INTEREST", _("Interest income")
    PENALTY = "PENALTY", _("Penalty interest income")
    COMPOUND = "COMPOUND", _("Compound interest income")
    COST = "COST", _("Costs charged")
    WAIVED = "WAIVED", _("Given up")
    LOSS = "LOSS", _("Written off")
    RECOVERY = "RECOVERY", _("Recovered after writing off")
    SURPLUS = "SURPLUS", _("Owed back to the supplier")
    SUSPENSE = "SUSPENSE", _("Suspense")


class Account(models.Model):
    """An account in a lender's book.

    party  the supplier whose account it is; null for the lender's own
    """

    lender_rows = "book"

    Kind = AccountKind

    book = models.ForeignKey(Book, models.PROTECT, related_name="accounts")
    kind = models.CharField(max_length=24, choices=AccountKind.choices)
    party = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["book", "kind", "party"], name="account_once_per_book", nulls_distinct=False
            ),
            models.CheckConstraint(condition=models.Q(kind__in=AccountKind.values), name="account_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.book_id}/{self.kind}/{self.party_id or '-'}"


class Transaction(models.Model):
    """A set of legs with one cause, balanced in every book that it touches.

    event         what caused it, such as "servicing.loanevent:7"; booked once per event
    thread        what it belongs to: a loan, a day's closing
    value_date    day from which it counts
    booking_date  day on which it was written
    """

    append_only: ClassVar[bool] = True

    event = models.CharField(max_length=80, unique=True)
    thread = models.CharField(max_length=80, db_index=True)
    text = models.CharField(max_length=60)
    value_date = models.DateField()
    booking_date = models.DateField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~models.Q(event=""), name="transaction_has_a_cause")]

    def __str__(self) -> str:
        return f"{self.event} {self.value_date}"


class Leg(models.Model):
    """One side of a transaction: `minor` > 0 debits the account, < 0 credits it."""

    lender_rows = "account"

    append_only: ClassVar[bool] = True

    transaction = models.ForeignKey(Transaction, models.PROTECT, related_name="legs")
    account = models.ForeignKey(Account, models.PROTECT, related_name="legs")
    minor = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~models.Q(minor=0), name="leg_is_not_empty")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.minor}"
