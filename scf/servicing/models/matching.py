"""By what payments are known beside the numbers in their texts: accounts that name a loan, payers that persons know."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from .loans import Loan


class VirtualAccount(models.Model):
    """A sub-account number of a lender's collection account that stands for one supplier, or for one loan.

    The bank shows the number with a credit. Closed ones count no more; a number is open once.
    """

    lender_rows = "bank"

    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="virtual_accounts")
    number = models.CharField(max_length=34)
    supplier = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    loan = models.ForeignKey(Loan, models.PROTECT, null=True, related_name="virtual_accounts")
    opened_by = models.ForeignKey("parties.Membership", models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closed_by = models.ForeignKey("parties.Membership", models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bank", "number"], condition=models.Q(closed_at=None), name="virtual_account_open_once"
            ),
            models.CheckConstraint(
                condition=models.Q(supplier=None, loan__isnull=False) | models.Q(supplier__isnull=False, loan=None),
                name="virtual_account_stands_for_one",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PayerRule(models.Model):
    """A person's word that a payer's name or account pays for a supplier. The last row on a mark and supplier counts.

    mark      the name or account in the form in which it is compared
    incoming  the payment by whose allocation it was learned, or by whose taking back forgotten; null where a person
              switched it
    """

    lender_rows = "bank"

    append_only: ClassVar[bool] = True

    class Kind(models.TextChoices):
        ACCOUNT = "ACCOUNT", _("account")
        NAME = "NAME", _("name")

    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    mark = models.CharField(max_length=200)
    supplier = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    is_on = models.BooleanField()
    incoming = models.ForeignKey("servicing.IncomingPayment", models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey("parties.Membership", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["bank", "kind", "mark", "supplier", "-id"], name="payer_rule_last")]

    def __str__(self) -> str:
        return f"{self.mark} {self.is_on}"
