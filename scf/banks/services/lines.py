"""The line to a lender's machine, by the connection that names its gateway."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings

from ..gateways.base import BankGateway
from ..gateways.sandbox import SandboxGateway
from ..models import Connection


def _sandbox(connection: Connection) -> BankGateway:
    secret = os.environ.get(connection.secret_name, "") or settings.SANDBOX_BANK_SECRET
    base_url = os.environ.get("SCF_SANDBOX_URL") or connection.base_url  # a demo may choose its ports anew
    return SandboxGateway(base_url=base_url, bank=connection.bank.code, secret=secret)


GATEWAYS: dict[str, Callable[[Connection], BankGateway]] = {"sandbox": _sandbox}


def line_to(connection: Connection) -> BankGateway:
    """The open line; a gateway that is not in GATEWAYS is a defect of the configuration."""
    return GATEWAYS[connection.gateway](connection)


@contextmanager
def replaced(factory: Callable[[Connection], BankGateway]) -> Iterator[None]:
    """Reach every lender through `factory` for a while: how the demo's past is played without its processes."""
    before = dict(GATEWAYS)
    GATEWAYS.update(dict.fromkeys(GATEWAYS, factory))
    try:
        yield
    finally:
        GATEWAYS.update(before)
