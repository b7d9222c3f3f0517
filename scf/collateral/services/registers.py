"""Asking public registers about a case: search before lending, file at pledge, cancel at the end.

Each function writes a request and promises to bring it to the register; the answer comes by an outbox handler
(register_sending). A register that is down, slow or of another opinion blocks: no answer is never taken for a good one.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.kernel import audit, calendars, controls, lifecycle, outbox
from scf.kernel.clock import day_of
from scf.orders.selectors import FinanceableLine
from scf.parties import access, refusals
from scf.parties.models import Membership

from ..models import Pledge, RegisterRequest
from ..selectors import registers as selectors
from ..selectors.registers import Filing
from .pledging import NothingReserved

Register, Kind, State = RegisterRequest.Register, RegisterRequest.Kind, RegisterRequest.State

# An answer older than this says little about today: others file every day.
ANSWER_GOOD_DAYS = 7
# 动产和权利担保统一登记办法: a filing is cancelled within 10 working days of the end of the right.
CANCEL_BUSINESS_DAYS = 10
SEARCHES = ((Register.MOVABLES, Kind.SEARCH), (Register.PAPERS, Kind.REGISTER))


class RegisterPending(DomainError):
    """A register has not answered yet, or was not asked; nothing goes on before it has."""

    code = "REGISTER_PENDING"


class RegisterFailed(RegisterPending):
    """A register refused to answer; it must be asked anew."""

    code = "REGISTER_FAILED"


class RegisterMatch(DomainError):
    """A register knows the goods, or a paper of the case, from another lender."""

    code = "REGISTER_MATCH"


class DismissalRefused(DomainError):
    """Only the platform's reviewers call a found entry other goods, with a reason, where one was found."""

    code = "REGISTER_DISMISSAL_REFUSED"


class RepeatRefused(DomainError):
    """Only what a register refused last is asked again, by a reviewer."""

    code = "REGISTER_REPEAT_REFUSED"


refusals.register(
    {
        "REGISTER_REPEAT_REFUSED": _("Only a reviewer has a refused request asked again, once. Reload the page."),
        "REGISTER_PENDING": _(
            "%(register)s has not answered about case %(reference)s yet. A signed case goes on by itself when it has; "
            "for anything else, try again in a few minutes."
        ),
        "REGISTER_FAILED": _(
            "%(register)s refused the request about case %(reference)s. "
            "The platform must correct it and ask again before the case goes on."
        ),
        "REGISTER_MATCH": _(
            "%(register)s knows goods or papers of case %(reference)s from another lender. "
            "A reviewer of the platform compares them; other goods can be chosen meanwhile."
        ),
        "REGISTER_DISMISSAL_REFUSED": _(
            "Say why these are other goods. Only a reviewer can, and only where a register has found something."
        ),
    }
)


@transaction.atomic
def request_search(*, reference: str, thread: str, at: datetime, joining: Sequence[FinanceableLine] = ()) -> None:
    """Ask both registers about the goods and papers of a case, and about those `joining` it, before they are lent on.

    What was asked about the same goods within ANSWER_GOOD_DAYS, and was not refused, is not asked again.
    Raises NothingReserved.
    """
    pledge = _locked(reference)
    _ask(pledge, *SEARCHES[0], selectors.search_content(pledge, joining), thread, at, good_days=ANSWER_GOOD_DAYS)
    _ask(pledge, *SEARCHES[1], selectors.papers_content(pledge, joining), thread, at, good_days=ANSWER_GOOD_DAYS)


def require_clear(*, reference: str, at: datetime) -> None:
    """Raise unless both registers know nothing against the case, lately.

    Raises RegisterPending, RegisterFailed, RegisterMatch.
    """
    for register, kind in SEARCHES if controls.is_on("REGISTERS") else ():
        row = selectors.latest(reference, register, kind)
        named = {"register": str(register.label), "reference": reference}
        if row is not None and row.state == State.FAILED:
            raise RegisterFailed("the register refused to answer", **named)
        if row is None or row.answered_at is None or row.answered_at < at - timedelta(days=ANSWER_GOOD_DAYS):
            raise RegisterPending("the register has not answered", **named)
        if not row.is_clear:
            raise RegisterMatch("the register knows it from another", **named)


