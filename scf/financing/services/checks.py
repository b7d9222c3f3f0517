"""The automatic checks: gather the facts, run the rules, write down what they said."""

# budget: the facts of a case lie in every app below
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from scf.collateral import selectors as collateral
from scf.collateral.selectors import Offerable, matches
from scf.domain import eligibility, remedies
from scf.domain.eligibility import CaseFacts, Paper, Result, Verdict
from scf.domain.errors import DomainError
from scf.domain.money import Money, total
from scf.domain.remedies import Remedy
from scf.kernel import clock, controls
from scf.orders.models import DocumentLine, TradeDocument
from scf.parties import refusals
from scf.parties.selectors import payee_account
from scf.servicing.selectors import payoff

from ..models import Application, CheckResult
from .suspicions import round_trips, suspicions_of

# code -> (name, what is wrong and what to do where it does not pass)
SENTENCES = {
    "AMOUNT_COVERED": (
        _("The goods carry the amount"),
        _("%(amount)s is more than the chosen goods carry: %(lendable)s. Ask for less, or choose more goods."),
    ),
    "AMOUNT_MINIMUM": (
        _("The amount is one that is lent"),
        _("%(amount)s is below the least amount, %(minimum)s. Choose more goods."),
    ),
    "LOAN_PAID_OFF": (
        _("The loan before it is paid off"),
        _("%(amount)s does not pay off the loan on the order, which takes %(payoff)s. Ask for more, or repay a part."),
    ),
    "TENOR_ALLOWED": (
        _("The tenor is allowed"),
        _("%(days)s days are not allowed; 1 to %(max)s are. Choose a shorter tenor."),
    ),
    "PARTIES_KNOWN": (
        _("Supplier and buyer are registered"),
        _("A party on %(documents)s is not registered. Ask the platform to link the name, or take the document out."),
    ),
    "ONE_BUYER": (
        _("One buyer owes"),
        _("The documents are of %(count)s buyers. Apply for each buyer on its own."),
    ),
    "PAYEE_VERIFIED": (
        _("The account to be paid into is verified"),
        _("There is no verified account in this currency. Ask the platform to verify one."),
    ),
    "NOT_DISPUTED": (
        _("No document is disputed"),
        _("%(documents)s: disputed or void. Take the document out, or settle the dispute with the buyer first."),
    ),
    "NOT_FINANCED_ELSEWHERE": (
        _("No paper with the same facts elsewhere"),
        _(
            "The same paper as %(documents)s is with another supplier or behind another case. Take the document out; "
            "if it is yours alone, ask the platform to look at both papers."
        ),
    ),
    "NOT_SIMILAR": (
        _("No paper much like it elsewhere"),
        _("Another paper is much like %(documents)s. A reviewer compares the two before the case goes on."),
    ),
    "KEEPER_INDEPENDENT": (
        _("The keeper is independent"),
        _("The keeper of %(documents)s is related to you. Store the goods with a keeper who is not."),
    ),
    "BUYER_INDEPENDENT": (
        _("The buyer is independent"),
        _("The buyer of %(documents)s is related to you. The reviewer will ask for proof of delivery and payment."),
    ),
    "NO_ROUND_TRIP": (
        _("Goods do not go in circles"),
        _("The buyer's side of %(documents)s has sold the same goods to your side. Such trade is not financed."),
    ),
    "PRICE_AS_ORDERED": (
        _("Prices are as ordered"),
        _("%(documents)s states a higher price than its order. Bring the changed order, or the corrected receipt."),
    ),
    "ORDER_MATCHED": (
        _("Receipts match orders"),
        _("No order is here for %(documents)s. Import the order, or explain in a note."),
    ),
    "THREE_WAY_MATCH": (
        _("Order, receipt and invoice agree"),
        _("More is invoiced than was received: %(documents)s. Add the credit note, or explain."),
    ),
    "INVOICE_PRESENT": (
        _("There is an invoice"),
        _("No invoice is here for %(documents)s. Import it if there is one."),
    ),
    "TOTALS_TIE": (
        _("Totals add up"),
        _("The lines of %(documents)s do not add up to the total it states. Compare with the original."),
    ),
    "DOCUMENTS_RECENT": (
        _("Documents are recent"),
        _("%(documents)s: older than 180 days, or without a date. The reviewer will ask why it is unpaid."),
    ),
}


