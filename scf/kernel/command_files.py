"""The files that a command line names."""

from collections.abc import Iterable, Iterator
from pathlib import Path


def files_of(names: Iterable[str]) -> Iterator[Path]:
    """Each path as named; of a folder everything below it, hidden files left out, in order."""
    for name in names:
        path = Path(name)
        if path.is_dir():
            yield from sorted(found for found in path.rglob("*") if found.is_file() and not found.name.startswith("."))
        else:
            yield path
