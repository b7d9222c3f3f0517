"""What a payment in suspense may mean: the facts gathered for scf.domain.matching, in a fixed number of queries."""

# budget: it joins all that is known of a payment

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Case, Q, When
from rapidfuzz import fuzz

from scf.banks.models import StatementEntry
from scf.collateral import selectors as collateral
from scf.domain.matching import Code, Credit, Suggestion, Target, split_by_due, suggest
from scf.domain.money import Money
from scf.parties.selectors import comparable

from ..models import IncomingPayment, Loan, PayerRule, VirtualAccount
from .loans import Standing, standings
from .payers import accounts_named_by, learned_for
from .payments import numbers_in, waiting_of

LOANS_COMPARED_MAX, SPLIT_ROWS_MAX = 200, 12
LEARNED = {PayerRule.Kind.ACCOUNT: Code.LEARNED_ACCOUNT, PayerRule.Kind.NAME: Code.LEARNED_NAME}


@dataclass(frozen=True, slots=True)
class Part:
    """A loan's share of a suggestion; rest  what would be left to pay it off: negative where it is more than that."""

    stand: Standing
    amount: Money
    rest: Money


@dataclass(frozen=True, slots=True)
class Offer:
    """A suggestion with its loans."""

    suggestion: Suggestion
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Offers, the likeliest first; and rows for a split by hand, with what each would get by due date."""

    offers: list[Offer]
    split: list[Part]


def suggestions_for(incoming: IncomingPayment) -> Found:
    """What `incoming` may mean, all loans of its lender in its currency compared, the likeliest two hundred."""
    entry, waiting = incoming.entry, waiting_of(incoming)
    accounts, learned = accounts_named_by(entry), learned_for(entry)
    sales = collateral.sales_of(incoming.bank_id, incoming.currency)
    numbers = numbers_in(entry)
    likely = Q(number__in={*sales, *numbers}) | Q(reference__in=numbers) | Q(supplier__in=learned)
    likely |= Q(pk__in=[row.loan_id for row in accounts]) | Q(supplier__in=[row.supplier_id for row in accounts])
    name = entry.counterparty.strip()
    for party in ("buyer", "supplier") if name else ():
        likely |= Q(**{f"{party}__name__iexact": name}) | Q(**{f"{party}__name_en__iexact": name})
    loans = Loan.objects.filter(
        bank=incoming.bank_id, currency=incoming.currency, drawdown_date__lte=incoming.value_date
    ).exclude(state=Loan.State.CLOSED)
    loans = loans.select_related("supplier", "buyer").alias(likely=Case(When(likely, then=0), default=1))
    stands = {
        stand.loan.pk: stand
        for stand in standings(loans.order_by("likely", "due_on", "id")[:LOANS_COMPARED_MAX], incoming.value_date)
    }
    prices = {number: frozenset(call.proceeds_minor or 0 for call in calls) for number, calls in sales.items()}
    sold_to = {number: [call.sold_to for call in calls] for number, calls in sales.items()}
    targets = [
        _target(stand, entry, accounts, learned, prices.get(stand.loan.number, frozenset()),
                sold_to.get(stand.loan.number, []))
        for stand in stands.values()
    ]  # fmt: skip
    credit = Credit(waiting, incoming.value_date, frozenset(numbers), frozenset(row.number for row in accounts))
    offers = [Offer(each, _parts(each.parts, stands)) for each in suggest(credit, targets)]
    return Found(offers, _split_rows(offers, targets, stands, waiting))


def _target(
    stand: Standing, entry: StatementEntry, accounts: list[VirtualAccount], learned: Mapping[int, Mapping[str, str]],
    sales: frozenset[int], sold_to: list[str],
) -> Target:  # fmt: skip
    loan = stand.loan
    names = [name for party in (loan.buyer, loan.supplier) if party for name in (party.name, party.name_en) if name]
    return Target(
        loan=loan.pk,
        supplier=loan.supplier_id,
        numbers=frozenset({loan.number, loan.reference}),
        payoff=stand.now.payoff,
        dues=tuple((row.due_date, row.outstanding) for row in stand.now.rows if row.outstanding.minor > 0),
        own_accounts=frozenset(row.number for row in accounts if row.loan_id == loan.pk),
        suppliers_accounts=frozenset(row.number for row in accounts if row.supplier_id == loan.supplier_id),
        sales=sales,
        payer=_nearest(entry.counterparty, names + sold_to),
        learned={LEARNED[PayerRule.Kind(kind)]: mark for kind, mark in learned.get(loan.supplier_id, {}).items()},
    )


def _nearest(payer: str, names: list[str]) -> tuple[str, int]:
    """The name nearest to the payer's, and how near in whole percent: 100 only where they are equal."""
    mark = comparable(payer)
    if not mark:
        return "", 0
    found = []
    for name in names:
        other = comparable(name)
        found.append((100 if other == mark else min(99, int(fuzz.ratio(mark, other))), name))
    percent, name = max(found, default=(0, ""))
    return name, percent


def _parts(parts: tuple[tuple[int, Money], ...], stands: Mapping[int, Standing]) -> tuple[Part, ...]:
    return tuple(Part(stands[loan], amount, stands[loan].now.payoff - amount) for loan, amount in parts)


def _split_rows(
    offers: list[Offer], targets: list[Target], stands: Mapping[int, Standing], waiting: Money
) -> list[Part]:  # fmt: skip
    """The likeliest supplier's loans by due date with the money over them, then other likely loans with nothing."""
    if not targets:
        return []
    lead = offers[0].parts[0].stand.loan.supplier_id if offers else targets[0].supplier
    several = next((offer for offer in offers if len(offer.parts) > 1), None)
    own = sorted((t for t in targets if t.supplier == lead and t.dues), key=lambda t: (t.due_on, t.loan))
    shares = dict(split_by_due(waiting, own[:SPLIT_ROWS_MAX]))
    if several is not None:
        shares = {part.stand.loan.pk: part.amount for part in several.parts}
    rows = [*shares, *(target.loan for target in own), *(part.stand.loan.pk for each in offers for part in each.parts)]
    nothing = Money(0, waiting.currency)
    return [
        Part(stands[loan], shares.get(loan, nothing), stands[loan].now.payoff)
        for loan in list(dict.fromkeys(rows))[:SPLIT_ROWS_MAX]
    ]
