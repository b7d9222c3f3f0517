"""The line to a lender's machine, by the connection that names its transport and its settings."""

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from scf.parties import access, refusals
from scf.parties.models import Membership, Organisation

from ..gateways import transports
from ..gateways.base import BankGateway
from ..gateways.transports.sandbox import SECRET
from ..models import BankMessage, Connection
from .outgoing import OutgoingFiles

refusals.register(
    {
        "TRANSPORT_UNKNOWN": _("There is no kind of line called %(name)s. Choose one of: %(known)s."),
        "LINE_SETTINGS_INVALID": _("The settings of this line cannot stand. %(why)s"),
        "BANK_NOT_OFFERED": _(
            "This bank cannot be asked for it: what it says comes in files. Wait for the next, or upload one."
        ),
    }
)

_instead: list[Callable[[Connection], BankGateway]] = []


def line_to(connection: Connection) -> BankGateway:
    """The line. Raises BankUnreachable where it is not set up as it should be: nothing can have left."""
    return _instead[-1](connection) if _instead else by_settings(connection)


def by_settings(connection: Connection) -> BankGateway:
    """As line_to, whatever stands in for lines meanwhile."""
    try:
        known = settings_of(connection)
    except (transports.TransportUnknown, transports.LineSettingsInvalid) as problem:
        raise transports.LineFault("SETTINGS_INVALID", why=problem.message) from problem
    return transports.named(connection.gateway).opened(known, office_of(connection))


def settings_of(connection: Connection) -> transports.LineSettings:
    """The settings as values. Raises TransportUnknown, LineSettingsInvalid."""
    return transports.read(transports.named(connection.gateway).settings, connection.settings)


def office_of(connection: Connection) -> transports.Office:
    """What a line needs of this side."""
    bank, gateway = connection.bank, connection.gateway

    def kept(ids: Collection[str]) -> set[str]:
        known = BankMessage.objects.filter(bank=bank, gateway=gateway, external_id__in=ids)
        return set(known.values_list("external_id", flat=True))

    return transports.Office(
        bank=bank.code,
        outgoing=OutgoingFiles(bank),
        kept=kept,
        environment={**os.environ, SECRET: os.environ.get(SECRET) or settings.SANDBOX_BANK_SECRET},
        cursor=connection.cursor,
        officers=lambda: len(officers_of(connection.bank)),
    )


def officers_of(bank: Organisation) -> list[Membership]:
    """Who at the lender can take its payment files and bring back what the bank says."""
    people = Membership.objects.filter(organisation=bank, is_active=True, user__is_active=True)
    return [each for each in people.select_related("organisation", "user") if access.may(each, "banks.carry_files")]


def patience(connection: Connection) -> timedelta:
    """After how long without an answer to a payment a person is told."""
    return timedelta(hours=_usual(connection).answer_hours)


def _usual(connection: Connection) -> transports.LineSettings:
    """What every line has; as usual where the settings cannot stand."""
    try:
        return settings_of(connection)
    except (transports.TransportUnknown, transports.LineSettingsInvalid):
        return transports.LineSettings()


def is_polled(connection: Connection) -> bool:
    """Whether the line is asked for messages more rarely than at every beat."""
    return bool(_usual(connection).poll_seconds)


def is_due(connection: Connection, at: datetime) -> bool:
    """Whether the line is to be asked for messages again."""
    every = timedelta(seconds=_usual(connection).poll_seconds)
    return connection.polled_at is None or not connection.polled_at <= at < connection.polled_at + every


@contextmanager
def replaced(factory: Callable[[Connection], BankGateway]) -> Iterator[None]:
    """Reach every lender through `factory` for a while: how the demo's past is played without its processes."""
    _instead.append(factory)
    try:
        yield
    finally:
        _instead.pop()
