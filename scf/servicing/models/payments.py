"""Money that came in."""

import django_fsm as fsm
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from scf.kernel.fsm import StateField


class IncomingPayment(fsm.ConcurrentTransitionMixin, fsm.FSMModelMixin, models.Model):
    """A credit on a collection account, on its way to a loan.

    RECEIVED --allocate--> ALLOCATED
        '--suspend--> SUSPENSE --allocate--> ALLOCATED (all of it is on loans)
                          |--set_aside--> SET_ASIDE (not a repayment; a person said why) --take_up--> SUSPENSE
                          '--give_back--> RETURNED (the bank has taken it back)
    ALLOCATED | SET_ASIDE | SUSPENSE --take_back--> SUSPENSE (an event of it was reversed)

    Its parts on loans are the loan events that name it (`parts`) and were not reversed; the database holds that
    they never exceed it. In suspense is what they leave.

    returned_by  the movement by which the bank took it back
    told_level   how far its age in suspense was told: 0 nobody, 1 clerks, 2 administrators
    """

    lender_rows = "bank"

    class State(models.TextChoices):
        RECEIVED = "RECEIVED", _("received")
        SUSPENSE = "SUSPENSE", _("in suspense")
        ALLOCATED = "ALLOCATED", _("allocated")
        SET_ASIDE = "SET_ASIDE", _("set aside")
        RETURNED = "RETURNED", pgettext_lazy("of a payment", "returned")

    entry = models.OneToOneField("banks.StatementEntry", models.PROTECT, related_name="incoming")
    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    value_date = models.DateField()
    returned_by = models.OneToOneField("banks.StatementEntry", models.PROTECT, null=True, related_name="takes_back")
    told_level = models.PositiveSmallIntegerField(default=0)
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
    def allocate(self) -> None:
        """All of the payment is on loans."""

    @fsm.transition(state, source=[State.ALLOCATED, State.SUSPENSE, State.SET_ASIDE], target=State.SUSPENSE)
    def take_back(self) -> None:
        """It, or a part of it, did not belong to its loan after all; a person must say to which."""
        self.why = "TAKEN_BACK"

    @fsm.transition(state, source=State.SET_ASIDE, target=State.SUSPENSE)
    def take_up(self) -> None:
        """It may be a repayment after all."""
        self.why = "TAKEN_UP"

    @fsm.transition(state, source=State.SUSPENSE, target=State.RETURNED)
    def give_back(self) -> None:
        """The bank has taken the money back; nothing waits any more."""

    @fsm.transition(state, source=State.SUSPENSE, target=State.SET_ASIDE)
    def set_aside(self, *, why: str) -> None:
        """The money is not for a loan."""
        self.why = why
