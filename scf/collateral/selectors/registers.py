"""What registers were asked and answered, and what they are asked about a case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from scf.orders.selectors import FinanceableLine, financeable_lines

from ..models import CollateralChange, Pledge, PledgeLine, RegisterRequest
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


@dataclass(frozen=True, slots=True)
class Answers:
    """What both registers have said last of each paper that they were asked about in a case.

    goods   by the paper's number, papers by the document's id: (nothing stands against it, when they said so)
    """

    goods: Mapping[str, tuple[bool, datetime]]
    papers: Mapping[int, tuple[bool, datetime]]

    def since(self, number: str, document_id: int) -> datetime | None:
        """When the older of the two answers about a paper came; None where one is missing."""
        said = self._about(number, document_id)
        return min(at for _clear, at in said) if len(said) == 2 else None

    def is_clear(self, number: str, document_id: int) -> bool:
        """Whether both have answered about a paper, and know nothing against it."""
        said = self._about(number, document_id)
        return len(said) == 2 and all(clear for clear, _at in said)

    def _about(self, number: str, document_id: int) -> list[tuple[bool, datetime]]:
        return [said for said in (self.goods.get(number), self.papers.get(document_id)) if said is not None]


def answers_about(reference: str) -> Answers:
    """The last answer about each paper of a case, refusals and what is on its way left out. One query."""
    rows = RegisterRequest.objects.filter(
        reference=reference, state=State.ANSWERED, kind__in=[Kind.SEARCH, Kind.REGISTER]
    )
    goods: dict[str, tuple[bool, datetime]] = {}
    papers: dict[int, tuple[bool, datetime]] = {}
    for row in rows.order_by("pk"):
        assert row.answered_at is not None, "answered"
        said = (row.is_clear, row.answered_at)
        goods |= {each["document"]: said for each in row.content.get("goods", ())}
        papers |= {int(each["id"]): said for each in row.content.get("papers", ())}
    return Answers(goods, papers)


def joined_later(pledge: Pledge) -> list[PledgeLine]:
    """Goods behind a pledge that came after it was made."""
    lines = pledge.lines.filter(counts=True).select_related("pledge", "line_holding__line__document").order_by("pk")
    return [line for line in lines if line.is_later]


def about_to_join(pledge: Pledge) -> list[FinanceableLine]:
    """The papers' lines that a proposed change would bring behind a pledge."""
    change = CollateralChange.objects.filter(pledge=pledge, state=CollateralChange.State.PROPOSED).first()
    ids = [int(pk) for pk in change.comes] if change is not None else []
    return financeable_lines(organisation=pledge.supplier, line_ids=ids) if ids else []


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


def refused() -> QuerySet[RegisterRequest]:
    """What registers refused and nobody has had asked again, oldest first."""
    later = RegisterRequest.objects.filter(
        reference=OuterRef("reference"), register=OuterRef("register"), kind=OuterRef("kind"), pk__gt=OuterRef("pk")
    )
    return RegisterRequest.objects.filter(~Exists(later), state=State.FAILED).order_by("pk")


def listed(*, after: str = "", rows_max: int = 30) -> tuple[list[RegisterRequest], int | None]:
    """One page of all requests, newest first, and the key of the next."""
    found = RegisterRequest.objects.order_by("-pk")
    if after.isascii() and after.isdecimal() and len(after) < 19:
        found = found.filter(pk__lt=int(after))
    rows = list(found[: rows_max + 1])
    return rows[:rows_max], rows[rows_max - 1].pk if len(rows) > rows_max else None
