"""A command that brings CSV files in: good rows are kept, each bad one is named with what to do about it."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from django.core.management.base import BaseCommand

from .csv_rows import BadRow


class CsvCommand(BaseCommand):
    """Exit status 0 when every row was taken or known, else 1. A command says in `bring` what a file does."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The files."""
        parser.add_argument("files", nargs="+", metavar="FILE", help="a CSV file in UTF-8 or GB 18030")

    def bring(self, content: bytes, name: str) -> tuple[Sequence[BadRow], str]:
        """Take one file in: the rows that were not taken, and what became of the others in words."""
        raise NotImplementedError

    def handle(self, *, files: list[str], **options: object) -> None:
        """File after file; say what became of each."""
        is_any_bad = False
        for name in files:
            try:
                content = Path(name).read_bytes()
            except OSError as error:
                self.stderr.write(f"{name}: {error.strerror}; name a file that can be read")
                is_any_bad = True
                continue
            bad_rows, words = self.bring(content, Path(name).name)
            for bad in bad_rows:
                self.stderr.write(f"{name}:{bad.line}: {bad.field or 'line'}: {bad.remedy}")
            self.stdout.write(f"{name}: {words}, {len(bad_rows)} rows not taken")
            is_any_bad |= bool(bad_rows)
        if is_any_bad:
            sys.exit(1)
