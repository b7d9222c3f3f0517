"""Bring market prices in from CSV files: commodity,as_of,price and where known grade,currency,unit.

Good rows are kept, each bad one is named with file, line, field and what to do. Exit status 0 when
every row was taken or known, else 1. The same file again changes nothing; another price for the same
day is a correction.
"""

from collections.abc import Sequence

from scf.collateral.services.prices import import_prices
from scf.kernel import clock
from scf.kernel.csv_command import CsvCommand
from scf.kernel.csv_rows import BadRow


class Command(CsvCommand):
    """See the module's docstring."""

    help = __doc__

    def bring(self, content: bytes, name: str) -> tuple[Sequence[BadRow], str]:
        """Prices of one file."""
        brought = import_prices(content=content, name=name, at=clock.now())
        return brought.bad, (
            f"{brought.taken} prices taken, {brought.corrected} of them corrections, {brought.known} known already"
        )
