"""What stands in the way of goods being lent on, in words, with the person who can mend it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from scf.domain import periods
from scf.domain.eligibility import AGE_DAYS_MAX
from scf.orders.models import TradeDocument

from ..models import Pledge, PledgeLine, Resemblance
from .life import Life
from .matching import matches, pair_of

State = TradeDocument.State
PAIRS_SHOWN = 5

# code -> (name, what it means for loans, who does something about it)
WORDS: dict[str, tuple[Promise, Promise, Promise]] = {
    "SHORT": (
        pgettext_lazy("goods", "short"),
        _("Less was received than shipped. Only what was received can stand for a loan."),
        _("Supplier: settle the missing goods with carrier and buyer, or ship them."),
    ),
    "REJECTED": (
        pgettext_lazy("goods", "partly rejected"),
        _("The buyer has rejected part of the goods. That part carries nothing."),
        _("Supplier: take it back, or deliver again."),
    ),
    "CREDIT_NOTED": (
        pgettext_lazy("goods", "credited"),
        _("A credit note lowers what the buyer owes, and with it what the goods carry."),
        _("Nobody: the credited part is left out already."),
    ),
    "DISPUTED": (
        pgettext_lazy("goods", "disputed"),
        _("Buyer or keeper say that the paper is not true. It carries nothing, and a loan on it is called."),
        _("Supplier: settle it with who disputes; take the paper back and bring the corrected one."),
    ),
    "VOID": (
        pgettext_lazy("goods", "void"),
        _("The paper was taken back; it counts for nothing."),
        _("Nobody."),
    ),
    "FROZEN": (
        pgettext_lazy("goods", "frozen"),
        _("A paper with the same facts is here from elsewhere. Nothing is lent on either before people have compared."),
        _("Platform: two reviewers compare the papers."),
    ),
    "ALIKE": (
        pgettext_lazy("goods", "to be compared"),
        _("Another paper is much like this one. A reviewer compares them before a case goes on."),
        _("Platform: a reviewer compares the papers."),
    ),
    "STALE": (
        pgettext_lazy("goods", "stale"),
        _("The paper is old, or its storage or insurance has ended."),
        _("Supplier: bring the renewed paper, or say in the application why it is still unpaid."),
    ),
    "ENFORCING": (
        pgettext_lazy("goods", "being sold"),
        _("The lender has the goods sold, as a margin call was not cured."),
        _("Lender: record the sale, or call it off. Supplier: repay before it is done."),
    ),
    "SOLD": (
        pgettext_lazy("goods", "sold"),
        _("The goods were sold for the lender; they cannot stand for another loan."),
        _("Nobody."),
    ),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One of WORDS that holds of a paper's goods.

    quantity  how much it concerns, in the order line's unit; None for all
    match_id  the pair of papers to be compared
    """

    code: str
    quantity: Decimal | None = None
    match_id: int | None = None

    @property
    def name(self) -> Promise:
        """The state as a word."""
        return WORDS[self.code][0]

    @property
    def meaning(self) -> Promise:
        """What it means for loans."""
        return WORDS[self.code][1]

    @property
    def who(self) -> Promise:
        """Who does what about it."""
        return WORDS[self.code][2]


def conditions_of(document: TradeDocument, lives: Sequence[Life], on: date) -> list[Condition]:
    """Everything that holds of a document's goods today."""
    found = [Condition(str(document.state))] if document.state in (State.DISPUTED, State.VOID) else []
    short = sum((max(Decimal(0), each.shipped - each.received) for each in lives if each.received), Decimal(0))
    rejected = sum((each.rejected for each in lives), Decimal(0))
    credited = sum((each.credited for each in lives), Decimal(0))
    amounts = (("SHORT", short), ("REJECTED", rejected), ("CREDIT_NOTED", credited))
    found += [Condition(code, quantity) for code, quantity in amounts if quantity]
    found += _alike(document)
    found += [Condition("STALE")] if _is_stale(document, on) else []
    return found + [Condition(state) for state in _sales(document)]


def _alike(document: TradeDocument) -> list[Condition]:
    found = []
    for match in matches([document.pk], reference="")[:PAIRS_SHOWN]:
        low, high = pair_of(match)
        pair = Resemblance.objects.filter(low=low, high=high).values_list("pk", flat=True).first()
        found.append(Condition("FROZEN" if match.stops else "ALIKE", match_id=pair))
    return found


def _is_stale(document: TradeDocument, on: date) -> bool:
    if document.kind == TradeDocument.Kind.WAREHOUSE_RECEIPT:
        stored = getattr(document, "warehouse_details", None)
        ends = [stored.stored_to_date, periods.last_day(stored.insurance_period)] if stored else []
        return any(day is not None and day < on for day in ends)
    return document.issue_date is not None and (on - document.issue_date).days > AGE_DAYS_MAX


def _sales(document: TradeDocument) -> list[str]:
    ends = PledgeLine.objects.filter(line_holding__line__document=document, counts=True)
    states = ends.filter(pledge__state__in=[Pledge.State.ENFORCING, Pledge.State.SOLD])
    return sorted(set(states.values_list("pledge__state", flat=True)))
