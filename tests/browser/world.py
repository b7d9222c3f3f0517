"""The product with the demo world in it, once for all browser tests of a process."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack import Stack


@pytest.fixture(scope="session")
def world() -> Iterator[Stack]:
    """Real processes on a loaded demo world; tests that use it run in one process (xdist group "world")."""
    with tempfile.TemporaryDirectory(prefix="scf-world-") as folder:
        with Stack.start(Path(folder), prepare=lambda stack: stack.manage("load_demo_world")) as stack:
            yield stack
