"""The stack as a fixture."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack import Stack


@pytest.fixture
def stack() -> Iterator[Stack]:
    """The whole product running on a database of its own, for one test."""
    with tempfile.TemporaryDirectory(prefix="scf-stack-") as folder, Stack.start(Path(folder)) as running:
        yield running
