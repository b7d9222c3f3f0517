"""The line to the registers, as the settings name it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings

from ..gateways.base import RegisterGateway
from ..gateways.lines import HttpRegister


def _connected() -> RegisterGateway:
    return HttpRegister(
        base_url=settings.REGISTER_URL, member=settings.REGISTER_MEMBER, secret=settings.REGISTER_SECRET
    )


_open: list[Callable[[], RegisterGateway]] = [_connected]


def line() -> RegisterGateway:
    """The open line. Without one in the settings every request goes unanswered, and what needs an answer waits."""
    return _open[-1]()


@contextmanager
def replaced(gateway: RegisterGateway) -> Iterator[None]:
    """Reach the registers through `gateway` for a while: for playing a demo's past, and for tests."""
    _open.append(lambda: gateway)
    try:
        yield
    finally:
        _open.pop()
