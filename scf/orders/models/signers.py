"""Who may speak for a buyer or a keeper, what was asked of them, and what they have said."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from scf.domain.money import Money
from scf.kernel.proposals import Proposal

from .documents import TradeDocument


class SignerRegistration(Proposal):
    """A person who may speak for a buyer or a keeper: proposed by one of the platform, confirmed by another.

    evidence    the organisation's letter of authority
    membership  the role that the confirmation gave; null before
    revoked_at  since when the person does not speak any more; one person of the platform suffices

    The database lets nobody be a registered signer without such a row that is confirmed and not revoked.
    """

    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    email = models.EmailField()
    evidence = models.ForeignKey("documents.StoredFile", models.PROTECT, related_name="+")
    membership = models.ForeignKey("parties.Membership", models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    revoked_why = models.CharField(max_length=200, blank=True)

    class Meta(Proposal.Meta):
        constraints = [
            *Proposal.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "email"],
                condition=Q(state__in=["PROPOSED", "CONFIRMED"], revoked_at=None),
                name="signer_registered_once",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revoked_why=""),
                name="signer_revoked_by_somebody_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


class SignerWord(models.Model):
    """What a registered signer has said of a document; the only way in which a document becomes confirmed.

    note    of a dispute: what is wrong
    amount_minor, currency  of PAID: all that the buyer has paid for these goods to the supplier itself so far; a later
            word takes the place of an earlier one
    """

    append_only: ClassVar[bool] = True

    class Word(models.TextChoices):
        CONFIRMED = "CONFIRMED", _("confirmed")
        DISPUTED = "DISPUTED", _("disputed")
        PAID = "PAID", _("paid")

    document = models.ForeignKey(TradeDocument, models.PROTECT, related_name="words")
    signer = models.ForeignKey("parties.Membership", models.PROTECT, related_name="+")
    word = models.CharField(max_length=10, choices=Word.choices)
    note = models.CharField(max_length=500, blank=True)
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True, default="", db_default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(word="DISPUTED") | ~Q(note=""), name="word_of_dispute_says_why"),
            models.CheckConstraint(
                condition=Q(word="PAID", amount_minor__gte=0) & ~Q(currency="")
                | ~Q(word="PAID") & Q(amount_minor=None, currency=""),
                name="word_of_payment_says_how_much",
            ),
        ]
        indexes = [
            models.Index(fields=["signer", "-id"], name="word_by_signer"),
            models.Index(fields=["document", "-id"], condition=Q(word="PAID"), name="word_of_payment"),
        ]

    def __str__(self) -> str:
        return f"{self.word} {self.document_id}"

    @property
    def amount(self) -> Money | None:
        """What was paid."""
        return None if self.amount_minor is None else Money(self.amount_minor, self.currency)


class ConfirmationRequest(models.Model):
    """Somebody wants a document confirmed; each registered signer of `organisation` was mailed a link of its own.

    organisation  the buyer; of a warehouse receipt the keeper
    deadline      last day: a large buyer confirms within 30 days; a keeper within 5
    asked_again_at  when the links were last mailed
    word          the answer
    """

    document = models.ForeignKey(TradeDocument, models.PROTECT, related_name="confirmation_requests")
    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    asked_by = models.ForeignKey("parties.Membership", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    asked_again_at = models.DateTimeField()
    deadline = models.DateField()
    word = models.OneToOneField(SignerWord, models.PROTECT, null=True, related_name="request")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document"], condition=Q(word=None), name="confirmation_asked_once"),
        ]
        indexes = [models.Index(fields=["organisation", "deadline", "id"], name="confirmation_by_deadline")]

    def __str__(self) -> str:
        return f"{self.document_id} until {self.deadline}"
