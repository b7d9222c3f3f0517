"""The line to a lender's machine, by the connection that names its gateway."""

import os
from collections.abc import Callable

from django.conf import settings

from ..gateways.base import BankGateway
from ..gateways.sandbox import SandboxGateway
from ..models import Connection


def _sandbox(connection: Connection) -> BankGateway:
    secret = os.environ.get(connection.secret_name, "") or settings.SANDBOX_BANK_SECRET
    return SandboxGateway(base_url=connection.base_url, bank=connection.bank.code, secret=secret)


GATEWAYS: dict[str, Callable[[Connection], BankGateway]] = {"sandbox": _sandbox}


def line_to(connection: Connection) -> BankGateway:
    """The open line; a gateway that is not in GATEWAYS is a defect of the configuration."""
    return GATEWAYS[connection.gateway](connection)