def require_clear_goods(*, reference: str, joining: Sequence[FinanceableLine], at: datetime) -> None:
    """Raise RegisterPending or RegisterMatch unless both lately knew nothing against goods that join a case."""
    if not controls.is_on("REGISTERS"):
        return
    known, register = selectors.answers_about(reference), str(Register.MOVABLES.label)
    for line in joining:
        said_at = known.since(line.document_number, line.document_id)
        if said_at is None or said_at < at - timedelta(days=ANSWER_GOOD_DAYS):
            raise RegisterPending("not answered about these goods", register=register, reference=reference)
        if not known.is_clear(line.document_number, line.document_id):
            raise RegisterMatch("known from another", register=register, reference=reference)


@transaction.atomic
def ask_what_is_left(*, reference: str, at: datetime) -> None:
    """Ask about goods behind a running loan, or about to join it, that no answer speaks of; safe to repeat.

    What a register refused waits for a person, who has it asked again.
    """
    pledge = Pledge.objects.select_for_update(of=("self",)).select_related("supplier").filter(
        reference=reference, state=Pledge.State.PLEDGED
    ).first()  # fmt: skip
    if pledge is None or any(
        (row := selectors.latest(reference, *search)) is not None and row.state == State.FAILED for search in SEARCHES
    ):
        return
    known, joining = selectors.answers_about(reference), selectors.about_to_join(pledge)
    oldest = at - timedelta(days=ANSWER_GOOD_DAYS)
    papers = [line.goods.document for line in selectors.joined_later(pledge)]
    is_left = any(known.since(paper.number, paper.pk) is None for paper in papers)
    said = [known.since(line.document_number, line.document_id) for line in joining]
    if is_left or any(said_at is None or said_at < oldest for said_at in said):
        request_search(reference=reference, thread=pledge.thread, at=at, joining=joining)


@transaction.atomic
def repeat(*, request_id: int, by: Membership, at: datetime) -> RegisterRequest:
    """A reviewer has what a register refused asked again, as it was. Raises RepeatRefused."""
    row = RegisterRequest.objects.get(pk=request_id)
    pledge = Pledge.objects.select_for_update(of=("self",)).get(reference=row.reference)
    last = selectors.latest(row.reference, row.register, row.kind)
    if not access.may(by, "collateral.judge") or last is None or last.pk != row.pk or row.state != State.FAILED:
        raise RepeatRefused("only what was refused last is asked again")
    _ask(
        pledge, row.register, row.kind, row.content, row.thread, at, term_until=row.term_until, cancel_by=row.cancel_by
    )
    audit.record(action="registerrequest.repeat", subject=row, by=by, at=at, thread=row.thread)
    return RegisterRequest.objects.latest("pk")


@transaction.atomic
def request_filing(*, reference: str, at: datetime, term_until: date) -> None:
    """File the lender's right in the pledged goods until `term_until`, and mark the papers as financed.

    Asked once a case; again only where the register had refused. Raises NothingReserved.
    """
    pledge = _locked(reference)
    content = selectors.filing_content(pledge, term_until)
    _ask(pledge, Register.MOVABLES, Kind.FILE, content, pledge.thread, at, term_until=term_until, is_once=True)
    _ask(pledge, Register.PAPERS, Kind.MARK, {"case": reference}, pledge.thread, at, is_once=True)


@transaction.atomic
def request_amendment(*, reference: str, at: datetime, term_until: date | None = None) -> None:
    """Bring the filing to the goods as they are pledged now, or to a later term; nothing where nothing was filed.

    Raises NothingReserved.
    """
    pledge = _locked(reference)
    filing = filing_of(reference)
    if filing is None or filing.is_cancelled:
        return
    until = term_until or filing.term_until
    content = selectors.filing_content(pledge, until)
    known = selectors.latest(reference, Register.MOVABLES, Kind.AMEND) or selectors.latest(
        reference, Register.MOVABLES, Kind.FILE
    )
    if known is None or known.content != content:
        _ask(pledge, Register.MOVABLES, Kind.AMEND, content, pledge.thread, at, term_until=until)


