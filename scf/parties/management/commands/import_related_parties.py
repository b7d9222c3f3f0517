"""Bring in by what related organisations are found, from CSV files: organisation,kind,value,source.

organisation is a code or a unified social credit code; kind one of LEGAL_REPRESENTATIVE, SHAREHOLDER, PHONE, ADDRESS,
ACCOUNT; source says where it was read. Good rows are kept, each bad one is named with file, line, field and what to do.
Exit status 0 when every row was taken or known, else 1. The same file again changes nothing.
"""

from collections.abc import Sequence

from scf.kernel import clock
from scf.kernel.csv_command import CsvCommand
from scf.kernel.csv_rows import BadRow
from scf.parties.services.relations import import_traits


class Command(CsvCommand):
    """See the module's docstring."""

    help = __doc__

    def bring(self, content: bytes, name: str) -> tuple[Sequence[BadRow], str]:
        """Facts of one file."""
        brought = import_traits(content=content, at=clock.now())
        return brought.bad, f"{brought.taken} facts taken, {brought.known} known already"
