"""The platform says which organisation a document means."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.kernel import audit, outbox
from scf.orders.models import TradeDocument
from scf.parties import access, refusals
from scf.parties.models import Membership, Organisation
from scf.parties.services import add_alias

from . import lineage
from .recording import match_if_known

ROLES = ("supplier", "buyer", "warehouse")
_NUMBERED_BY_SUPPLIER = frozenset({"ORDER_RESPONSE", "DESPATCH_ADVICE", "INVOICE", "CREDIT_NOTE"})


class LinkRefused(DomainError):
    """The organisation cannot stand in that role on that document."""

    code = "LINK_REFUSED"


refusals.register(
    {
        "LINK_REFUSED": _(
            "The organisation cannot be linked here. Reload the page, compare the document and try again."
        ),
        "DOCUMENT_REFUSED": _("The document cannot be recorded. Correct what is listed and send it again."),
        "NOT_A_RECEIPT": _("What was paid is said of a goods receipt in force. Open the receipt and say it there."),
        "NOT_YOURS_TO_CONFIRM": _("Only the buyer or the warehouse keeper named on the document can say this."),
        "BEHIND_A_CASE": _(
            "Goods of %(document)s stand behind a case. Withdraw the case, or let the lender release them first."
        ),
        "NOT_A_SHEET": _("This file has no columns that can be read. Send a CSV or XLSX file with a header row."),
    }
)


@transaction.atomic
def link_party(
    *, document_id: int, role: str, organisation: Organisation, by: Membership, at: datetime, remember: bool = True
) -> TradeDocument:
    """Name the party in `role` (supplier, buyer or warehouse) of a document.

    remember  also let later documents call the organisation by the stated name

    Raises LinkRefused, parties.services.AliasTaken.
    """
    if not access.may(by, "orders.link") or role not in ROLES:
        raise LinkRefused("only the platform's reviewer links parties", role=role)
    row = TradeDocument.objects.select_for_update().get(pk=document_id)
    if row.state != TradeDocument.State.RECORDED:
        raise LinkRefused("the document's parties are settled", state=row.state)
    if role == "supplier" and organisation.pk != row.owner_id:
        raise LinkRefused("the supplier of a document is who brought it", organisation=organisation.code)
    setattr(row, role, organisation)
    if role == _numbered_by(row.kind):
        row.issuer_key = f"org:{organisation.pk}"
    row.problems = [p for p in row.problems if not (p["code"] == "PARTY_UNKNOWN" and p["where"] == role)]
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise LinkRefused("this organisation has a document of this number already", number=row.number) from error
    stated = getattr(row, f"{role}_name")
    if remember and stated:
        add_alias(organisation=organisation, value=stated[:200], by=by, at=at)
    audit.record(action="document.link_party", subject=row, by=by, at=at, after={role: organisation.code})
    match_if_known(row, by=by, at=at)
    lineage.link(row)
    outbox.put(topic="orders.document.linked", payload={"document_id": row.pk}, at=at)
    return row


def _numbered_by(kind: str) -> str:
    if kind == TradeDocument.Kind.WAREHOUSE_RECEIPT:
        return "warehouse"
    return "supplier" if kind in _NUMBERED_BY_SUPPLIER else "buyer"
