"""The sandbox bank over HTTP beside us: for learning and for tests."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..base import BankGateway
from ..sandbox import SandboxGateway
from .base import Check, Office, Transport, secret_of
from .checks import try_pulling
from .settings import LineSettings, _, text, variable

SECRET, ADDRESS = "SCF_SANDBOX_BANK_SECRET", "SCF_SANDBOX_URL"


@dataclass(frozen=True, kw_only=True)
class Settings(LineSettings):
    """Where the sandbox bank listens; a demo may choose its ports anew by SCF_SANDBOX_URL."""

    base_url: str = text(_("the address of the sandbox bank, such as http://127.0.0.1:8001"))
    secret_env: str = variable(
        _("the environment variable that holds the shared secret"), SECRET, pattern=re.compile("[A-Z][A-Z0-9_]{1,60}")
    )


def opened(settings: Settings, office: Office) -> BankGateway:
    """The line."""
    base_url = office.environment.get(ADDRESS) or settings.base_url
    return SandboxGateway(base_url=base_url, bank=office.bank, secret=secret_of(office, settings.secret_env))


def tried(settings: Settings, office: Office) -> Iterator[Check]:
    """Whether it answers."""
    yield from try_pulling(lambda: opened(settings, office), cursor=office.cursor)


TRANSPORT = Transport("sandbox", Settings, opened, tried)
