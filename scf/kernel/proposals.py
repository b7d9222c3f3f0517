"""What one person enters and another one confirms: the states that such rows share, and taking them off the list."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import django_fsm as fsm
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError

from . import lifecycle
from .fsm import StateField

if TYPE_CHECKING:
    from scf.parties.models import Membership, User


class TakesTwo(DomainError):
    """Whoever entered it does not confirm it."""

    code = "TAKES_TWO"


class WhyNotMissing(DomainError):
    """It is refused without a word."""

    code = "WHY_NOT_MISSING"


class Proposal(fsm.ConcurrentTransitionMixin, fsm.FSMModelMixin, models.Model):
    """Something that one person has entered and that counts only when another has confirmed it.

    PROPOSED --confirm--> CONFIRMED (each model says what is then written)
        |-----refuse----> REFUSED
        '----withdraw---> WITHDRAWN (by whoever entered it)
    """

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", _("to be confirmed")
        CONFIRMED = "CONFIRMED", _("confirmed")
        REFUSED = "REFUSED", _("refused")
        WITHDRAWN = "WITHDRAWN", _("withdrawn")

    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=200, blank=True)
    state = StateField(choices=State.choices, default=State.PROPOSED)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="PROPOSED", decided_by=None)
                | models.Q(state="WITHDRAWN", decided_by=models.F("proposed_by"))
                | (
                    models.Q(state__in=["CONFIRMED", "REFUSED"], decided_by__isnull=False)
                    & ~models.Q(decided_by=models.F("proposed_by"))
                ),
                name="%(app_label)s_%(class)s_takes_two",
            ),
        ]

    @fsm.transition("state", source=State.PROPOSED, target=State.CONFIRMED)
    def confirm(self, *, decided_by: "User", at: datetime) -> None:
        """A second person has compared it with where it came from."""
        self.decided_by, self.decided_at = decided_by, at

    @fsm.transition("state", source=State.PROPOSED, target=State.REFUSED)
    def refuse(self, *, decided_by: "User", at: datetime, note: str) -> None:
        """It is not so."""
        self.decided_by, self.decided_at, self.answer = decided_by, at, note

    @fsm.transition("state", source=State.PROPOSED, target=State.WITHDRAWN)
    def withdraw(self, *, decided_by: "User", at: datetime) -> None:
        """Whoever entered it takes it back."""
        self.decided_by, self.decided_at = decided_by, at


Row = TypeVar("Row", bound=Proposal)
Facts = Callable[[Row], dict[str, str]]


def confirm(row: Row, *, facts: Facts[Row], by: "Membership", at: datetime) -> Row:
    """Fire the transition of a locked row. Raises TakesTwo, NotAllowedNow."""
    if row.proposed_by_id == by.user_id:
        raise TakesTwo("entered by the same person", what=str(row))
    return lifecycle.fire(row, "confirm", by=by, at=at, facts=facts(row), decided_by=by.user)


def take_off(rows: Iterable[Row], *, note: str, facts: Facts[Row], by: "Membership", at: datetime) -> None:
    """Refuse what colleagues entered, withdraw one's own; the rows are locked. Raises WhyNotMissing, NotAllowedNow."""
    for row in rows:
        if row.proposed_by_id == by.user_id:
            lifecycle.fire(row, "withdraw", by=by, at=at, facts=facts(row), decided_by=by.user)
            continue
        if not note.strip():
            raise WhyNotMissing("a reason is needed")
        lifecycle.fire(row, "refuse", by=by, at=at, facts=facts(row), decided_by=by.user, note=note.strip())
