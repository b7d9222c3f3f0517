"""The world of the functional tests, in which time stands still."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trade_world import TradeWorld


@pytest.fixture
def world(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TradeWorld]:
    """Everybody and an in-process bank; an order of 100 pieces, of which 90 were received."""
    made = TradeWorld(tmp_path)
    made.patch = monkeypatch
    with made.running():
        made.order()
        made.receipt()
        yield made
