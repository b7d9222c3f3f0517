"""Straight through: a lender's own rules decide a case the moment it comes, or leave it to its officers."""

# budget: a decision draws on prices, grades, checks, limits and the licence at once
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.banks.selectors import grades
from scf.domain import straight_through
from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.domain.pricing import Cell
from scf.domain.rates import Agreement, RateUnknown, Reset
from scf.domain.straight_through import Decision, Facts
from scf.kernel import audit, lifecycle, outbox, proposals
from scf.kernel.clock import day_of
from scf.parties import access, refusals
from scf.parties.models import Membership
from scf.servicing.selectors.rates import offered_rate

from ..models import AutoDecision, AutoRule, BankCase
from . import placing, securing


class RuleNotSound(DomainError):
    """The rule cannot stand as entered, or another one waits already."""

    code = "AUTO_RULE_NOT_SOUND"


refusals.register(
    {
        "AUTO_RULE_NOT_SOUND": _(
            "This rule cannot stand: the amount and the days are above zero, it begins today or later, and no other "
            "one waits to be confirmed."
        ),
    }
)


@transaction.atomic
def propose(
    *, amount_max: Money, tenor_days_max: int, products: Sequence[str], grade_min: str, offer_days: int,
    valid_from: date, why: str, by: Membership, at: datetime,
) -> AutoRule:  # fmt: skip
    """Enter a rule; it decides once another officer has confirmed it. Raises RuleNotSound."""
    waits = AutoRule.objects.filter(bank=by.organisation, state=AutoRule.State.PROPOSED).exists()
    if waits or amount_max.minor <= 0 or tenor_days_max < 1 or valid_from < day_of(at):
        raise RuleNotSound("not sound")
    row = AutoRule.objects.create(
        bank=by.organisation, products=list(products), currency=amount_max.currency,
        amount_max_minor=amount_max.minor, tenor_days_max=tenor_days_max, grade_min=grade_min, offer_days=offer_days,
        valid_from=valid_from, why=why, proposed_by=by.user, proposed_at=at,
    )  # fmt: skip
    audit.record(
        action="autorule.propose", subject=row, by=by, at=at, after=_facts(row), note=why, private_to=by.organisation
    )
    return row


def _facts(row: AutoRule) -> dict[str, str]:
    return {"up to": str(row.amount_max), "days": str(row.tenor_days_max), "from": str(row.valid_from)}


def _locked(rule_id: int, by: Membership) -> AutoRule:
    return AutoRule.objects.select_for_update(of=("self",)).select_related("bank").get(
        pk=rule_id, bank=by.organisation
    )  # fmt: skip


@transaction.atomic
def confirm(*, rule_id: int, by: Membership, at: datetime) -> AutoRule:
    """Another officer agrees: from its day on it decides. Raises TakesTwo, NotAllowedNow."""
    return proposals.confirm(_locked(rule_id, by), facts=_facts, by=by, at=at)


@transaction.atomic
def take_off(*, rule_id: int, note: str, by: Membership, at: datetime) -> None:
    """Refuse what a colleague entered, or take back one's own. Raises WhyNotMissing, NotAllowedNow."""
    proposals.take_off([_locked(rule_id, by)], note=note, facts=_facts, by=by, at=at)


@transaction.atomic
def stop(*, rule_id: int, by: Membership, at: datetime) -> AutoRule:
    """Any one officer stops a rule at once: from now on people decide. What it decided stands; safe to repeat."""
    row = _locked(rule_id, by)
    if row.stopped_at is None and access.may(by, "banks.see_appetite"):
        row.stopped_at, row.stopped_by = at, by.user
        row.save(update_fields=["stopped_at", "stopped_by"])
        audit.record(action="autorule.stop", subject=row, by=by, at=at, private_to=row.bank)
    return row


