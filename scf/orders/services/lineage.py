"""Which order line the goods on a line come from: order -> despatch -> receipt -> invoice -> credit note.

The same goods on many papers are one thing: their quantities are conserved along the line, and one unit
carries one pledge. A line is linked by the order's number and line, else through a despatch advice or
an invoice that it names. What cannot be told apart stays unlinked; nothing is guessed.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from scf.domain import units
from scf.domain.errors import DomainError
from scf.kernel import audit, outbox
from scf.orders.models import DocumentLine, TradeDocument
from scf.parties import access, refusals
from scf.parties.models import Membership

_ORDER = TradeDocument.Kind.PURCHASE_ORDER
_THROUGH = {"despatch": TradeDocument.Kind.DESPATCH_ADVICE, "invoice": TradeDocument.Kind.INVOICE}
PLEDGED_TWICE = (
    "The goods of the order that this line names stand behind loans already, more than the order has. "
    "The platform looks into it."
)
_PASSES_MAX = 3  # order -> despatch or invoice -> what names only these


class LineNotLinkable(DomainError):
    """The line has an origin already, is one itself, or the other is not an order line of the same owner."""

    code = "LINE_NOT_LINKABLE"


class GoodsPledgedTwice(DomainError):
    """The goods of the order and those of the line stand behind loans already, more than the order has."""

    code = "GOODS_PLEDGED_TWICE"


refusals.register(
    {
        "LINE_NOT_LINKABLE": _("These two lines cannot be linked. Reload the page and choose another order line."),
        units.UnitsDiffer.code: _(
            "One paper counts in “%(unit)s”, the other in “%(other)s”. "
            "Say how many %(other)s one %(unit)s is; where a table of units knows it, leave the field empty."
        ),
        "GOODS_PLEDGED_TWICE": _(
            "Goods of this order stand behind loans already, and so do these: together more than was ordered. "
            "They cannot be the same goods. Choose another order line, or ask the platform."
        ),
    }
)


@transaction.atomic
def link_line(*, line_id: int, origin_id: int, factor: Decimal | None, by: Membership, at: datetime) -> DocumentLine:
    """A person says from which order line the goods of a line come: its supplier, or the platform's reviewer.

    factor  how many of the order's units one unit of the line is; None where the table of units knows

    Raises LineNotLinkable, units.UnitsDiffer, GoodsPledgedTwice.
    """
    line = DocumentLine.objects.select_for_update(of=("self",)).select_related("document").get(pk=line_id)
    origin = DocumentLine.objects.select_related("document").filter(pk=origin_id).first()
    owner = line.document.owner_id
    is_own = access.may(by, "orders.import") and by.organisation_id == owner
    if origin is None or not (is_own or access.may(by, "orders.link")) or not _are_linkable(line, origin):
        raise LineNotLinkable("not linkable", line=line_id, origin=origin_id)
    known = units.factor(line.unit, origin.unit)
    chosen = known if known is not None else factor
    if chosen is None or chosen <= 0 or (factor is not None and factor != chosen):
        raise units.UnitsDiffer("no factor", unit=line.unit or "–", other=origin.unit or "–")
    line.origin, line.origin_factor = origin, chosen
    try:
        with transaction.atomic():
            line.save(update_fields=["origin", "origin_factor"])
    except IntegrityError as refusal:
        raise GoodsPledgedTwice("both stand behind loans", line=line_id) from refusal
    facts = {"line": line.number, "origin": str(origin), "order": origin.document.number, "factor": str(chosen)}
    audit.record(action="document.link_line", subject=line.document, by=by, at=at, after=facts)
    outbox.put(topic="orders.document.linked", payload={"document_id": line.document_id}, at=at)
    return line


def _are_linkable(line: DocumentLine, origin: DocumentLine) -> bool:
    void = TradeDocument.State.VOID
    return (
        line.origin_id is None
        and line.document.kind != _ORDER
        and origin.document.kind == _ORDER
        and origin.document.owner_id == line.document.owner_id
        and void not in (line.document.state, origin.document.state)
        and line.document.buyer_id in (None, origin.document.buyer_id)
    )


def link(document: TradeDocument) -> None:
    """Find origins for the document's lines and, through it, for those that waited for it."""
    if document.kind != _ORDER:
        _find_origins(_unlinked(document.owner_id).filter(document=document))
    for _pass in range(_PASSES_MAX):
        if not _find_origins(_waiting_for(document)):
            break


def _find_origins(lines: QuerySet[DocumentLine]) -> int:
    """Link what can be linked; how many lines that were."""
    found = []
    pools: dict[tuple, list[DocumentLine]] = {}
    for line in lines.select_related("document"):
        origin = _origin_of(line, pools)
        factor = units.factor(line.unit, origin.unit) if origin is not None else None
        if factor is not None:
            line.origin, line.origin_factor = origin, factor
            found.append(line)
    return _save(found)


