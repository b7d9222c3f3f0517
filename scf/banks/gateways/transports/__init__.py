"""Kinds of lines to banks, one module each: a module of this package that has a TRANSPORT is one.

Adding a transport is adding a module; adding a bank is adding a row of settings.
"""

import importlib
import pkgutil
from functools import cache

from scf.domain.errors import DomainError

from .base import Check, LineFault, Office, Transport
from .settings import LineSettings, LineSettingsInvalid, read

__all__ = [
    "Check",
    "LineFault",
    "LineSettings",
    "LineSettingsInvalid",
    "Office",
    "Transport",
    "TransportUnknown",
    "every",
    "named",
    "read",
]


class TransportUnknown(DomainError):
    """No kind of line has this name."""

    code = "TRANSPORT_UNKNOWN"


@cache
def every() -> dict[str, Transport]:
    """Every transport by its name, in the order of the names."""
    modules = [importlib.import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__)]
    found = [module.TRANSPORT for module in modules if hasattr(module, "TRANSPORT")]
    return {transport.name: transport for transport in sorted(found, key=lambda transport: transport.name)}


def named(name: str) -> Transport:
    """The transport of that name. Raises TransportUnknown."""
    try:
        return every()[name]
    except KeyError:
        raise TransportUnknown("no such transport", name=name, known=", ".join(every())) from None
