"""Bringing requests to the registers: outside of transactions, once by their key, again until there is an answer."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_date

from scf.domain.errors import DomainError
from scf.kernel import lifecycle, outbox

from ..gateways.base import Company, Filing, Goods, RegisteredPaper, RegisterGateway, RegisterRefused
from ..models import Exposure, RegisterRequest
from ..selectors import registers as selectors
from .register_lines import line
from .registers import tell_if_complete

Register, Kind, State, Outcome = (
    RegisterRequest.Register, RegisterRequest.Kind, RegisterRequest.State, RegisterRequest.Outcome,
)  # fmt: skip
# As near as this an entry of another is taken for the same paper; a person may say otherwise.
SIMILARITY_MIN = 90
Answer = tuple[dict[str, Any], str, str]  # what was said, its outcome, a number


class FilingPending(DomainError):
    """What is to be amended or struck out has no number yet; tried again after it has."""

    code = "FILING_PENDING"


def send(*, request_id: int, at: datetime) -> None:
    """Bring one request to its register and keep the answer; safe to repeat.

    Raises RegisterSilent, FilingPending: the outbox tries again later, and the case waits.
    """
    row = RegisterRequest.objects.get(pk=request_id)
    if row.state != State.PENDING:
        return
    try:
        said, outcome, number = _ACTS[row.register, row.kind](line(), row)
    except RegisterRefused as refusal:
        _keep(request_id, "fail", at, answer={"message": refusal.message, **refusal.detail})
        return
    _keep(request_id, "answer_with", at, answer=said, outcome=outcome, number=number)


@transaction.atomic
def _keep(request_id: int, transition: str, at: datetime, **arguments: Any) -> None:
    reference = RegisterRequest.objects.values_list("reference", flat=True).get(pk=request_id)
    # all of a case, in one order: of two answers at the same moment the later one must see the earlier one
    rows = {
        row.pk: row for row in RegisterRequest.objects.select_for_update().filter(reference=reference).order_by("pk")
    }
    row = rows[request_id]
    if row.state != State.PENDING:
        return  # another worker was told the same
    facts = {"register": row.register, "kind": row.kind, "outcome": arguments.get("outcome", "")}
    lifecycle.fire(row, transition, by=None, at=at, thread=row.thread, facts=facts, **arguments)
    is_running = Exposure.objects.filter(pledge__reference=row.reference).exists()
    if row.state == State.FAILED or (row.outcome == Outcome.MATCH and is_running):
        event = "failed" if row.state == State.FAILED else "found"
        outbox.put(topic=f"collateral.register.{event}", payload={"request_id": row.pk}, at=at)
    tell_if_complete(row.reference, at)


def _search(gateway: RegisterGateway, row: RegisterRequest) -> Answer:
    content = row.content
    found = gateway.search(Company(**content["debtor"]), _goods(content), key=row.key)
    outcome = Outcome.MATCH if found.filings else Outcome.CLEAR
    return {"filings": list(found.filings)}, outcome, found.number


def _register(gateway: RegisterGateway, row: RegisterRequest) -> Answer:
    papers = [
        RegisteredPaper(**{**paper, "issue_date": parse_date(paper["issue_date"] or "")})
        for paper in row.content["papers"]
    ]
    statuses = gateway.register(row.reference, papers, key=row.key)
    has_match = any(status.status != "NEW" and status.similarity >= SIMILARITY_MIN for status in statuses)
    said = [{"id": s.id, "status": s.status, "similarity": s.similarity} for s in statuses]
    return {"papers": said}, Outcome.MATCH if has_match else Outcome.CLEAR, ""


def _mark(gateway: RegisterGateway, row: RegisterRequest) -> Answer:
    gateway.mark_financed(row.reference, key=row.key)
    return {}, Outcome.DONE, ""


def _cancel_papers(gateway: RegisterGateway, row: RegisterRequest) -> Answer:
    gateway.cancel_papers(row.reference, key=row.key)
    return {}, Outcome.DONE, ""


def _file(gateway: RegisterGateway, row: RegisterRequest) -> Answer:
    return {}, Outcome.DONE, gateway.file(_filing(row.content), key=row.key)


def _amend(gateway: RegisterGateway, row: RegisterRequest) -> Answer:
    number = _number(row)
    gateway.amend(number, _filing(row.content), key=row.key)
    return {}, Outcome.DONE, number


def _cancel(gateway: RegisterGateway, row: RegisterRequest) -> Answer:
    number = _number(row)
    gateway.cancel(number, key=row.key)
    return {}, Outcome.DONE, number


def _number(row: RegisterRequest) -> str:
    filing = selectors.filing_of(row.reference)
    amending = selectors.latest(row.reference, Register.MOVABLES, Kind.AMEND) if row.kind == Kind.CANCEL else None
    if filing is None or not filing.number or (amending is not None and amending.state == State.PENDING):
        raise FilingPending("what is to be changed is not filed yet", reference=row.reference)
    return filing.number


def _filing(content: dict[str, Any]) -> Filing:
    debtor, secured_party = Company(**content["debtor"]), Company(**content["secured_party"])
    return Filing(debtor, secured_party, _goods(content), date.fromisoformat(content["term_until"]))


def _goods(content: dict[str, Any]) -> tuple[Goods, ...]:
    return tuple(Goods(**goods) for goods in content["goods"])


_ACTS: dict[tuple[str, str], Callable[[RegisterGateway, RegisterRequest], Answer]] = {
    (Register.MOVABLES, Kind.SEARCH): _search,
    (Register.MOVABLES, Kind.FILE): _file,
    (Register.MOVABLES, Kind.AMEND): _amend,
    (Register.MOVABLES, Kind.CANCEL): _cancel,
    (Register.PAPERS, Kind.REGISTER): _register,
    (Register.PAPERS, Kind.MARK): _mark,
    (Register.PAPERS, Kind.CANCEL): _cancel_papers,
}
