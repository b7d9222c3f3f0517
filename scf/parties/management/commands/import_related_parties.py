"""Bring in by what related organisations are found, from CSV files: organisation,kind,value,source.

organisation is a code or a unified social credit code; kind one of LEGAL_REPRESENTATIVE, SHAREHOLDER, PHONE, ADDRESS,
ACCOUNT; source says where it was read. Good rows are kept, each bad one is named with file, line, field and what to do.
Exit status 0 when every row was taken or known, else 1. The same file again changes nothing.
"""

import sys
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand

from scf.kernel import clock
from scf.parties.services.relations import import_traits


class Command(BaseCommand):
    """See the module's docstring."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The files."""
        parser.add_argument("files", nargs="+", metavar="FILE", help="a CSV file in UTF-8 or GB 18030")

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
            brought = import_traits(content=content, at=clock.now())
            for bad in brought.bad:
                self.stderr.write(f"{name}:{bad.line}: {bad.field or 'line'}: {bad.remedy}")
            self.stdout.write(
                f"{name}: {brought.taken} facts taken, {brought.known} known already, {len(brought.bad)} rows not taken"
            )
            is_any_bad |= bool(brought.bad)
        if is_any_bad:
            sys.exit(1)
