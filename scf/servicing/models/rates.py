"""Reference rates, entered by one person and confirmed by another; and when loans that follow them look next."""

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

import django_fsm as fsm
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from scf.domain.rates import Index, Reset
from scf.kernel.fsm import StateField

from .loans import Loan

if TYPE_CHECKING:
    from datetime import datetime

    from scf.parties.models import User


class IndexName(models.TextChoices):
    """The indices in the words of the trade."""

    LPR1Y = Index.LPR1Y, _("LPR 1Y")
    LPR5Y = Index.LPR5Y, _("LPR 5Y")


class ResetName(models.TextChoices):
    """When a loan takes its index over, in words."""

    NONE = Reset.NONE, _("at drawdown, then fixed")
    YEARLY = Reset.YEARLY, _("every year on 1 January")
    ANNIVERSARY = Reset.ANNIVERSARY, _("every year on the day of drawdown")
    QUARTERLY = Reset.QUARTERLY, _("on the first day of every quarter")
    MONTHLY = Reset.MONTHLY, _("on the first day of every month")
    IMMEDIATE = Reset.IMMEDIATE, _("on the day from which a new value holds")


class ReferenceRate(models.Model):
    """What an index stands at from a day on, as two people have confirmed it. Never changed.

    rate     a fraction of one
    source   where it was read: an address, or words
    A later row for the same index and day corrects an earlier one; confirmed_at says since when we knew.
    """

    append_only: ClassVar[bool] = True

    index = models.CharField(max_length=8, choices=IndexName.choices)
    effective_from = models.DateField()
    published_on = models.DateField()
    rate = models.DecimalField(max_digits=9, decimal_places=6)
    source = models.CharField(max_length=300)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(proposed_by=models.F("confirmed_by")), name="reference_rate_takes_two"
            ),
            models.CheckConstraint(
                condition=models.Q(rate__gte=0, rate__lt=1), name="reference_rate_is_a_fraction_of_one"
            ),
            models.CheckConstraint(
                condition=models.Q(published_on__lte=models.F("effective_from")),
                name="reference_rate_published_before_it_holds",
            ),
        ]
        indexes = [models.Index(fields=["index", "-effective_from", "-id"], name="reference_rate_by_day")]

    def __str__(self) -> str:
        return f"{self.index} {self.effective_from} {self.rate}"


class RateProposal(fsm.ConcurrentTransitionMixin, fsm.FSMModelMixin, models.Model):
    """A value that one person has entered and that counts only when another has confirmed it.

    PROPOSED --confirm--> CONFIRMED (a ReferenceRate is written)
        |-----refuse----> REFUSED
        '----withdraw---> WITHDRAWN (by whoever entered it)
    """

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", _("to be confirmed")
        CONFIRMED = "CONFIRMED", _("confirmed")
        REFUSED = "REFUSED", _("refused")
        WITHDRAWN = "WITHDRAWN", _("withdrawn")

    index = models.CharField(max_length=8, choices=IndexName.choices)
    effective_from = models.DateField()
    published_on = models.DateField()
    rate = models.DecimalField(max_digits=9, decimal_places=6)
    source = models.CharField(max_length=300)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=200, blank=True)
    confirmed = models.OneToOneField(ReferenceRate, models.PROTECT, null=True, related_name="proposal")
    state = StateField(choices=State.choices, default=State.PROPOSED)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["index", "effective_from"], condition=models.Q(state="PROPOSED"), name="rate_proposed_once"
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None)
                | models.Q(state="WITHDRAWN")
                | ~models.Q(decided_by=models.F("proposed_by")),
                name="rate_proposal_takes_two",
            ),
            models.CheckConstraint(
                condition=models.Q(state="CONFIRMED", confirmed__isnull=False, decided_by__isnull=False)
                | (~models.Q(state="CONFIRMED") & models.Q(confirmed__isnull=True)),
                name="rate_proposal_confirmed_names_rate",
            ),
        ]
        indexes = [models.Index(fields=["state", "effective_from", "id"], name="rate_proposal_queue")]

    def __str__(self) -> str:
        return f"{self.index} {self.effective_from} {self.state}"

    @property
    def percent(self) -> Decimal:
        """As people write it."""
        return self.rate * 100

    @fsm.transition(state, source=State.PROPOSED, target=State.CONFIRMED)
    def confirm(self, *, rate: ReferenceRate, decided_by: "User", at: "datetime") -> None:
        """A second person has compared it with the publication."""
        self.confirmed, self.decided_by, self.decided_at = rate, decided_by, at

    @fsm.transition(state, source=State.PROPOSED, target=State.REFUSED)
    def refuse(self, *, decided_by: "User", at: "datetime", note: str) -> None:
        """It is not what was published."""
        self.decided_by, self.decided_at, self.answer = decided_by, at, note

    @fsm.transition(state, source=State.PROPOSED, target=State.WITHDRAWN)
    def withdraw(self, *, decided_by: "User", at: "datetime") -> None:
        """Whoever entered it takes it back."""
        self.decided_by, self.decided_at = decided_by, at


class RateWatch(models.Model):
    """When close of business next looks at a loan that follows an index. A cache of its agreement and events.

    next_look   day of the next fixing, or an earlier one where a value came late; null where none will come
    last_fixed  the last fixing that was looked at
    missing_on  the first fixing whose value is not known; the loan goes on at the rate before it
    """

    loan = models.OneToOneField(Loan, models.PROTECT, primary_key=True, related_name="rate_watch")
    book = models.ForeignKey("ledger.Book", models.PROTECT, related_name="+", db_index=False)
    index = models.CharField(max_length=8, choices=IndexName.choices)
    reset = models.CharField(max_length=12, choices=ResetName.choices)
    next_look = models.DateField(null=True)
    last_fixed = models.DateField()
    missing_on = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["book", "next_look", "loan"], name="rate_watch_by_day"),
            models.Index(fields=["index", "last_fixed"], name="rate_watch_by_index"),
        ]

    def __str__(self) -> str:
        return f"{self.loan_id} {self.index} {self.next_look}"