@transaction.atomic
def decide(*, bank_case_id: int, at: datetime) -> BankCase:
    """Let the lender's rules look at a new case: an offer at its list price, or its officers', with the reasons kept.

    Nothing happens where the lender has no rule that counts, or quotes are sealed. Safe to repeat.
    """
    case = BankCase.objects.select_for_update(of=("self",)).select_related(
        "application__product", "application__supplier", "bank"
    ).get(pk=bank_case_id)  # fmt: skip
    rule = _rule_of(case, day_of(at))
    if rule is None or case.is_sealed or case.state != BankCase.State.OPEN or hasattr(case, "auto_decision"):
        return case
    facts = _facts_of(case, at)
    found = straight_through.decide(rule.as_rule, facts)
    AutoDecision.objects.create(
        bank_case=case, rule=rule, version=straight_through.CURRENT, decided_at=at, is_offer=found.is_offer,
        inputs=straight_through.as_json(rule.as_rule, facts), annual_rate=found.annual_rate,
        reasons=list(found.reasons),
    )  # fmt: skip
    if found.is_offer:
        _offer(case, rule, facts, found, at)
    return case


def _rule_of(case: BankCase, day: date) -> AutoRule | None:
    rows = AutoRule.objects.select_for_update(of=("self",)).filter(bank=case.bank, state=AutoRule.State.CONFIRMED)
    last = rows.filter(valid_from__lte=day).order_by("-valid_from", "-pk").first()
    return last if last is not None and last.counts_on(day) else None


def _facts_of(case: BankCase, at: datetime) -> Facts:
    application = case.application
    price = placing.list_price_of(case, day_of(at))
    checks = application.checks.filter(round=application.rounds).exclude(result="PASS")
    index = _index_of(price, day_of(at))
    return Facts(
        product=application.product.code, amount=application.amount, tenor_days=application.tenor_days or 0,
        grade=grades.grade_of(application.supplier_id, day_of(at)),
        warnings=tuple(sorted(checks.values_list("code", flat=True))), price=price, index=index,
        barred=_barred(case, price, index, at),
    )  # fmt: skip


def _index_of(price: Cell | None, day: date) -> Decimal | None:
    """What the price's index stands at; None where no price is listed, or no value is confirmed."""
    if price is None:
        return None
    try:
        return offered_rate(Agreement(price.index, 0, Reset.NONE), day)
    except RateUnknown:
        return None


def _barred(case: BankCase, price: Cell | None, index: Decimal | None, at: datetime) -> tuple[str, ...]:
    application = case.application
    tenor_days = application.tenor_days or 1
    burden = price.burden(index, tenor_days) if price is not None and index is not None else None
    try:
        securing.require_room(application.number, case.bank, at=at)
        placing.require_licensed(application, case.bank, amount=application.amount, burden=burden, on=day_of(at))
    except DomainError as why:
        return (why.code,)
    return ()


def _offer(case: BankCase, rule: AutoRule, facts: Facts, found: Decision, at: datetime) -> None:
    assert facts.price is not None and found.annual_rate is not None, "an offer has a price"
    agreement = Agreement(facts.price.index, facts.price.spread_bp, Reset.NONE)
    expires_on = day_of(at) + timedelta(days=rule.offer_days)
    said = {"amount": str(facts.amount), "rate": str(found.annual_rate), "rule": str(rule.pk)}
    if facts.price.fee_bp:
        said["fee_bp"] = str(facts.price.fee_bp)
    lifecycle.fire(
        case, "offer_by_rules", by=None, at=at, private_to=case.bank, facts=said, amount=facts.amount,
        annual_rate=found.annual_rate, tenor_days=facts.tenor_days, expires_on=expires_on, agreement=agreement,
        fee_bp=facts.price.fee_bp,
    )  # fmt: skip
    outbox.put(topic="financing.bank_case.decided", payload={"bank_case_id": case.pk}, at=at)


def replay(decision: AutoDecision) -> Decision:
    """What the version of the rules that decided says today of the same inputs; the same, or it was tampered with."""
    rule, facts = straight_through.from_json(decision.inputs)
    return straight_through.decide(rule, facts, version=decision.version)


def is_reproduced(decision: AutoDecision) -> bool:
    """Whether a stored decision follows from its stored inputs."""
    found = replay(decision)
    return (list(found.reasons), found.annual_rate, found.is_offer) == (
        decision.reasons, decision.annual_rate, decision.is_offer
    )  # fmt: skip