def _save(found: list[DocumentLine]) -> int:
    """Write the origins down; how many that were.

    The database refuses one where the goods of that order stand behind other cases already, so that these cannot be the
    same goods: such a line stays unlinked and its document says so, the others are linked.
    """
    fields = ["origin", "origin_factor"]
    try:
        with transaction.atomic():
            return DocumentLine.objects.bulk_update(found, fields, batch_size=500)
    except IntegrityError:
        return sum(_save_one(line, fields) for line in found)


def _save_one(line: DocumentLine, fields: list[str]) -> int:
    try:
        with transaction.atomic():
            line.save(update_fields=fields)
    except IntegrityError:
        problem = {"code": "PLEDGED_TWICE", "where": f"line {line.number}", "message": PLEDGED_TWICE}
        document = line.document
        if problem not in document.problems:
            document.problems = [*document.problems, problem]
            document.save(update_fields=["problems"])
        return 0
    return 1


def _origin_of(line: DocumentLine, pools: dict[tuple, list[DocumentLine]]) -> DocumentLine | None:
    document = line.document
    if line.order_number:
        pool = _pool(document, _ORDER, line.order_number, pools)
        return _same_goods(line, pool, line.order_line)
    named = [("despatch", number) for number in _named(line.despatch_number, document, "despatch")]
    named += [("invoice", number) for number in _named("", document, "invoice")]
    for kind, number in named:
        pool = _pool(document, _THROUGH[kind], number, pools)
        middle = _same_goods(line, pool, line.despatch_line if kind == "despatch" else "")
        if middle is not None and middle.origin_id is not None:
            return middle.origin
    return None


def _named(own: str, document: TradeDocument, kind: str) -> list[str]:
    return [own] if own else list(document.references.get(kind, []))


def _pool(
    document: TradeDocument, kind: str, number: str, pools: dict[tuple, list[DocumentLine]]
) -> list[DocumentLine]:
    """The lines of the owner's document of that kind and number, with the same buyer where both are known."""
    key = (document.owner_id, kind, number, document.buyer_id)
    if key not in pools:
        lines = DocumentLine.objects.filter(
            document__owner=document.owner_id, document__kind=kind, document__number=number
        ).exclude(document__state=TradeDocument.State.VOID)
        if document.buyer_id is not None:
            lines = lines.filter(Q(document__buyer=document.buyer_id) | Q(document__buyer=None))
        found = list(lines.select_related("document", "origin").order_by("id"))
        is_one = len({line.document_id for line in found}) == 1
        pools[key] = found if is_one else []
    return pools[key]


def _same_goods(line: DocumentLine, pool: Iterable[DocumentLine], number: str) -> DocumentLine | None:
    """The one line of `pool` with this number, item code or description; None if none or several fit."""
    pool = [other for other in pool if _units_agree(line, other)]
    if number:
        return _only([other for other in pool if other.number == number])
    codes = set(line.item_codes)
    by_code = [other for other in pool if codes & set(other.item_codes)]
    if by_code:
        return _only(by_code)
    if any(codes and other.item_codes for other in pool) and len(pool) > 1:
        return None
    same_text = [other for other in pool if line.description and other.description == line.description]
    if same_text:
        return _only(same_text)
    is_alone = len(pool) == 1 and not (codes and pool[0].item_codes) and not (line.description and pool[0].description)
    return pool[0] if is_alone else None


def _units_agree(line: DocumentLine, other: DocumentLine) -> bool:
    return units.factor(line.unit, other.unit) is not None


def _only(found: list[DocumentLine]) -> DocumentLine | None:
    return found[0] if len(found) == 1 else None


def _unlinked(owner_id: int) -> QuerySet[DocumentLine]:
    lines = DocumentLine.objects.filter(document__owner=owner_id, origin=None)
    return lines.exclude(document__kind=_ORDER).order_by("id")


def _waiting_for(document: TradeDocument) -> QuerySet[DocumentLine]:
    """Unlinked lines of the same owner that name this document, or one that may lead to it."""
    lines = _unlinked(document.owner_id).exclude(document=document)
    if document.kind == _ORDER:
        middles = Q(document__references__has_key="despatch") | Q(document__references__has_key="invoice")
        return lines.filter(Q(order_number=document.number) | Q(order_number="") & (middles | ~Q(despatch_number="")))
    kind = next((kind for kind, value in _THROUGH.items() if value == document.kind), None)
    if kind is None:
        return lines.none()
    names_it = Q(document__references__contains={kind: [document.number]})
    return lines.filter(names_it | Q(despatch_number=document.number))
