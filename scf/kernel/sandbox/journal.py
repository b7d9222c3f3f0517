"""Facts in a file, one JSON line each, on the disk before anybody is told."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

Fact = dict[str, object]


class Journal:
    """An append-only file of facts that survives a kill at any moment."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = path.open("ab")
        self._drop_torn_end()

    def _drop_torn_end(self) -> None:
        """A line without its end was being written when the process died: nobody was told of it."""
        content = self._path.read_bytes()
        complete = content.rfind(b"\n") + 1
        if complete < len(content):
            self._file.truncate(complete)

    def facts(self) -> Iterator[Fact]:
        """All facts, oldest first."""
        with self._path.open("rb") as file:
            for line in file:
                yield json.loads(line)

    def append(self, fact: Fact) -> None:
        """Return when `fact` is on the disk."""
        self._file.write(json.dumps(fact, ensure_ascii=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
