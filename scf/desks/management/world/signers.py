"""The demo's registered signers: how they were registered, and what they say, count and lock in its story."""

# budget: orchestration: the signers act in every app by its services
from datetime import datetime
from pathlib import Path
from typing import Any

from scf.collateral import selectors as collateral
from scf.collateral.models import Stock
from scf.collateral.selectors import perfection
from scf.collateral.selectors import stock as stocks
from scf.collateral.services import keeping, perfecting
from scf.collateral.services import stock as counting
from scf.documents.services import store_file
from scf.domain.perfection import Element
from scf.financing.models import Application
from scf.kernel import clock
from scf.orders.models import TradeDocument
from scf.orders.services import asking, confirm_document, signers
from scf.orders.services.confirmations import speaker_id
from scf.parties.models import Membership, Organisation, Role

from ... import welcome

LETTER = "letter-of-authority.pdf"
ASKED = ("GR-A012", "GR-B012", "WR-C003")  # wait for their signers when the story ends


def register(spec: dict[str, Any], *, fixtures: Path, at: datetime) -> None:
    """Each signer, entered by the administrator and confirmed by a reviewer, on a letter of authority."""
    first, second = (_member(who) for who in ("admin", "reviewer"))
    content = (fixtures / LETTER).read_bytes()
    for row in spec["signers"]:
        organisation = Organisation.objects.get(code=row["organisation"])
        letter = store_file(
            content=content, name=LETTER, media_type="application/pdf", owner=organisation, by=first, at=at
        )
        entered = signers.propose(
            organisation=organisation, name=row["name"], email=row["email"], evidence=letter, by=first, at=at
        )
        speaks = signers.confirm(registration_id=entered.pk, by=second, at=at).membership
        assert speaks is not None, "a confirmed signer has a membership"
        speaks.user.set_password(welcome.PASSWORD)
        speaks.user.language = row["language"]
        speaks.user.save(update_fields=["password", "language"])


def perfect(application: Application, signatory: Membership) -> None:
    """What the pledge of a signed case needs of the supplier, the buyer and the keeper, each by its own people."""
    held = collateral.pledge_of(application.number)
    if held is None:
        return
    lines = held.lines.filter(counts=True).select_related("line_holding__line__document")
    documents = {line.line_holding.line.document for line in lines if line.line_holding.line}
    lacking = set(perfection.missing(held))
    if Element.BUYER_CONFIRMED in lacking:
        for document in sorted(documents, key=lambda document: document.pk):
            _confirm(document, signatory)
    if Element.ENDORSED in lacking:
        perfecting.give(reference=held.reference, element=Element.ENDORSED, by=signatory, at=clock.now())
    keepers = Organisation.objects.filter(stocks__holding__in=lines.values("stock_holding")).distinct().order_by("pk")
    for warehouse in keepers:
        keeping.lock(reference=held.reference, by=_signer(warehouse.pk), at=clock.now())


def count_what_came() -> None:
    """Each keeper counts the stocks on which receipts state something else than the last count."""
    every = list(Stock.objects.order_by("pk"))
    found = stocks.positions(every) if every else {}
    for stock in every:
        position = found[stock.pk]
        if position.receipted != position.counted:
            counting.record_count(
                stock_id=stock.pk, quantity=position.receipted, by=_signer(stock.warehouse_id), at=clock.now(),
                note="逐件清点",
            )  # fmt: skip


def ask_some() -> None:
    """Some papers wait for their signers."""
    for document in TradeDocument.objects.filter(number__in=ASKED, state=TradeDocument.State.MATCHED).order_by("pk"):
        by = Membership.objects.get(organisation=document.owner_id, role=Role.APPLICANT)
        asking.ask(document_id=document.pk, by=by, at=clock.now())


def _confirm(document: TradeDocument, by: Membership) -> None:
    if document.kind == TradeDocument.Kind.WAREHOUSE_RECEIPT or document.state != TradeDocument.State.MATCHED:
        return
    asking.ask(document_id=document.pk, by=by, at=clock.now())
    confirm_document(document_id=document.pk, by=_signer(speaker_id(document)), at=clock.now())


def _signer(organisation_id: int | None) -> Membership:
    found = Membership.objects.select_related("user", "organisation")
    return found.get(organisation=organisation_id or 0, role=Role.SIGNER)


def _member(who: str) -> Membership:
    return Membership.objects.select_related("user", "organisation").get(user__email=f"{who}@demo.invalid")
