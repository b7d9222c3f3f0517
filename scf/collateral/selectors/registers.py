"""What registers were asked and answered, and what they are asked about a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from scf.orders.selectors import FinanceableLine

from ..models import Pledge, PledgeLine, RegisterRequest
from .prints import prints_of

Register, Kind, State = RegisterRequest.Register, RegisterRequest.Kind, RegisterRequest.State


@dataclass(frozen=True, slots=True)
class Filing:
    """The lender's right in the goods of a case, as filed.

    number      "" until the register has answered
    filed_at    when it did; the right holds against others from then on
    term_until  the last day on which the filing stands, amendments included
    cancel_by   the day by which it must be struck out, once that was asked for
    """

    number: str
    filed_at: datetime | None
    term_until: date
    cancel_by: date | None
    is_cancelled: bool

    @property
    def is_in_force(self) -> bool:
        """Whether the register has given it a number and not struck it out."""
        return bool(self.number) and not self.is_cancelled


def latest(reference: str, register: str, kind: str) -> RegisterRequest | None:
    """The last request of this kind about a case."""
    found = RegisterRequest.objects.filter(reference=reference, register=register, kind=kind)
    return found.order_by("-pk").first()


def requests_of(reference: str) -> QuerySet[RegisterRequest]:
    """Everything asked about a case, newest first."""
    return RegisterRequest.objects.filter(reference=reference).order_by("-pk")


def filing_of(reference: str) -> Filing | None:
    """The filing of a case as it stands; None where none was asked for, or the register refused it."""
    rows = list(RegisterRequest.objects.filter(reference=reference, register=Register.MOVABLES).order_by("pk"))
    filed = [row for row in rows if row.kind == Kind.FILE and row.state != State.FAILED]
    if not filed or filed[-1].term_until is None:
        return None
    amended = [row for row in rows if row.kind == Kind.AMEND and row.state == State.ANSWERED and row.term_until]
    cancelled = [row for row in rows if row.kind == Kind.CANCEL and row.state != State.FAILED]
    last = cancelled[-1] if cancelled else None
    return Filing(
        number=filed[-1].number,
        filed_at=filed[-1].answered_at,
        term_until=(amended[-1].term_until if amended else None) or filed[-1].term_until,
        cancel_by=last.cancel_by if last else None,
        is_cancelled=last is not None and last.state == State.ANSWERED,
    )


def overdue_cancellations(on: date) -> QuerySet[RegisterRequest]:
    """What should have been struck out by `on`, and was not."""
    found = RegisterRequest.objects.filter(kind=Kind.CANCEL, cancel_by__lt=on)
    return found.exclude(state=State.ANSWERED).order_by("cancel_by", "pk")


def cleared(reference: str) -> tuple[set[str], set[int]]:
    """Against which papers of a case the registers know nothing: numbers at the one, ids at the other, by their last
    answers; nothing where an answer is missing, or something was found and not told apart."""
    goods = latest(reference, Register.MOVABLES, Kind.SEARCH)
    papers = latest(reference, Register.PAPERS, Kind.REGISTER)
    numbers = {each["document"] for each in goods.content["goods"]} if goods is not None and goods.is_clear else set()
    ids = {int(each["id"]) for each in papers.content["papers"]} if papers is not None and papers.is_clear else set()
    return numbers, ids


def search_content(pledge: Pledge, joining: Sequence[FinanceableLine] = ()) -> dict[str, Any]:
    """What a search for other rights asks: whose goods, and which; `joining` are to come behind the case."""
    more = [_named(line.document_number, line.description, line.gross_quantity, line.unit) for line in joining]
    return {"debtor": _company(pledge.supplier), "goods": [*_goods(pledge), *more]}


def filing_content(pledge: Pledge, term_until: date) -> dict[str, Any]:
    """What is filed: parties, goods, term."""
    assert pledge.bank is not None, "goods are filed for the lender that they are pledged to"
    return {
        "debtor": _company(pledge.supplier),
        "secured_party": _company(pledge.bank),
        "goods": _goods(pledge),
        "term_until": term_until.isoformat(),
    }


def papers_content(pledge: Pledge, joining: Sequence[FinanceableLine] = ()) -> dict[str, Any]:
    """What is registered: the papers of the case by their facts in normal form, and those that are to come."""
    ids = {*_lines(pledge).values_list("line_holding__line__document", flat=True)}
    ids |= {line.document_id for line in joining}
    papers = [
        {
            "id": str(found.document_id),
            "kind": found.facts.kind,
            "number": found.facts.number,
            "issue_date": found.facts.issue_date.isoformat() if found.facts.issue_date else None,
            "currency": found.facts.currency,
            "amount_minor": found.facts.amount_minor,
            "supplier": found.facts.supplier,
            "counterparty": found.facts.counterparty,
        }
        for found in prints_of(ids)
    ]
    return {"case": pledge.reference, "papers": papers}


def _lines(pledge: Pledge) -> QuerySet[PledgeLine]:
    return PledgeLine.objects.filter(pledge=pledge, counts=True).order_by("pk")


def _company(organisation: Any) -> dict[str, str]:
    return {"name": organisation.name, "uscc": organisation.uscc}


def _goods(pledge: Pledge) -> list[dict[str, str]]:
    names = ("document__number", "description", "item_code", "unit")
    rows = _lines(pledge).values_list(*(f"line_holding__line__{name}" for name in names), "quantity")
    return [
        _named(number, description or item_code, quantity, unit)
        for number, description, item_code, unit, quantity in rows
    ]


def _named(document: str, description: str, quantity: Decimal, unit: str) -> dict[str, str]:
    return {"document": document, "description": description, "quantity": f"{quantity.normalize():f} {unit}".strip()}


def found_by_registers() -> QuerySet[RegisterRequest]:
    """Matches at registers that nobody has told apart yet, oldest first."""
    return RegisterRequest.objects.filter(outcome=RegisterRequest.Outcome.MATCH, dismissed_at=None).order_by("pk")


def listed(*, after: str = "", rows_max: int = 30) -> tuple[list[RegisterRequest], int | None]:
    """One page of all requests, newest first, and the key of the next."""
    found = RegisterRequest.objects.order_by("-pk")
    if after.isascii() and after.isdecimal() and len(after) < 19:
        found = found.filter(pk__lt=int(after))
    rows = list(found[: rows_max + 1])
    return rows[:rows_max], rows[rows_max - 1].pk if len(rows) > rows_max else None
