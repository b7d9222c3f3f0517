"""Money that came in."""

import django_fsm as fsm
from django.db import models
from django.utils.translation import gettext_lazy as _

from scf.kernel.fsm import StateField

from .loans import Loan


class IncomingPayment(fsm.ConcurrentTransitionMixin, fsm.FSMModelMixin, models.Model):
    """A credit on a collection account, on its way to a loan.

    RECEIVED --allocate--> ALLOCATED
        '--suspend--> SUSPENSE --allocate--> ALLOCATED
                          '--set_aside--> SET_ASIDE (not a repayment; a person said why)
    ALLOCATED --take_back--> SUSPENSE (its event was reversed)
    """

    lender_rows = "bank"

    class State(models.TextChoices):
        RECEIVED = "RECEIVED", _("received")
        SUSPENSE = "SUSPENSE", _("in suspense")
        ALLOCATED = "ALLOCATED", _("allocated")
        SET_ASIDE = "SET_ASIDE", _("set aside")

    entry = models.OneToOneField("banks.StatementEntry", models.PROTECT, related_name="incoming")
    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    value_date = models.DateField()
    loan = models.ForeignKey(Loan, models.PROTECT, null=True, related_name="incoming")
    why = models.CharField(max_length=40, blank=True)
    state = StateField(choices=State.choices, default=State.RECEIVED)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="incoming_positive")]
        indexes = [models.Index(fields=["state", "-id"], name="incoming_by_state")]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.state}"

    @fsm.transition(state, source=State.RECEIVED, target=State.SUSPENSE)
    def suspend(self, *, why: str) -> None:
        """No loan could be told from the payment; a person must say."""
        self.why = why

    @fsm.transition(state, source=[State.RECEIVED, State.SUSPENSE], target=State.ALLOCATED)
    def allocate(self, *, loan: Loan) -> None:
        """The payment belongs to a loan."""
        self.loan = loan

    @fsm.transition(state, source=State.ALLOCATED, target=State.SUSPENSE)
    def take_back(self) -> None:
        """It did not belong to the loan after all; a person must say to which."""
        self.loan, self.why = None, "TAKEN_BACK"

    @fsm.transition(state, source=State.SUSPENSE, target=State.SET_ASIDE)
    def set_aside(self, *, why: str) -> None:
        """The money is not for a loan."""
        self.why = why
