"""A supplier's account to be paid into, proposed by one and verified by another, out of band."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from scf.kernel.proposals import Proposal


class PayeeChange(Proposal):
    """A new account of a supplier, to be verified by two people before anything is paid into it.

    asked_by      the supplier's person who wants it
    called, said  whom the first reviewer called, on which number known from before, and what was said

    The database lets an account be verified only by its confirmed row here (BankAccount.verified_at is its
    decided_at), and never changes what the two have looked at.
    """

    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="payee_changes")
    account = models.ForeignKey("parties.BankAccount", models.PROTECT, related_name="changes")
    asked_by = models.ForeignKey("parties.Membership", models.PROTECT, null=True, related_name="+")
    called = models.CharField(_("who was called, on which number"), max_length=200)
    said = models.CharField(_("what was said"), max_length=300, blank=True)

    class Meta(Proposal.Meta):
        verbose_name = _("payee change")
        constraints = [
            *Proposal.Meta.constraints,
            models.CheckConstraint(condition=~Q(called=""), name="payee_change_out_of_band"),
            models.UniqueConstraint(
                fields=["account"], condition=Q(state__in=["PROPOSED", "CONFIRMED"]), name="payee_change_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.account_id} {self.state}"
