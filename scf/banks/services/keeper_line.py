"""The line to the keeper of keys, as the settings name it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings

from scf.kernel import clock

from ..gateways.keeper import HttpKeeper, KeyKeeper


def _connected() -> KeyKeeper:
    return HttpKeeper(
        base_url=settings.KEEPER_URL, member=settings.KEEPER_MEMBER, secret=settings.KEEPER_SECRET,
        ahead_days=clock.offset_days(),
    )  # fmt: skip


_open: list[Callable[[], KeyKeeper]] = [_connected]


def line() -> KeyKeeper:
    """The open line. Without one in the settings nobody issues keys, and no quote can be sealed."""
    return _open[-1]()


@contextmanager
def replaced(keeper: KeyKeeper) -> Iterator[None]:
    """Reach the keeper through `keeper` for a while: for playing a demo's past, and for tests."""
    _open.append(lambda: keeper)
    try:
        yield
    finally:
        _open.pop()
