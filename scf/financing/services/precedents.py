"""What an accepted offer wants to see before money moves: brought, ticked off, or done without for a reason."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.documents.services import sniff_attachment, store_file
from scf.domain.errors import DomainError
from scf.kernel import lifecycle, outbox
from scf.parties import access, refusals
from scf.parties.models import Membership

from ..models import Application, BankCase, Precedent
from .checking import SamePerson
from .reviewing import ReasonMissing

LINES_MAX, LINE_CHARACTERS_MAX = 20, 300


class PrecedentsOpen(DomainError):
    """Something that the lender wants to see before it pays is not there."""

    code = "PRECEDENTS_OPEN"


refusals.register(
    {
        "PRECEDENTS_OPEN": _(
            "Before payment the lender wants to see: %(what)s. Bring it on the page of the case; the lender ticks it "
            "off."
        ),
    }
)


def lines_of(text: str) -> list[str]:
    """The conditions in a text of one a line; too long ones are cut, no more than LINES_MAX are taken."""
    lines = [" ".join(line.split())[:LINE_CHARACTERS_MAX] for line in text.splitlines()]
    return [line for line in lines if line][:LINES_MAX]


def lay_down(case: BankCase) -> None:
    """Make rows of an accepted offer's conditions, within the transaction that accepts it."""
    Precedent.objects.bulk_create(Precedent(bank_case=case, text=line) for line in lines_of(case.precedents))


def open_ones(application: Application) -> list[Precedent]:
    """What the lender of a signed case still wants to see, in its order."""
    rows = Precedent.objects.filter(bank_case=application.accepted_case_id).order_by("pk")
    return [row for row in rows if row.is_open]


def require_met(application: Application) -> None:
    """Raise PrecedentsOpen while one is open."""
    names = [row.text for row in open_ones(application)]
    if names:
        raise PrecedentsOpen("conditions are open", what="; ".join(names))


def _locked(precedent_id: int, by: Membership) -> Precedent:
    rows = Precedent.objects.select_for_update(of=("self",)).select_related("bank_case__bank", "bank_case__application")
    if access.may(by, "financing.answer"):
        return rows.get(pk=precedent_id, bank_case__application__supplier=by.organisation)
    return rows.get(pk=precedent_id, bank_case__bank=by.organisation)


@transaction.atomic
def bring(
    *, precedent_id: int, said: str, by: Membership, at: datetime, file_name: str = "", content: bytes = b""
) -> Precedent:
    """The supplier, or the lender's maker, shows that it is met, by words or a file or both.

    Raises ReasonMissing, FileNotTaken, NotAllowedNow.
    """
    row = _locked(precedent_id, by)
    if not said.strip() and not content:
        raise ReasonMissing("words or a file are needed")
    stored = None
    if content:
        kind = sniff_attachment(content, file_name)
        stored = store_file(
            content=content, name=file_name, media_type=kind, owner=by.organisation, by=by, at=at
        )  # fmt: skip
    facts = {"what": row.text, "file": file_name}
    lifecycle.fire(
        row, "bring", by=by, at=at, note=said, facts=facts, brought_by=by.user, said=said.strip(), evidence=stored
    )
    outbox.put(topic="financing.precedent.brought", payload={"precedent_id": row.pk}, at=at)
    return row


@transaction.atomic
def turn_down(*, precedent_id: int, note: str, by: Membership, at: datetime) -> Precedent:
    """A checker says why what was brought does not show it. Raises ReasonMissing, NotAllowedNow."""
    row = _locked(precedent_id, by)
    if not note.strip():
        raise ReasonMissing("a reason is needed")
    lifecycle.fire(row, "turn_down", by=by, at=at, facts={"what": row.text}, note=note.strip())
    outbox.put(topic="financing.precedent.turned_down", payload={"precedent_id": row.pk}, at=at)
    return row


@transaction.atomic
def tick_off(*, precedent_id: int, by: Membership, at: datetime) -> Precedent:
    """A checker has seen that it is met; with the last one the payment goes on. Raises SamePerson, NotAllowedNow."""
    row = _locked(precedent_id, by)
    if row.brought_by_id == by.user_id:
        raise SamePerson("whoever brought it does not tick it off")
    lifecycle.fire(row, "tick_off", by=by, at=at, facts={"what": row.text}, decided_by=by.user)
    return _went_on(row, at)


@transaction.atomic
def waive(*, precedent_id: int, note: str, by: Membership, at: datetime) -> Precedent:
    """A checker goes without it, for a reason. Raises ReasonMissing, NotAllowedNow."""
    row = _locked(precedent_id, by)
    if not note.strip():
        raise ReasonMissing("a reason is needed")
    lifecycle.fire(row, "waive", by=by, at=at, facts={"what": row.text}, note=note.strip(), decided_by=by.user)
    return _went_on(row, at)


def _went_on(row: Precedent, at: datetime) -> Precedent:
    application = row.bank_case.application
    if not open_ones(application):
        outbox.put(topic="collateral.pledge.effective", payload={"reference": application.number}, at=at)
    return row