class ChecksFailed(DomainError):
    """At least one check fails, so that the application cannot go on."""

    code = "CHECKS_FAILED"


class GoodsCannotJoin(DomainError):
    """Goods that are to join a running loan would need a reviewer's look, or are not lent on at all."""

    code = "GOODS_CANNOT_JOIN"


refusals.register(
    {
        "CHECKS_FAILED": "%(sentences)s",
        "GOODS_CANNOT_JOIN": _(
            "%(sentences)s No reviewer looks at goods that join a running loan: choose other goods, or apply for a new "
            "loan on these."
        ),
    }
)


def name_of(code: str) -> str:
    """What a check looks at, in the active language."""
    return str(SENTENCES[code][0])


def sentence(code: str, facts: dict[str, str]) -> str:
    """What is wrong and what to do, in the active language."""
    return str(SENTENCES[code][1]) % facts


def facts_of(application: Application, chosen: Sequence[Offerable], lendable: Money, on: date) -> CaseFacts:
    """What the rules look at, read once."""
    papers = _papers(chosen, application.number)
    return CaseFacts(
        amount=application.amount,
        lendable=lendable,
        tenor_days=application.tenor_days or 0,
        tenor_days_max=application.product.tenor_days_max,
        on=on,
        product=application.product.code,
        papers=tuple(papers),
        buyers=frozenset(o.line.buyer_id for o in chosen if o.line.buyer_id is not None),
        has_verified_payee=payee_account(application.supplier, application.currency, at=clock.now()) is not None,
        amount_min=Money(application.product.amount_min_minor, application.currency),
        payoff=payoff(application.liquidates, application.wanted_on or on) if application.liquidates else None,
    )


def judge(application: Application, chosen: Sequence[Offerable], lendable: Money, on: date) -> list[Verdict]:
    """Run every rule on the application as it stands now."""
    found = eligibility.verdicts(facts_of(application, chosen, lendable, on))
    return [verdict if controls.is_on(verdict.code) else Verdict(verdict.code, Result.PASS) for verdict in found]


def require_goods(application: Application, joining: Sequence[Offerable], on: date) -> None:
    """Goods that join a running loan pass what is asked of goods; nobody looks at a warning. Raises GoodsCannotJoin."""
    facts = facts_of(application, joining, lendable_of(joining, application.currency), on)
    against = [verdict for verdict in eligibility.verdicts_on_goods(facts) if controls.is_on(verdict.code)]
    if against:
        sentences = " ".join(sentence(verdict.code, verdict.facts) for verdict in against)
        codes = [verdict.code for verdict in against]
        raise GoodsCannotJoin("goods that join fail", sentences=sentences, codes=codes)


def remedies_for(
    application: Application, chosen: Sequence[Offerable], others: Sequence[Offerable], on: date
) -> list[Remedy]:
    """What would make the failing checks pass: less, other or further goods (`others`), a confirmation."""
    lendable = lendable_of(chosen, application.currency)
    read = [*_papers(others, application.number), *_papers(chosen, application.number)]
    papers = {paper.number: paper for paper in read}
    limits = collateral.limits_of(
        [*chosen, *others], organisation=application.supplier, on=on, reference=application.number
    )
    supplier_id = application.supplier_id
    mine, free = (
        [_line(offerable, papers[offerable.line.document_number], supplier_id) for offerable in found]
        for found in (chosen, others)
    )
    return remedies.remedies(facts_of(application, chosen, lendable, on), mine, free, caps=limits)


