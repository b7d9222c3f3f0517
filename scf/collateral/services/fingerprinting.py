"""Fingerprints are made, matches are looked up and recorded, and people of the platform judge them."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.domain import likeness
from scf.domain.errors import DomainError
from scf.domain.likeness import Grade
from scf.kernel import audit, lifecycle
from scf.parties import access, refusals
from scf.parties.models import Membership

from ..models import Fingerprint, Hit, Resemblance
from ..selectors.matching import Match, matches, pair_of
from ..selectors.prints import Print, prints_of


class NotYoursToJudge(DomainError):
    """Only the platform's reviewers judge what is alike, and the second look is another person's."""

    code = "NOT_YOURS_TO_JUDGE"


class ReasonMissing(DomainError):
    """A judgement without a reason helps nobody later."""

    code = "JUDGEMENT_REASON_MISSING"


refusals.register(
    {
        "NOT_YOURS_TO_JUDGE": _(
            "These papers have the same facts, so two reviewers must call them different. "
            "You were the first: ask another reviewer."
        ),
        "JUDGEMENT_REASON_MISSING": _("Say in a few words what you compared. Somebody may ask in a year."),
    }
)


@transaction.atomic
def keep(document_ids: Iterable[int]) -> list[Print]:
    """Make or renew the fingerprints of documents; safe to repeat."""
    found = prints_of(document_ids)
    columns = [field.attname for field in Fingerprint._meta.concrete_fields if not field.primary_key]
    Fingerprint.objects.bulk_create(
        [_row(print_) for print_ in found],
        update_conflicts=True,
        unique_fields=["document"],
        update_fields=[column.removesuffix("_id") for column in columns],
        batch_size=1000,
    )
    return found


def _row(found: Print) -> Fingerprint:
    facts = found.facts
    return Fingerprint(
        document_id=found.document_id,
        owner_id=facts.owner,
        kind=facts.kind,
        file_sha256=found.file_sha256 or None,
        facts_hash=found.facts_hash or None,
        trade_hash=found.trade_hash or None,
        number=facts.number or None,
        supplier=facts.supplier,
        counterparty=facts.counterparty,
        issue_date=facts.issue_date,
        currency=facts.currency,
        amount_minor=facts.amount_minor,
    )


@transaction.atomic
def check(*, document_ids: Iterable[int], stage: str, reference: str, at: datetime) -> list[Match]:
    """Look documents up as they stand now, and record what is found; the surest first.

    stage      Hit.Stage: IMPORT, SUBMISSION, PLEDGE or PAYMENT
    reference  the case that rests on them, "" at import

    Nothing is refused here: `Match.stops` says which must end the case. A look-up repeated at a stage records once.
    """
    ids = set(document_ids)
    keep(ids)
    found = matches(ids, reference=reference)
    for match in sorted(found, key=pair_of):  # always in this order: two at once wait for each other
        _record(match, stage, reference, at)
    return found


def _record(match: Match, stage: str, reference: str, at: datetime) -> None:
    low, high = pair_of(match)
    row, is_new = Resemblance.objects.select_for_update().get_or_create(
        low_id=low, high_id=high, defaults={"grade": match.grade}
    )
    if not is_new and likeness.RANK[match.grade] > likeness.RANK[Grade(row.grade)]:
        if row.state in (Resemblance.State.DIFFERENT, Resemblance.State.SECOND_LOOK):
            lifecycle.fire(row, "reopen", by=None, at=at, facts={"grade": match.grade})
        row.grade = match.grade
        row.save(update_fields=["grade"])
    Hit.objects.bulk_create(
        [
            Hit(
                resemblance=row,
                document_id=match.document_id,
                other_id=match.other_id,
                stage=stage,
                reference=reference,
                grade=match.grade,
                points=match.points,
                agreeing=list(match.agreeing),
                at=at,
            )
        ],
        ignore_conflicts=True,
    )
    if is_new:
        facts = {"grade": match.grade, "stage": stage, "reference": reference}
        audit.record(action="resemblance.found", subject=row, by=None, at=at, after=facts)


@transaction.atomic
def judge(*, resemblance_id: int, is_same: bool, reason: str, by: Membership, at: datetime) -> Resemblance:
    """Say whether two papers speak of the same goods; EXACT ones are called different by two people.

    Raises NotYoursToJudge, ReasonMissing, kernel.lifecycle.NotAllowedNow.
    """
    if not access.may(by, "collateral.judge"):
        raise NotYoursToJudge("only the platform's reviewers judge what is alike")
    reason = reason.strip()
    if not reason:
        raise ReasonMissing("a judgement needs a reason")
    found = Resemblance.objects.select_for_update(of=("self",)).select_related("first_looked_by")
    row = found.get(pk=resemblance_id)
    name = "call_same" if is_same else "call_different"
    if not is_same and row.is_exact:
        if row.state == Resemblance.State.OPEN:
            name = "propose_different"
        elif row.first_looked_by is not None and row.first_looked_by.user_id == by.user_id:
            raise NotYoursToJudge("the second look is another person's")
    facts = {"grade": row.grade, "documents": [row.low_id, row.high_id]}

    return lifecycle.fire(row, name, by=by, at=at, note=reason, facts=facts, person=by, reason=reason[:300])


@transaction.atomic
def look_again(*, resemblance_id: int, reason: str, by: Membership, at: datetime) -> Resemblance:
    """Take a judgement back: the pair is to be looked at anew. Raises as `judge`."""
    if not access.may(by, "collateral.judge"):
        raise NotYoursToJudge("only the platform's reviewers judge what is alike")
    if not reason.strip():
        raise ReasonMissing("a judgement needs a reason")
    row = Resemblance.objects.select_for_update().get(pk=resemblance_id)
    return lifecycle.fire(row, "reopen", by=by, at=at, note=reason.strip())
