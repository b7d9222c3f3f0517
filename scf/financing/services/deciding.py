"""A lender's matrix asked about a case, and every officer's word kept with what that officer saw."""

# budget: the seam where a case meets its lender's matrix, its sealed quote and the record of what was seen
import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from scf.banks.selectors import authority, grades
from scf.collateral import selectors as collateral
from scf.documents.services import store_file
from scf.domain.authority import Deal, Hat, Matrix, Need, Spoken, Word
from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.parties import refusals
from scf.parties.models import Membership, User

from ..models import BankCase, Decision

Act = Decision.Act
_WORDS = {Act.SIGN: Word.FOR, Act.VOTE_FOR: Word.FOR, Act.VOTE_AGAINST: Word.AGAINST, Act.ABSTAIN: Word.ABSTAIN}


class CaseMoved(DomainError):
    """What the officer decided on is not what the case says now."""

    code = "CASE_MOVED"


refusals.register(
    {
        "CASE_MOVED": _(
            "The case has changed since you opened this page. It shows the case as it is now: look at it again, then "
            "decide."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Table:
    """A proposal on the table: what is decided on, by which matrix, and who has spoken in this round."""

    deal: Deal
    matrix: Matrix
    spoken: tuple[Spoken, ...]
    on: date

    @property
    def need(self) -> Need:
        """How many must speak for it."""
        return self.matrix.need(self.deal)


def deal_of(case: BankCase, amount: Money, on: date) -> Deal:
    """What an offer of `amount` is to the lender's matrix."""
    application = case.application
    return Deal(amount, application.product.code, grades.grade_of(application.supplier_id, on))


def table_of(case: BankCase, amount: Money, on: date) -> Table:
    """The proposal of the present round before its lender's matrix of today."""
    matrix = authority.matrix_of(case.bank_id, amount.currency, on)
    return Table(deal_of(case, amount, on), matrix, tuple(_spoken(case)), on)


def _spoken(case: BankCase) -> list[Spoken]:
    said = case.decisions.filter(round=case.proposals, act__in=Decision.SPEAKING).order_by("pk")
    return [
        Spoken(row.person_id, row.power_of_id, Hat.SIGN if row.act == Act.SIGN else Hat.VOTE, _WORDS[Act(row.act)])
        for row in said
    ]


def people_who_may(case: BankCase, amount: Money, on: date) -> list[User]:
    """Checkers whose word can still count in this round, the maker and those who have spoken left out."""
    table = table_of(case, amount, on)
    gone = {word.person for word in table.spoken} | {case.maker_id}
    members = authority.checkers(case.bank_id)
    may = table.matrix.may_speak(table.deal)
    return [member.user for member in members if member.user_id in may and member.user_id not in gone]


def record(
    case: BankCase,
    act: Decision.Act,
    *,
    by: Membership,
    at: datetime,
    note: str = "",
    power_of: int | None = None,
    terms: dict[str, Any] | None = None,
    seen: bytes = b"",
) -> Decision:
    """Keep one officer's word, in the caller's transaction.

    seen    the page that the officer had, as HTML; empty where the word came from no page
    Words and terms of a quote that is to stay sealed are not kept: they are in the sealed quote.
    """
    stored = None
    if seen:
        name = f"{case.application.number}-{case.bank_id}-{case.proposals}-{act}.html"
        stored = store_file(content=seen, name=name, media_type="text/html", owner=case.bank, by=by, at=at)
    return Decision.objects.create(
        bank_case=case, round=case.proposals, act=act, by=by, person=by.user, power_of_id=power_of,
        terms={} if case.is_sealed else terms or {}, note="" if case.is_sealed else note, seen=stored, at=at,
    )  # fmt: skip


def fingerprint(case: BankCase) -> str:
    """A digest of all that an officer decides on: the request, its checks, papers and goods, the terms on the table.

    Two pages with the same fingerprint showed the same facts.
    """
    application = case.application
    pledge = collateral.pledge_of(application.number)
    documents = application.lines.values_list("line__document_id", "line__document__state", "line__document__file_id")
    facts = [
        application.amount_minor, application.tenor_days, application.rounds, application.state,
        str(application.wanted_on), case.state, case.proposals, case.amount_minor, str(case.annual_rate),
        case.tenor_days, case.fee_bp, case.conditions, case.precedents, str(case.expires_on), case.decline_reason,
        case.note,
        sorted(application.checks.filter(round=application.rounds).values_list("code", "result")),
        sorted(map(str, documents)), [row.lendable_minor for row in application.lines.order_by("pk")],
        application.attachments.count(), case.info.count(), pledge.state if pledge else "",
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()


def require_unchanged(case: BankCase, was: str) -> None:
    """Raise CaseMoved where the page that somebody decides on no longer says what the case is."""
    if fingerprint(case) != was:
        raise CaseMoved("changed meanwhile", reference=case.application.number)