@transaction.atomic
def request_cancellation(*, reference: str, at: datetime) -> None:
    """Strike out what was filed and registered for a case that has ended; nothing where nothing was."""
    pledge = Pledge.objects.select_for_update(of=("self",)).filter(reference=reference).first()
    if pledge is None:
        return
    by = calendars.china().add_business_days(day_of(at), CANCEL_BUSINESS_DAYS)
    if filing_of(reference) is not None:
        _ask(pledge, Register.MOVABLES, Kind.CANCEL, {"case": reference}, pledge.thread, at, cancel_by=by, is_once=True)
    if selectors.latest(reference, Register.PAPERS, Kind.REGISTER) is not None:
        _ask(pledge, Register.PAPERS, Kind.CANCEL, {"case": reference}, pledge.thread, at, cancel_by=by, is_once=True)


def filing_of(reference: str) -> Filing | None:
    """The filing of a case as it stands; None where none was asked for, or the register refused it."""
    return selectors.filing_of(reference)


@transaction.atomic
def dismiss_match(*, request_id: int, reason: str, by: Membership, at: datetime) -> RegisterRequest:
    """Say that what a register found are other goods, so that the case goes on. Raises DismissalRefused."""
    row = RegisterRequest.objects.select_for_update().get(pk=request_id)
    is_open = row.outcome == RegisterRequest.Outcome.MATCH and row.dismissed_at is None
    if not access.may(by, "collateral.judge") or not reason.strip() or not is_open:
        raise DismissalRefused("a reviewer says why what was found are other goods")
    facts = {"register": row.register, "found": row.answer}
    said = reason.strip()[:300]
    lifecycle.fire(row, "dismiss", by=by, at=at, note=said, facts=facts, thread=row.thread, person=by, reason=said)
    tell_if_complete(row.reference, at)
    return row


def tell_if_complete(reference: str, at: datetime) -> None:
    """Say that every answer about a case is there. The caller holds the transaction."""
    if not RegisterRequest.objects.filter(reference=reference, state=State.PENDING).exists():
        outbox.put(topic="collateral.registers.answered", payload={"reference": reference}, at=at)


def _locked(reference: str) -> Pledge:
    pledge = Pledge.objects.select_for_update(of=("self",)).select_related("supplier", "bank").filter(
        reference=reference
    ).first()  # fmt: skip
    if pledge is None or not pledge.lines.filter(counts=True).exists():
        raise NothingReserved("no goods stand behind this case", reference=reference)
    return pledge


def _ask(
    pledge: Pledge, register: str, kind: str, content: dict[str, Any], thread: str, at: datetime, *,
    good_days: int = 0, is_once: bool = False, term_until: date | None = None, cancel_by: date | None = None,
) -> None:  # fmt: skip
    """Write a request and promise to send it, unless one that will do is there. The caller holds the pledge's lock."""
    known = selectors.latest(pledge.reference, register, kind)
    if known is not None and known.state != State.FAILED:
        is_good = known.answered_at is None or known.answered_at >= at - timedelta(days=good_days)
        if is_once or known.state == State.PENDING or (good_days and is_good and known.content == content):
            return
    count = RegisterRequest.objects.filter(reference=pledge.reference, register=register, kind=kind).count()
    row = RegisterRequest.objects.create(
        reference=pledge.reference, thread=thread, register=register, kind=kind,
        key=f"{pledge.reference}:{register}:{kind}:{count + 1}", content=content, asked_at=at,
        term_until=term_until, cancel_by=cancel_by,
    )  # fmt: skip
    facts = {"register": register, "kind": kind}
    audit.record(action="registerrequest.ask", subject=row, by=None, at=at, thread=thread, after=facts)
    outbox.put(topic="collateral.register.asked", payload={"request_id": row.pk}, at=at)
