"""Close business days: post accruals, move arrears and classes, give notice. Catches up missed days in order.

Safe to run twice, in several places at once, and again after it was killed.
"""

import time
from argparse import ArgumentParser
from datetime import date, timedelta

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.kernel import clock
from scf.servicing.selectors.accruals import RANKS
from scf.servicing.services import closing

OTHERS_SECONDS = 0.1


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()  # deployment checks; a night only pays for them

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--date", type=date.fromisoformat, help="last day to close; yesterday if left out")
        parser.add_argument("--even-if-not-over", action="store_true", help="close today, too (a demo's clock only)")
        parser.add_argument("--wait", type=int, default=600, help="seconds to wait for others who close the same days")

    def handle(self, *, even_if_not_over: bool, wait: int, **options: object) -> None:
        if even_if_not_over and not settings.DEMO:
            raise CommandError("Only a demo may close a day that is not over: payments can still come in.")
        at = clock.now()
        until = options["date"] or clock.day_of(at) - timedelta(days=1)
        assert isinstance(until, date), "argparse has read a day"
        deadline = time.monotonic() + wait
        try:
            while True:
                for closed in closing.close_of_business(until=until, at=at, even_if_not_over=even_if_not_over):
                    self.stdout.write(_line(closed))
                left = closing.open_days(until)
                if not left:
                    self.stdout.write(f"All books are closed up to {until}.")
                    return
                if time.monotonic() > deadline:
                    raise CommandError(f"{len(left)} books are being closed elsewhere and are not done yet.")
                time.sleep(OTHERS_SECONDS)
        except DomainError as refusal:
            raise CommandError(f"{until} is not over yet in Shanghai; close it tomorrow.") from refusal


def _line(closed: closing.Closed) -> str:
    book = closed.book
    posted = ", ".join(
        f"{due.value.lower()} {Money(closed.posted[due], book.currency)}" for due in RANKS if closed.posted[due]
    )
    return (
        f"{closed.day} {book.bank.code}/{book.product}/{book.currency}: {posted or 'nothing accrued'}; "
        f"{closed.touched} loans touched, {closed.moved} moved; {closed.seconds:.2f} s"
    )
