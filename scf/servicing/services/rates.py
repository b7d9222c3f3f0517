"""Reference rates: one person enters what was published, another one confirms it; only then does it count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scf.domain.errors import DomainError
from scf.domain.rates import PUBLISHED_ON
from scf.kernel import audit, lifecycle
from scf.kernel.calendars import china
from scf.kernel.clock import day_of
from scf.kernel.csv_rows import BadRow
from scf.parties import refusals
from scf.parties.models import Membership

from ..gateways import rate_files
from ..models import RateProposal, ReferenceRate
from ..selectors.rates import proposals, table_of
from . import rate_watch

FIRST_DAY = date(2019, 8, 20)
LOWEST, HIGHEST = Decimal("0.001"), Decimal("0.36")


class RateNotSound(DomainError):
    """The value cannot be what was published, or is known already."""

    code = "RATE_NOT_SOUND"


class RateTakesTwo(DomainError):
    """Whoever entered a value does not confirm it."""

    code = "RATE_TAKES_TWO"


class RateReasonMissing(DomainError):
    """A value is refused without a word."""

    code = "RATE_REASON_MISSING"


refusals.register(
    {
        "RATE_NOT_SOUND": gettext_lazy("This value cannot stand: %(why)s"),
        "RATE_TAKES_TWO": gettext_lazy(
            "You entered the value of %(index)s for %(day)s, so somebody else confirms it. Ask a colleague."
        ),
        "RATE_REASON_MISSING": gettext_lazy("Say why, so that your colleague can enter it again."),
        "RATE_UNKNOWN": gettext_lazy(
            "%(index)s has no confirmed value for %(day)s: the publication of %(missing)s is missing. Ask the platform "
            "to enter and confirm it under Reference rates, or offer a fixed rate."
        ),
    }
)


def why_not(index: str, effective_from: date, rate: Decimal, today: date) -> tuple[str, str] | None:
    """Why a value cannot be what was published: the field, and a sentence that says what to do; None where it can.

    rate  a fraction of one
    """
    if not LOWEST <= rate <= HIGHEST:
        return "rate", _("the rate must lie between 0.1 and 36 percent: write 3.10 for 3.10 %")
    if effective_from > today:
        return "effective_from", _("the day has not come yet: enter the value when it is published")
    if effective_from < FIRST_DAY:
        return "effective_from", _("LPR is published in this form since 2019-08-20: check the year")
    if effective_from.day < PUBLISHED_ON or not china().is_business_day(effective_from):
        expected = china().following(effective_from.replace(day=PUBLISHED_ON))
        return "effective_from", _(
            "LPR is published on the 20th or the next business day, in that month on %(day)s: correct the day"
        ) % {"day": expected}
    return None


@transaction.atomic
def propose(
    *, index: str, effective_from: date, rate: Decimal, source: str, by: Membership, at: datetime
) -> RateProposal:
    """Enter a value as it was published; rate is a fraction of one. Raises RateNotSound."""
    fault = why_not(index, effective_from, rate, day_of(at))
    if fault is not None:
        raise RateNotSound("not sound", why=fault[1], field=fault[0])
    known = {value.effective_from: value.rate for value in table_of(index).values}
    if known.get(effective_from) == rate:
        raise RateNotSound("known", why=_("it is confirmed already; nothing is to be done"), field="effective_from")
    if proposals().filter(index=index, effective_from=effective_from).exists():
        why = _("a value of this index and day waits to be confirmed: decide on that one first")
        raise RateNotSound("waits already", why=why, field="effective_from")
    return _write(index, effective_from, rate, source, by, at)


def _write(index: str, day: date, rate: Decimal, source: str, by: Membership, at: datetime) -> RateProposal:
    proposal = RateProposal.objects.create(
        index=index, effective_from=day, published_on=day, rate=rate, source=source, proposed_by=by.user,
        proposed_at=at,
    )  # fmt: skip
    audit.record(action="rateproposal.propose", subject=proposal, by=by, at=at, after=_facts(proposal))
    return proposal


def _facts(proposal: RateProposal) -> dict[str, str]:
    return {"index": proposal.index, "day": str(proposal.effective_from), "rate": f"{proposal.rate:f}"}


def _locked(proposal_ids: Sequence[int]) -> list[RateProposal]:
    rows = RateProposal.objects.select_for_update().filter(pk__in=proposal_ids)
    return list(rows.order_by("effective_from", "index", "pk"))


@transaction.atomic
def confirm(*, proposal_ids: Sequence[int], by: Membership, at: datetime) -> int:
    """A second person has compared these with the publication: all of them count from now on, or none.

    Returns how many loans look at their rate again because of it. Raises RateTakesTwo, NotAllowedNow.
    """
    touched = 0
    for index in sorted(set(RateProposal.objects.filter(pk__in=proposal_ids).values_list("index", flat=True))):
        rate_watch.hold_table(index, is_shared=False)
    for proposal in _locked(proposal_ids):
        if proposal.proposed_by_id == by.user_id:
            raise RateTakesTwo(
                "entered by the same person", index=proposal.get_index_display(), day=str(proposal.effective_from)
            )
        if proposal.state != RateProposal.State.PROPOSED:
            raise lifecycle.NotAllowedNow("decided already", state=proposal.state)
        rate = ReferenceRate.objects.create(
            index=proposal.index, effective_from=proposal.effective_from, published_on=proposal.published_on,
            rate=proposal.rate, source=proposal.source, proposed_by_id=proposal.proposed_by_id, confirmed_by=by.user,
            confirmed_at=at,
        )  # fmt: skip
        facts = _facts(proposal)
        lifecycle.fire(proposal, "confirm", by=by, at=at, facts=facts, rate=rate, decided_by=by.user)
        touched += rate_watch.value_confirmed(proposal.index, proposal.effective_from)
    return touched


@transaction.atomic
def refuse(*, proposal_ids: Sequence[int], note: str, by: Membership, at: datetime) -> None:
    """It is not what was published. Whoever entered it takes it back instead. Raises RateReasonMissing."""
    for proposal in _locked(proposal_ids):
        facts = _facts(proposal)
        if proposal.proposed_by_id == by.user_id:
            lifecycle.fire(proposal, "withdraw", by=by, at=at, facts=facts, decided_by=by.user)
            continue
        if not note.strip():
            raise RateReasonMissing("a reason is needed")
        lifecycle.fire(proposal, "refuse", by=by, at=at, facts=facts, decided_by=by.user, note=note.strip())


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a file: values that wait for a second person, how many were known, and the rows not taken."""

    name: str
    kept: list[RateProposal]
    known: int
    bad: list[BadRow]


@transaction.atomic
def propose_file(*, content: bytes, name: str, source: str, by: Membership, at: datetime) -> Brought:
    """Enter the values of a CSV file: the good rows are kept, the bad ones named."""
    rows, bad = rate_files.read(content)
    known = {index: {v.effective_from: v.rate for v in table_of(index).values} for index in {r.index for r in rows}}
    waiting = {(row.index, row.effective_from): row.rate for row in proposals()}
    kept, same = [], 0
    for row in rows:
        fault = why_not(row.index, row.effective_from, row.rate, day_of(at))
        if fault is not None:
            bad.append(BadRow(row.line, *fault))
        elif row.rate in (known[row.index].get(row.effective_from), waiting.get((row.index, row.effective_from))):
            same += 1
        elif (row.index, row.effective_from) in waiting:
            bad.append(
                BadRow(row.line, "rate", _("another value of this day waits to be confirmed: decide on it first"))
            )
        else:
            kept.append(_write(row.index, row.effective_from, row.rate, source, by, at))
    return Brought(name, kept, same, sorted(bad, key=lambda found: found.line))
