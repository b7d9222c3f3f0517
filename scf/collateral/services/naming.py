"""Which commodity a line of goods is: recognised by its names, or said by a reviewer."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.kernel import audit, outbox
from scf.orders.models import DocumentLine
from scf.parties import access, refusals
from scf.parties.models import Membership

from ..models import Commodity, CommodityName, LineCommodity
from ..selectors import prices as selectors

BATCH = 2000


class NotYoursToName(DomainError):
    """What goods are, a reviewer of the platform says."""

    code = "NOT_YOURS_TO_NAME"


refusals.register(
    {"NOT_YOURS_TO_NAME": _("What goods are is said by a reviewer of the platform, as money is lent by it. Ask one.")}
)


@transaction.atomic
def recognise(*, document_id: int, at: datetime) -> int:
    """Write down what the lines of a document are, as far as names tell; what a person has said stays. How many."""
    lines = DocumentLine.objects.filter(document_id=document_id, commodity=None)
    return _recognise(list(lines), selectors.names(), at)


def _recognise(lines: list[DocumentLine], names: selectors.Names, at: datetime) -> int:
    found = [(line, names.kind_of(line.item_code, line.description)) for line in lines]
    rows = [
        LineCommodity(line=line, commodity=kind.commodity, grade=kind.grade, set_at=at) for line, kind in found if kind
    ]
    LineCommodity.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


@transaction.atomic
def add_name(
    *, commodity: Commodity, grade: str, kind: str, value: str, by: Membership | None, at: datetime
) -> CommodityName:
    """Teach a further name, and look again at the lines that are nothing known yet."""
    name = CommodityName.objects.create(commodity=commodity, grade=grade, kind=kind, value=selectors.plain(value))
    audit.record(action="commodity.name", subject=commodity, by=by, at=at, after={"name": str(name), "grade": grade})
    if kind == CommodityName.Kind.CODE:
        lines = DocumentLine.objects.filter(commodity=None, item_code__iexact=value.strip())
    else:
        lines = DocumentLine.objects.filter(commodity=None, description__icontains=value.strip())
    names, after = selectors.names(), 0
    while batch := list(lines.filter(pk__gt=after).order_by("pk")[:BATCH]):
        _recognise(batch, names, at)
        after = batch[-1].pk
    return name


@transaction.atomic
def say(*, line: DocumentLine, commodity: Commodity, grade: str, by: Membership, at: datetime) -> LineCommodity:
    """A reviewer says what a line is, whatever its names tell; loans on it are looked at. Raises NotYoursToName."""
    if not access.may(by, "collateral.judge"):
        raise NotYoursToName("only a reviewer says what goods are", line=line.pk)
    row, _made = LineCommodity.objects.update_or_create(
        line=line, defaults={"commodity": commodity, "grade": grade, "set_by": by.user, "set_at": at}
    )
    facts = {"commodity": commodity.code, "grade": grade}
    audit.record(action="line.commodity", subject=line, by=by, at=at, after=facts)
    outbox.put(topic="collateral.goods.named", payload={"document_id": line.document_id}, at=at)
    return row
