"""One lender's side of an application."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import django_fsm as fsm
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from scf.domain import pricing
from scf.domain.authority import Need
from scf.domain.money import Money
from scf.domain.rates import Agreement
from scf.domain.sealing import Quote
from scf.kernel.fsm import StateField

from .applications import Application

if TYPE_CHECKING:
    from scf.documents.models import StoredFile
    from scf.parties.models import User


class BankCase(fsm.ConcurrentTransitionMixin, fsm.FSMModelMixin, models.Model):
    """What one lender makes of an application. No other lender sees it.

        OPEN --claim--> MAKER --propose_offer | propose_decline--> CHECKER --confirm--> OFFERED | DECLINED
        CHECKER --sign_on--> CHECKER, while more signatures or votes are needed
        CHECKER --send_back--> SENT_BACK --claim--> MAKER; MAKER --reassign--> MAKER
        MAKER, CHECKER --ask_info--> INFO_REQUESTED --answer_info--> SENT_BACK
        OFFERED --accept--> ACCEPTED; OPEN..OFFERED --lapse--> LAPSED
        OPEN --offer_by_rules--> OFFERED
        in an auction: CHECKER --seal--> SEALED --open_quote--> OFFERED | --open_decline--> DECLINED

    The proposal (offer or decline) is the maker's until as many checkers as the
    lender's authority matrix asks for, never the maker, stand for it: the
    database itself refuses equal persons, and fewer signatures or votes than needed.

    answer_by    when the lender wants to have answered, by its own hours; a question to the supplier stops them
    proposals    how many proposals were made; the last one is the round that signatures and votes belong to
    signatures_needed, votes_needed  by the lender's matrix, as of the last word; of a sealed quote the least
    precedents   what must be there before payment, one a line (Precedent once the offer is accepted)
    asked        who is to answer while a question is open
    escalated    how often the clock has passed the case on since the answer was due
    by_rules     the lender's own rules decided, with no person (AutoDecision says why)
    is_sealed    in an auction whose quotes are not opened yet: the row says nothing, and the database sees to it
    annual_rate  the yearly rate; where it follows an index, as of the day of the proposal
    agreement    how the rate is found (scf.domain.rates.Agreement); empty: fixed
    fee_bp       once, of the amount, in hundredths of a percent; due with the last instalment
    """

    lender_rows = "bank"

    class State(models.TextChoices):
        OPEN = "OPEN", _("new")
        MAKER = "MAKER", _("with the maker")
        CHECKER = "CHECKER", _("awaiting the checker")
        SENT_BACK = "SENT_BACK", _("sent back")
        INFO_REQUESTED = "INFO_REQUESTED", _("waiting for an answer")
        SEALED = "SEALED", _("quote sealed")
        OFFERED = "OFFERED", _("offered")
        DECLINED = "DECLINED", _("declined")
        ACCEPTED = "ACCEPTED", _("accepted")
        LAPSED = "LAPSED", _("lapsed")

    class Proposal(models.TextChoices):
        OFFER = "OFFER", _("offer")
        DECLINE = "DECLINE", _("decline")

    class Asked(models.TextChoices):
        SUPPLIER = "SUPPLIER", _("the supplier")
        PLATFORM = "PLATFORM", _("the platform")

    class DeclineReason(models.TextChoices):
        APPETITE = "APPETITE", _("Outside our appetite")
        EVIDENCE = "EVIDENCE", _("Evidence not sufficient")
        EXPOSURE = "EXPOSURE", _("Limit on the buyer used up")
        PRICE = "PRICE", _("Price does not cover the risk")
        OTHER = "OTHER", _("Other")

    application = models.ForeignKey(Application, models.PROTECT, related_name="bank_cases")
    bank = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="bank_cases")
    state = StateField(choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField()
    waiting_since = models.DateTimeField()
    is_sealed = models.BooleanField(default=False)
    by_rules = models.BooleanField(default=False)
    answer_by = models.DateTimeField(null=True)
    escalated = models.PositiveSmallIntegerField(default=0)
    asked = models.CharField(max_length=8, choices=Asked.choices, blank=True)
    proposals = models.PositiveSmallIntegerField(default=0)
    signatures_needed = models.PositiveSmallIntegerField(default=1)
    votes_needed = models.PositiveSmallIntegerField(default=0)
    proposal = models.CharField(max_length=8, choices=Proposal.choices, blank=True)
    amount_minor = models.BigIntegerField(null=True)
    annual_rate = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    agreement = models.JSONField(default=dict)
    fee_bp = models.PositiveSmallIntegerField(default=0)
    tenor_days = models.PositiveIntegerField(null=True)
    conditions = models.TextField(blank=True)
    precedents = models.TextField(blank=True)
    expires_on = models.DateField(null=True)
    decline_reason = models.CharField(max_length=12, choices=DeclineReason.choices, blank=True)
    note = models.TextField(blank=True)
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    checker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    contract_file = models.ForeignKey("documents.StoredFile", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "bank"], name="bank_asked_once"),
            models.UniqueConstraint(
                fields=["application"], condition=Q(state="ACCEPTED"), name="bank_case_one_accepted"
            ),
            models.CheckConstraint(
                condition=Q(checker=None) | ~Q(checker=F("maker")), name="bank_case_four_eyes"
            ),
            models.CheckConstraint(
                condition=Q(by_rules=False) | Q(maker=None, checker=None), name="bank_case_rules_or_people"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["OFFERED", "ACCEPTED"])
                # a comparison with NULL is no refusal in SQL: ask for both
                | Q(amount_minor__gt=0, annual_rate__gte=0, tenor_days__gt=0, amount_minor__isnull=False,
                    annual_rate__isnull=False, tenor_days__isnull=False,
                    expires_on__isnull=False)
                & (Q(maker__isnull=False, checker__isnull=False) | Q(by_rules=True)),
                name="bank_case_offer_complete",
            ),
            models.CheckConstraint(
                condition=Q(is_sealed=False)
                | Q(proposal="", amount_minor=None, annual_rate=None, agreement={}, fee_bp=0, tenor_days=None,
                    conditions="", precedents="", signatures_needed=1, votes_needed=0, expires_on=None,
                    decline_reason="", note=""),
                name="bank_case_sealed_says_nothing",
            ),
            models.CheckConstraint(condition=Q(fee_bp__lte=pricing.FEE_BP_MAX), name="bank_case_fee_within_reason"),
            models.CheckConstraint(condition=~Q(state="SEALED") | Q(is_sealed=True), name="bank_case_sealed_is_secret"),
        ]  # fmt: skip
        indexes = [models.Index(fields=["bank", "state", "waiting_since", "id"], name="bank_case_queue")]

    def __str__(self) -> str:
        return f"{self.application_id} at {self.bank_id}"

    @property
    def thread(self) -> str:
        """The timeline of the application that it belongs to."""
        return f"financing.application:{self.application_id}"

    @property
    def amount(self) -> Money:
        """What is offered."""
        return Money(self.amount_minor or 0, self.application.currency)

    @property
    def burden(self) -> Decimal:
        """What is offered, rate and fee, as a simple yearly fraction."""
        rate = self.annual_rate or Decimal(0)
        return pricing.burden(rate, fee_bp=self.fee_bp, tenor_days=self.tenor_days or 1)

    @fsm.transition(state, source=[State.OPEN, State.SENT_BACK], target=State.MAKER)
    def claim(self, *, maker: "User") -> None:
        """An officer works on it."""
        self.maker, self.checker = maker, None

    @fsm.transition(state, source=State.MAKER, target=State.MAKER)
    def reassign(self, *, maker: "User") -> None:
        """Another officer works on it from here."""
        self.maker = maker

    @fsm.transition(state, source=State.OPEN, target=State.OFFERED)
    def offer_by_rules(
        self, *, amount: Money, annual_rate: Decimal, agreement: Agreement, fee_bp: int, tenor_days: int,
        expires_on: date, at: datetime,
    ) -> None:  # fmt: skip
        """The lender's own rules say yes."""
        self.proposal, self.amount_minor, self.annual_rate = self.Proposal.OFFER, amount.minor, annual_rate
        self.agreement, self.tenor_days, self.expires_on = agreement.as_json(), tenor_days, expires_on
        self.fee_bp, self.by_rules, self.waiting_since = fee_bp, True, at

    @fsm.transition(state, source=State.MAKER, target=State.OPEN)
    def unclaim(self) -> None:
        """The officer lays it back into the queue."""
        self.maker = None

    @fsm.transition(state, source=State.MAKER, target=State.CHECKER)
    def propose_offer(
        self,
        *,
        amount: Money,
        annual_rate: Decimal,
        agreement: Agreement,
        fee_bp: int,
        tenor_days: int,
        conditions: str,
        precedents: str,
        need: Need,
        expires_on: date,
        note: str,
        at: datetime,
    ) -> None:
        """The maker would lend on these terms."""
        self.proposals += 1
        self.signatures_needed, self.votes_needed, self.precedents = need.signatures, need.votes, precedents
        self.proposal, self.amount_minor, self.annual_rate = self.Proposal.OFFER, amount.minor, annual_rate
        self.agreement, self.fee_bp = agreement.as_json(), fee_bp
        self.tenor_days, self.conditions, self.expires_on = tenor_days, conditions, expires_on
        self.note, self.decline_reason, self.waiting_since = note, "", at

    @fsm.transition(state, source=State.MAKER, target=State.CHECKER)
    def propose_decline(self, *, reason: str, note: str, at: datetime) -> None:
        """The maker would not lend."""
        self.proposals += 1
        self.signatures_needed, self.votes_needed = 1, 0
        self.proposal, self.decline_reason, self.note, self.waiting_since = self.Proposal.DECLINE, reason, note, at

    @fsm.transition(state, source=State.CHECKER, target=State.CHECKER)
    def sign_on(self, *, need: Need) -> None:
        """Somebody has spoken for the proposal, and more must."""
        if not self.is_sealed:
            self.signatures_needed, self.votes_needed = need.signatures, need.votes

    @fsm.transition(state, source=State.CHECKER, target=State.OFFERED)
    def confirm_offer(self, *, checker: "User", at: datetime) -> None:
        """A second person stands for the offer."""
        self.checker, self.waiting_since = checker, at

    @fsm.transition(state, source=State.CHECKER, target=State.DECLINED)
    def confirm_decline(self, *, checker: "User", at: datetime) -> None:
        """A second person stands for the refusal."""
        self.checker, self.waiting_since = checker, at

    @fsm.transition(state, source=State.MAKER, target=State.CHECKER)
    def propose_sealed(self, *, at: datetime) -> None:
        """The maker has proposed; what, only the lender's own officers read, and not here."""
        self.proposals += 1
        self.waiting_since = at

    @fsm.transition(state, source=State.CHECKER, target=State.SEALED)
    def seal(self, *, checker: "User", at: datetime) -> None:
        """A second person has sealed the answer; from now on nobody reads it until all are opened."""
        self.checker, self.waiting_since = checker, at

    @fsm.transition(state, source=State.SEALED, target=State.OFFERED)
    def open_quote(self, *, quote: Quote, at: datetime) -> None:
        """The quote is opened with all others, and is an offer."""
        self.is_sealed, self.waiting_since = False, at
        self.proposal, self.amount_minor = self.Proposal.OFFER, quote.amount.minor if quote.amount else None
        self.annual_rate, self.agreement, self.tenor_days = quote.annual_rate, quote.agreement, quote.tenor_days
        self.conditions, self.expires_on, self.note = quote.conditions, quote.expires_on, quote.note
        self.precedents, self.fee_bp = quote.precedents, quote.fee_bp

    @fsm.transition(state, source=State.SEALED, target=State.DECLINED)
    def open_decline(self, *, reason: str, note: str, at: datetime) -> None:
        """What was sealed is that the lender declines."""
        self.is_sealed, self.waiting_since = False, at
        self.proposal, self.decline_reason, self.note = self.Proposal.DECLINE, reason, note

    @fsm.transition(state, source=State.CHECKER, target=State.SENT_BACK)
    def send_back(self, *, note: str, at: datetime) -> None:
        """The checker wants it worked over."""
        self.note, self.waiting_since = note, at

    @fsm.transition(state, source=[State.MAKER, State.CHECKER], target=State.INFO_REQUESTED)
    def ask_info(self, *, asked: str, at: datetime) -> None:
        """The supplier or the platform is asked something; the bank's clock stops."""
        self.asked, self.waiting_since = asked, at

    @fsm.transition(state, source=State.INFO_REQUESTED, target=State.SENT_BACK)
    def answer_info(self, *, at: datetime) -> None:
        """Whoever was asked has answered; the maker goes on, with the time that it had left."""
        self.asked = ""
        if self.answer_by is not None:
            self.answer_by += at - self.waiting_since
        self.waiting_since = at

    @fsm.transition(state, source=State.OFFERED, target=State.ACCEPTED)
    def accept(self, *, contract_file: "StoredFile", at: datetime) -> None:
        """The supplier has signed this offer."""
        self.contract_file, self.waiting_since = contract_file, at

    @fsm.transition(
        state, target=State.LAPSED,
        source=[State.OPEN, State.MAKER, State.CHECKER, State.SENT_BACK, State.INFO_REQUESTED, State.SEALED,
                State.OFFERED],
    )  # fmt: skip
    def lapse(self, *, at: datetime) -> None:
        """It is too late: another offer was taken, the case ended, the offer expired, or no quote came in time."""
        self.waiting_since = at
