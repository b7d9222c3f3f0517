"""Recompute balances, journals, accruals and classes from events; print what differs, and fail if anything does."""

import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from scf.kernel import clock
from scf.servicing.models import Loan
from scf.servicing.services import closing_loans, closing_proof

LOANS_PER_BATCH = 500


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--last-day", action="store_true", help="prove only the last closed day of each book")
        parser.add_argument(
            "--rebuild", action="store_true", help="first write standings and accrual lines anew from the events"
        )

    def handle(self, *, last_day: bool, rebuild: bool, **options: object) -> None:
        if rebuild:
            self._rebuild()
        found = 0
        for found, difference in enumerate(closing_proof.differences(every_day=not last_day), 1):  # noqa: B007
            self.stdout.write(str(difference))
        if found:
            self.stderr.write(f"{found} differences.")
            sys.exit(1)
        self.stdout.write("The books agree with the events.")

    def _rebuild(self) -> None:
        at = clock.now()
        ids = list(Loan.objects.order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(ids), LOANS_PER_BATCH):
            closing_loans.rebuild(ids[start : start + LOANS_PER_BATCH], on=clock.day_of(at), at=at)
        self.stdout.write(f"{len(ids)} loans written anew.")
