"""An application from draft to settlement, and what stands behind it."""

from datetime import datetime
from typing import TYPE_CHECKING

import django_fsm as fsm
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from scf.domain.money import Money
from scf.domain.routing import Mode
from scf.kernel.fsm import StateField

from .products import Product

if TYPE_CHECKING:
    from scf.parties.models import User

    from .bank_cases import BankCase


class Application(fsm.ConcurrentTransitionMixin, fsm.FSMModelMixin, models.Model):
    """A supplier's request to borrow on its papers.

        DRAFT --submit--> SUBMITTED --begin_review--> IN_REVIEW --route--> ROUTED --offer--> OFFERED
        RETURNED <--give_back-- IN_REVIEW --reject--> REJECTED    |--decline--> DECLINED
        RETURNED --submit--> SUBMITTED --route--> ROUTED (checks alone decided)
        OFFERED --accept--> ACCEPTED --pledge--> PLEDGED --instruct--> DISBURSING
        DISBURSING --disburse--> DISBURSED --settle--> SETTLED
        DISBURSING, DISBURSED --fail_payment--> PAYMENT_FAILED --instruct--> DISBURSING | --unwind--> UNWOUND
        SUBMITTED, IN_REVIEW --divide--> DIVIDED (among lenders; its parts are applications that begin as SUBMITTED)
        until PLEDGED --withdraw--> WITHDRAWN; RETURNED, ROUTED, OFFERED --expire--> EXPIRED
        OFFERED --pass_on--> ROUTED (lenders asked in turns: the offer has expired, the next one is asked)

    product         one product a case, one buyer and one currency
    waiting_since   since when the case is where it is; a queue's age counts from here
    handler         the reviewer who has claimed it
    accepted_case   the bank case whose offer was accepted
    routes          what routing said of every lender, in the order of their turns
    programme, mode how its lenders are asked (scf.domain.routing.Mode), as it was when it was routed
    parent          the case that was split among lenders, of which this is one part
    liquidates      the running loan on the same goods that this one pays off, from the same lender
    kept_back_minor what of the amount goes to that loan, as the lender was last told; null before
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("draft")
        SUBMITTED = "SUBMITTED", _("submitted")
        IN_REVIEW = "IN_REVIEW", _("in review")
        RETURNED = "RETURNED", _("returned")
        REJECTED = "REJECTED", pgettext_lazy("application", "rejected")
        ROUTED = "ROUTED", _("with banks")
        DIVIDED = "DIVIDED", _("split among lenders")
        DECLINED = "DECLINED", _("declined")
        OFFERED = "OFFERED", _("offer to choose")
        ACCEPTED = "ACCEPTED", _("accepted")
        PLEDGED = "PLEDGED", _("pledged")
        DISBURSING = "DISBURSING", _("being paid")
        PAYMENT_FAILED = "PAYMENT_FAILED", _("payment failed")
        DISBURSED = "DISBURSED", _("paid out")
        SETTLED = "SETTLED", _("settled")
        WITHDRAWN = "WITHDRAWN", _("withdrawn")
        EXPIRED = "EXPIRED", _("expired")
        UNWOUND = "UNWOUND", _("unwound")

    number = models.CharField(max_length=40, unique=True)
    supplier = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="applications")
    buyer = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(null=True)
    tenor_days = models.PositiveIntegerField(null=True)
    wanted_on = models.DateField(null=True)
    note = models.TextField(blank=True)
    state = StateField(choices=State.choices, default=State.DRAFT)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    waiting_since = models.DateTimeField()
    handler = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decision_note = models.TextField(blank=True)
    routes = models.JSONField(default=list)
    programme = models.ForeignKey("banks.Programme", models.PROTECT, null=True, related_name="+")
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="parts")
    mode = models.CharField(max_length=10, default=Mode.ALL.value)
    rounds = models.PositiveSmallIntegerField(default=0)
    accepted_case = models.OneToOneField("financing.BankCase", models.PROTECT, null=True, related_name="accepted_for")
    liquidates = models.ForeignKey("servicing.Loan", models.PROTECT, null=True, related_name="liquidated_by")
    kept_back_minor = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["liquidates"],
                condition=~models.Q(state__in=["REJECTED", "DECLINED", "WITHDRAWN", "EXPIRED", "UNWOUND"]),
                name="application_liquidates_a_loan_once",
            ),
            models.CheckConstraint(
                condition=models.Q(kept_back_minor=None)
                | models.Q(
                    liquidates__isnull=False, kept_back_minor__gte=0, amount_minor__gt=models.F("kept_back_minor")
                ),
                name="application_keeps_back_a_part",
            ),
            models.CheckConstraint(
                condition=models.Q(state="DRAFT")
                | models.Q(state="WITHDRAWN")
                # a comparison with NULL is no refusal in SQL: ask for both
                | models.Q(amount_minor__isnull=False, amount_minor__gt=0, tenor_days__isnull=False, tenor_days__gt=0),
                name="application_complete_once_submitted",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "waiting_since", "id"], name="application_queue"),
            models.Index(fields=["supplier", "-id"], name="application_by_supplier"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def thread(self) -> str:
        """The name of the case's timeline."""
        return f"financing.application:{self.pk}"

    @property
    def amount(self) -> Money:
        """What is asked for; zero in an empty draft."""
        return Money(self.amount_minor or 0, self.currency)

    @property
    def accepted(self) -> "BankCase | None":
        """The lender's side whose offer was taken; None too for another lender: the database shows it no such row."""
        return self.bank_cases.filter(accepted_for=self).select_related("bank").first()

    @property
    def goods_behind(self) -> str | None:
        """The case whose goods this one takes over from a loan that it pays off; None for ordinary ones."""
        return self.liquidates.reference if self.liquidates is not None else None

    @property
    def is_open(self) -> bool:
        """True until the case has ended."""
        return self.state not in ENDED

    @fsm.transition(state, source=[State.DRAFT, State.RETURNED], target=State.SUBMITTED)
    def submit(self, *, at: datetime) -> None:
        """The supplier asks."""
        self.submitted_at = self.submitted_at or at
        self.rounds += 1
        self.waiting_since, self.handler, self.decision_note = at, None, ""

    @fsm.transition(state, source=State.SUBMITTED, target=State.IN_REVIEW)
    def begin_review(self, *, handler: "User") -> None:
        """A reviewer takes the case."""
        self.handler = handler

    @fsm.transition(state, source=State.IN_REVIEW, target=State.SUBMITTED)
    def unclaim(self) -> None:
        """The reviewer lays the case back into the queue."""
        self.handler = None

    @fsm.transition(state, source=State.IN_REVIEW, target=State.RETURNED)
    def give_back(self, *, reason: str, at: datetime) -> None:
        """The supplier has something to correct."""
        self.decision_note, self.waiting_since = reason, at

    @fsm.transition(state, source=State.IN_REVIEW, target=State.REJECTED)
    def reject(self, *, reason: str, at: datetime) -> None:
        """The platform does not pass the case on."""
        self.decision_note, self.waiting_since = reason, at

    @fsm.transition(state, source=[State.SUBMITTED, State.IN_REVIEW], target=State.ROUTED)
    def route(self, *, routes: list[dict[str, object]], mode: Mode, programme_id: int | None, at: datetime) -> None:
        """Lenders are asked."""
        self.routes, self.mode, self.programme_id, self.waiting_since = routes, mode, programme_id, at

    @fsm.transition(state, source=[State.SUBMITTED, State.IN_REVIEW], target=State.DIVIDED)
    def divide(self, *, routes: list[dict[str, object]], mode: Mode, programme_id: int, at: datetime) -> None:
        """Several lenders lend a share each, by a case each; this one is over."""
        self.routes, self.mode, self.programme_id, self.waiting_since = routes, mode, programme_id, at

    @fsm.transition(state, source=State.ROUTED, target=State.DECLINED)
    def decline(self, *, at: datetime) -> None:
        """No lender offers."""
        self.waiting_since = at

    @fsm.transition(state, source=State.ROUTED, target=State.OFFERED)
    def offer(self, *, at: datetime) -> None:
        """There is an offer to choose."""
        self.waiting_since = at

    @fsm.transition(state, source=State.OFFERED, target=State.ROUTED)
    def pass_on(self, *, at: datetime) -> None:
        """The offer has expired; the lender whose turn is next is asked."""
        self.waiting_since = at

    @fsm.transition(state, source=State.OFFERED, target=State.ACCEPTED)
    def accept(self, *, bank_case: "BankCase", at: datetime) -> None:
        """The supplier has chosen and signed."""
        self.accepted_case, self.waiting_since = bank_case, at

    @fsm.transition(state, source=State.ACCEPTED, target=State.PLEDGED)
    def pledge(self, *, at: datetime) -> None:
        """The goods are the lender's security."""
        self.waiting_since = at

    @fsm.transition(state, source=[State.PLEDGED, State.PAYMENT_FAILED], target=State.DISBURSING)
    def instruct(self, *, at: datetime) -> None:
        """The lender is told to pay."""
        self.waiting_since = at

    @fsm.transition(state, source=[State.DISBURSING, State.DISBURSED], target=State.PAYMENT_FAILED)
    def fail_payment(self, *, at: datetime) -> None:
        """The lender could not pay, or the payee's bank sent the money back."""
        self.waiting_since = at

    @fsm.transition(state, source=State.PAYMENT_FAILED, target=State.UNWOUND)
    def unwind(self, *, reason: str, at: datetime) -> None:
        """A person gives the payment up; the goods are free."""
        self.decision_note, self.waiting_since = reason, at

    @fsm.transition(state, source=State.DISBURSING, target=State.DISBURSED)
    def disburse(self, *, at: datetime) -> None:
        """The supplier has the money; the loan runs."""
        self.waiting_since = at

    @fsm.transition(state, source=State.DISBURSED, target=State.SETTLED)
    def settle(self, *, at: datetime) -> None:
        """The loan is repaid and the goods are released."""
        self.waiting_since = at

    @fsm.transition(
        state, target=State.WITHDRAWN,
        source=[State.DRAFT, State.SUBMITTED, State.IN_REVIEW, State.RETURNED, State.ROUTED, State.OFFERED,
                State.ACCEPTED, State.PLEDGED],
    )  # fmt: skip
    def withdraw(self, *, at: datetime) -> None:
        """The supplier does not want it any more."""
        self.waiting_since = at

    @fsm.transition(state, source=[State.RETURNED, State.ROUTED, State.OFFERED], target=State.EXPIRED)
    def expire(self, *, at: datetime) -> None:
        """Nobody acted in time."""
        self.waiting_since = at


ENDED = {
    Application.State.REJECTED, Application.State.DECLINED, Application.State.SETTLED,
    Application.State.WITHDRAWN, Application.State.EXPIRED, Application.State.UNWOUND, Application.State.DIVIDED,
}  # fmt: skip


class ApplicationLine(models.Model):
    """A line of goods chosen for an application.

    quantity, lendable_minor, steps   the figure as it was when submitted; null in a draft
    """

    application = models.ForeignKey(Application, models.CASCADE, related_name="lines")
    line = models.ForeignKey("orders.DocumentLine", models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    lendable_minor = models.BigIntegerField(null=True)
    steps = models.JSONField(default=list, encoder=DjangoJSONEncoder)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "line"], name="application_line_once")]

    def __str__(self) -> str:
        return f"line {self.line_id} of {self.application_id}"


class Attachment(models.Model):
    """A file that the supplier added to the application."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="attachments")
    file = models.ForeignKey("documents.StoredFile", models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return str(self.file)


class CheckResult(models.Model):
    """What one automatic check said, in one round of submission."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="checks")
    round = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=30)
    result = models.CharField(max_length=4)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "round", "code"], name="check_once_a_round")]

    def __str__(self) -> str:
        return f"{self.code} {self.result}"
