"""Controls against fraud, each by its code; in a museum or a test one can be switched off to see what it prevents.

Production never lets one be switched off: there is no setting, row or page that does it. What the database itself
refuses is no control of this list: the museum takes its trigger away in a database of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings

from scf.domain.errors import DomainError

_off: ContextVar[frozenset[str]] = ContextVar("controls switched off", default=frozenset())


class ControlsLocked(DomainError):
    """These settings let no control be switched off."""

    code = "CONTROLS_LOCKED"


def is_on(code: str) -> bool:
    """True unless this very piece of work has switched the control off."""
    return code not in _off.get()


@contextmanager
def switched_off(*codes: str) -> Iterator[None]:
    """Do without these controls meanwhile. Raises ControlsLocked outside tests and museums."""
    if not settings.CONTROLS_MAY_BE_SWITCHED_OFF:
        raise ControlsLocked("controls are switched off in tests and museums only", codes=list(codes))
    token = _off.set(_off.get() | set(codes))
    try:
        yield
    finally:
        _off.reset(token)
