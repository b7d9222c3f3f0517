"""Cheapest cash: what a supplier's goods can bring at the least cost, and taking that over into a draft."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.collateral import selectors as collateral
from scf.collateral.selectors import Offerable
from scf.domain import cheapest
from scf.domain.cheapest import Candidate, Offer
from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.parties import refusals
from scf.parties.models import Membership, Organisation

from ..models import Application, Product
from . import applying


class NotToBeHad(DomainError):
    """No case of one product and one buyer carries the amount from that day."""

    code = "NOT_TO_BE_HAD"


refusals.register(
    {
        "NOT_TO_BE_HAD": _(
            "%(amount)s cannot be had in one case: goods of one kind and one buyer carry at most %(most)s. "
            "Ask for less, bring further documents in, or start several cases."
        )
    }
)


@dataclass(frozen=True, slots=True)
class Found:
    """The cheapest way, with the goods that it takes."""

    proposal: cheapest.Proposal
    product: Product
    lines: Sequence[Offerable]

    @property
    def is_proven(self) -> bool:
        """True where no way can cost less."""
        return self.proposal.cost <= self.proposal.least


def find(
    *, organisation: Organisation, products: Mapping[str, Product], amount: Money, wanted_on: date, on: date
) -> Found:
    """The cheapest way to `amount` from `wanted_on`, by what is known on `on`. Raises NotToBeHad."""
    terms = {code: product.terms for code, product in products.items()}
    found = collateral.offerables(organisation=organisation, terms=terms, on=on)
    usable = {o.line.line_id: o for o in found if o.is_usable and o.line.currency == amount.currency}
    limits = collateral.limits_of(usable.values(), organisation=organisation, on=on, reference="")
    candidates = [_candidate(o, organisation.pk, wanted_on, products) for o in usable.values()]
    proposal = cheapest.propose(
        amount=amount, on=wanted_on, candidates=candidates, caps=limits,
        offers=[_offer(product, amount.currency) for product in products.values()],
    )  # fmt: skip
    if proposal is None:
        most = _most(candidates, limits, amount.currency)
        raise NotToBeHad("nothing carries it", amount=str(amount), most=str(most))
    return Found(proposal, products[proposal.product], [usable[key] for key in proposal.keys])


def _candidate(offerable: Offerable, supplier_id: int, wanted_on: date, products: Mapping[str, Product]) -> Candidate:
    """Stored goods are paid for whenever they are sold: a loan on them runs as long as product and storage allow."""
    line, due = offerable.line, offerable.line.due_date
    last = wanted_on + timedelta(days=products[line.product].tenor_days_max)
    if line.product == Product.Code.WAREHOUSE and due is not None:
        due = min(due, last)
    assert offerable.alone is not None, "usable goods have a value"
    keys = tuple(collateral.keys_of(offerable, supplier_id))
    return Candidate(line.line_id, line.product, line.buyer_id, offerable.alone, keys, due)


def _offer(product: Product, currency: str) -> Offer:
    return Offer(
        product.code, product.indicative_rate, product.tenor_days_max, Money(product.amount_min_minor, currency)
    )


def _most(candidates: Sequence[Candidate], limits: Sequence[cheapest.Cap], currency: str) -> Money:
    """The most that goods of one product and one buyer carry."""
    pools: dict[tuple[str, int | None], list[Candidate]] = {}
    for candidate in candidates:
        pools.setdefault((candidate.product, candidate.buyer), []).append(candidate)
    return max((cheapest.carried(lines, limits, currency) for lines in pools.values()), default=Money(0, currency))


@transaction.atomic
def take_over(
    *, products: Mapping[str, Product], amount: Money, wanted_on: date, by: Membership, on: date, at: datetime
) -> Application:
    """A draft with the goods, the amount and the tenor of the cheapest way as it is now. Raises NotToBeHad."""
    found = find(organisation=by.organisation, products=products, amount=amount, wanted_on=wanted_on, on=on)
    draft = applying.start_draft(product=found.product, currency=amount.currency, by=by, at=at)
    applying.choose_lines(application_id=draft.pk, line_ids=found.proposal.keys, by=by, on=on)
    return applying.set_terms(
        application_id=draft.pk,
        amount=amount,
        tenor_days=found.proposal.tenor_days,
        wanted_on=wanted_on,
        note="",
        by=by,
    )
