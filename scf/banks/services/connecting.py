"""How a lender is reached: set up, changed and tried."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.kernel import audit
from scf.parties import refusals
from scf.parties.models import Membership, Organisation

from ..gateways import transports
from ..gateways.transports import checks
from ..gateways.transports import settings as line_settings
from ..models import Connection, Payment
from . import lines

SILENT = (Payment.State.SENT, Payment.State.UNKNOWN)


class LineHeld(DomainError):
    """Another line could not know what this one has sent."""

    code = "LINE_HELD"


class NotALender(DomainError):
    """Only lenders have lines."""

    code = "NOT_A_LENDER"


refusals.register(
    {
        "LINE_HELD": _(
            "%(count)s payments have no answer yet (%(first)s). Another kind of line could not know what became of "
            "them: wait for the bank's word, or bring it in as a file, then change the line."
        ),
        "NOT_A_LENDER": _("%(name)s is no lender. Give the code of a lender."),
    }
)


def ready(*, bank: Organisation, gateway: str, settings: object) -> transports.LineSettings:
    """The settings as values. Raises NotALender, TransportUnknown, LineSettingsInvalid, LineHeld."""
    if bank.kind != Organisation.Kind.BANK:
        raise NotALender("not a lender", name=bank.name)
    try:
        found = transports.read(transports.named(gateway).settings, settings)
    except transports.LineSettingsInvalid as problem:
        problem.detail["why"] = " ".join(sentence(fault) for fault in problem.faults)
        raise
    before = Connection.objects.filter(bank=bank).first()
    if before is not None and before.gateway != gateway:
        silent = Payment.objects.filter(bank=bank, state__in=SILENT).order_by("pk")
        if silent.exists():
            raise LineHeld("payments without an answer", count=silent.count(), first=silent[0].end_to_end_id)
    return found


@transaction.atomic
def connect(
    *, bank: Organisation, gateway: str, settings: dict[str, object], by: Membership | None, at: datetime,
    is_active: bool = True,
) -> Connection:  # fmt: skip
    """Set up or change a lender's line. Raises what `ready` raises.

    Another transport begins anew: what its bank numbers is not what the one before numbered.
    """
    Organisation.objects.select_for_update().get(pk=bank.pk)
    ready(bank=bank, gateway=gateway, settings=settings)
    row = Connection.objects.filter(bank=bank).first() or Connection(bank=bank, gateway=gateway)
    before = {"gateway": row.gateway, "settings": row.settings, "is_active": row.is_active} if row.pk else {}
    if row.gateway != gateway:
        row.cursor = ""
    row.gateway, row.settings, row.is_active = gateway, settings, is_active
    row.polled_at = row.silent_since = None
    row.save()
    after = {"gateway": gateway, "settings": settings, "is_active": is_active}
    audit.record(action="connection.set", subject=row, by=by, at=at, before=before, after=after)
    return row


def tried(connection: Connection) -> Iterator[tuple[bool, str]]:
    """Try the line: for each step whether it is good, and the sentence.

    Raises TransportUnknown, LineSettingsInvalid.
    """
    transport = transports.named(connection.gateway)
    for check in transport.tried(lines.settings_of(connection), lines.office_of(connection)):
        yield check.is_good, translate(checks.SENTENCES[check.code]) % check.facts


def sentence(fault: line_settings.Fault) -> str:
    """What is wrong with a setting, in the active language."""
    facts = {**fault.facts, "means": translate(fault.facts.get("means", "") or " ")}
    return translate(line_settings.SENTENCES[fault.code]) % facts