def _line(offerable: Offerable, paper: Paper, supplier_id: int) -> remedies.Line:
    line = offerable.line
    alone = offerable.alone.lendable if offerable.alone else offerable.lendable
    keys = tuple(collateral.keys_of(offerable, supplier_id))
    return remedies.Line(line.line_id, paper, line.buyer_id, alone, offerable.if_confirmed, keys)


def require(verdicts: Sequence[Verdict]) -> None:
    """Raise ChecksFailed with every failing sentence."""
    failing = [v for v in verdicts if v.result == Result.FAIL]
    if failing:
        sentences = " ".join(sentence(v.code, v.facts) for v in failing)
        raise ChecksFailed("checks fail", sentences=sentences, codes=[v.code for v in failing])


def keep(application: Application, verdicts: Sequence[Verdict], at: datetime) -> None:
    """Write the answers of this round down."""
    CheckResult.objects.bulk_create(
        CheckResult(
            application=application, round=application.rounds, code=v.code, result=v.result, facts=v.facts, at=at
        )
        for v in verdicts
    )


def _papers(chosen: Sequence[Offerable], reference: str) -> list[Paper]:
    """The documents behind the chosen lines, a dozen queries whatever their number."""
    ids = {o.line.document_id for o in chosen}
    documents = TradeDocument.objects.filter(pk__in=ids).order_by("id")
    roots = {o.line.line_id: o.line.root_line_id for o in chosen}
    invoiced = _invoiced(set(roots.values()))
    found = matches(ids, reference=reference)
    copied = {match.document_id for match in found if match.stops}
    alike = {match.document_id for match in found} - copied
    circles = round_trips(documents)
    suspicions = suspicions_of(documents, chosen)
    papers = [_paper(document, chosen, invoiced, copied, alike) for document in documents]
    return [
        replace(
            paper, is_round_trip=document.pk in circles, is_overpriced=document.pk in suspicions.overpriced,
            has_related_keeper=document.pk in suspicions.keepers, has_related_buyer=document.pk in suspicions.buyers,
        )
        for paper, document in zip(papers, documents, strict=True)
    ]  # fmt: skip


def _invoiced(root_ids: set[int]) -> dict[int, Decimal]:
    lines = DocumentLine.objects.filter(origin_id__in=root_ids, document__kind=TradeDocument.Kind.INVOICE)
    found: dict[int, Decimal] = {}
    for origin_id, quantity in lines.exclude(document__state="VOID").values_list("origin_id", "quantity"):
        found[origin_id] = found.get(origin_id, Decimal(0)) + (quantity or 0)
    return found


def _paper(
    document: TradeDocument,
    chosen: Sequence[Offerable],
    invoiced: dict[int, Decimal],
    copied: set[int],
    alike: set[int],
) -> Paper:
    lines = [o.line for o in chosen if o.line.document_id == document.pk]
    is_receipt = document.kind == TradeDocument.Kind.GOODS_RECEIPT
    billed = [invoiced[line.root_line_id] for line in lines if line.root_line_id in invoiced]
    return Paper(
        number=document.number,
        issue_date=document.issue_date,
        is_party_known=document.supplier_id is not None
        and (document.buyer_id is not None or document.warehouse_id is not None),
        is_matched_to_order=not is_receipt or all(line.root_line_id != line.line_id for line in lines),
        has_invoice=not is_receipt or bool(billed),
        totals_tie=not any(p.get("code", "").endswith("MISMATCH") for p in document.problems),
        is_disputed=document.state in (TradeDocument.State.DISPUTED, TradeDocument.State.VOID),
        financed_elsewhere=document.pk in copied,
        is_similar=document.pk in alike,
        received=sum((line.gross_quantity for line in lines), Decimal(0)) if is_receipt else None,
        invoiced=sum(billed, Decimal(0)) if is_receipt and billed else None,
    )


def lendable_of(chosen: Sequence[Offerable], currency: str) -> Money:
    """What the chosen lines carry together."""
    return total([o.lendable for o in chosen if o.line.currency == currency], currency)
