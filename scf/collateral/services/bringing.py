"""Who is told that something must be brought for a pledge to stand in law, or that stored goods were let go."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from scf.domain.perfection import Element
from scf.notifications import services as notifications
from scf.orders.services.confirmations import speaker_id
from scf.parties.models import Membership, Role

from ..models import Pledge, PledgeLine, ReleaseOrder
from ..selectors import perfection

KEEPERS = {Element.KEEPER_SEALED, Element.KEEPER_MANDATED, Element.STOCK_LOCKED}

notifications.register(
    {
        "bring.endorsement": _("The receipts of %(number)s wait for your endorsement. Nothing is paid before."),
        "bring.lock": _(
            "Goods of %(number)s are pledged. Count them and lock them for the lender; nothing is paid before."
        ),
        "bring.word": _(
            "%(document)s of %(supplier)s stands behind a loan and waits for your word. Confirm or dispute it."
        ),
        "bring.missing": _(
            "%(number)s is pledged to you but does not stand in law yet. The case page says what is missing and who "
            "brings it."
        ),
        "goods.let_go": _("The lender has let goods of %(number)s go. Hand them out and write it down."),
    }
)  # fmt: skip


def tell(*, reference: str, at: datetime, key: str) -> None:
    """Tell each who must bring something before a case's pledge stands, and its lender's checkers. Safe to repeat.

    key  the occasion; each person is told once an occasion
    """
    pledge = Pledge.objects.select_related("supplier").get(reference=reference)
    lacking = {each.element: each.lacking for each in perfection.elements_of(pledge) if not each.is_there}
    case = reverse("financing:case", args=[reference])
    facts = {"number": reference, "supplier": pledge.supplier.name}
    if Element.ENDORSED in lacking:
        _tell([pledge.supplier_id], [Role.SIGNATORY], "bring.endorsement", facts, case, key, at)
    if KEEPERS & lacking.keys():
        stock = reverse("collateral:stock-list")
        _tell(_keepers(pledge.lines.filter(counts=True)), [Role.SIGNER], "bring.lock", facts, stock, key, at)
    for document in perfection.papers_of(pledge, lacking.get(Element.BUYER_CONFIRMED, ())):
        word, said = reverse("orders:document-speak", args=[document.pk]), {**facts, "document": document.number}
        _tell([speaker_id(document)], [Role.SIGNER], "bring.word", said, word, f"{key}:{document.pk}", at)
    if lacking.keys() - {Element.REGISTERED}:
        _tell([pledge.bank_id], [Role.CHECKER], "bring.missing", facts, case, key, at)


def tell_of_release(*, order_id: int, at: datetime) -> None:
    """Tell the keepers of goods that an order of the lender lets go. Safe to repeat."""
    order = ReleaseOrder.objects.select_related("pledge").get(pk=order_id)
    keepers = _keepers(PledgeLine.objects.filter(release=order, counts=False))
    facts = {"number": order.pledge.reference}
    _tell(keepers, [Role.SIGNER], "goods.let_go", facts, reverse("collateral:stock-list"), f":{order.pk}", at)


def _keepers(lines: Iterable[PledgeLine]) -> list[int | None]:
    found = PledgeLine.objects.filter(pk__in=[line.pk for line in lines], stock_holding__isnull=False)
    return list(found.order_by().values_list("stock_holding__stock__warehouse", flat=True).distinct())


def _tell(
    organisations: list[int | None], roles: list[Role], code: str, facts: dict[str, str], link: str, key: str,
    at: datetime,
) -> None:  # fmt: skip
    known = [pk for pk in organisations if pk is not None]
    people = Membership.objects.filter(organisation__in=known, role__in=roles, is_active=True)
    dedupe_key = f"{code}:{facts['number']}{key}"
    notifications.tell(to=people, code=code, facts=facts, link=link, dedupe_key=dedupe_key, at=at)
