"""Load the demo world: people, papers and months of cases, the same for the same day.

Does nothing where it is there.
"""

import gc
import json
import os
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import translation

from scf.banks.gateways.keeper import LocalKeeper
from scf.banks.gateways.key_keeper.vault import Vault
from scf.banks.gateways.sandbox_bank.bank import SandboxBanks
from scf.banks.gateways.sandbox_bank.local import LocalGateway
from scf.banks.services import keeper_line, lines
from scf.collateral.gateways.lines import LocalRegister
from scf.collateral.gateways.sandbox_register import market
from scf.collateral.gateways.sandbox_register.books import RegisterBooks
from scf.collateral.services import register_lines
from scf.kernel import clock
from scf.orders.services import Upload, import_files
from scf.parties.models import Organisation

from ..world import goods, lending, papers, people, rates, signers, story

NO_MAIL = "django.core.mail.backends.dummy.EmailBackend"  # of half a year ago; the messages stand in the inboxes
GC_AFTER = 100_000  # objects: half a year's rows come and go, and looking for cycles among them would cost seconds
FIXTURES = Path(settings.BASE_DIR) / "fixtures"


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--today", type=date.fromisoformat, help="last day of the world; default: today")

    def handle(self, *, today: date | None, **options: object) -> str | None:
        if not settings.DEMO:
            raise CommandError("The demo world is for demos only; these settings are not a demo's.")
        if Organisation.objects.exists():
            return "The demo world is there already."
        for machine in ("sandbox-bank", "sandbox-register", "key-keeper"):
            journal = Path(settings.RUN_DIR) / machine / "journal.jsonl"
            journal.unlink(missing_ok=True)  # of a load that was cut off: the database has forgotten it too
        gc.set_threshold(GC_AFTER)
        settings.EMAIL_BACKEND = NO_MAIL
        story.member.cache_clear()
        # one transaction: a load that is cut off leaves nothing behind
        with translation.override("zh-hans"), transaction.atomic():
            self._load(today or clock.today())
        return "The demo world is loaded."

    def _load(self, today: date) -> None:
        spec = json.loads((FIXTURES / "world.json").read_text("utf-8"))
        first_day = today - timedelta(days=spec["days"])
        shift = first_day - date.fromisoformat(spec["epoch"])
        books = SandboxBanks(Path(settings.RUN_DIR) / "sandbox-bank")
        stage = story.Stage(first_day, story.Stage(first_day, clock.now(), books).at(spec["days"], 8), books)
        bank_url = os.environ.get("SCF_SANDBOX_URL", "http://127.0.0.1:8001")
        folder = Path(settings.RUN_DIR) / "sandbox-register"
        registers = LocalRegister(RegisterBooks(folder))
        market.leave_anchor(folder, today)
        banks = lines.replaced(lambda connection: LocalGateway(books, connection.bank.code))
        keeper = LocalKeeper(Vault(Path(settings.RUN_DIR) / "key-keeper"), now=clock.now)
        with banks, register_lines.replaced(registers), keeper_line.replaced(keeper):
            with clock.pinned(stage.at(0, 8)):
                people.make(spec, at=stage.at(0, 8), bank_url=bank_url)
                signers.register(spec, fixtures=FIXTURES, at=stage.at(0, 8))
            rows = spec["organisations"]
            books.name_accounts({
                row["code"]: {number: currency for currency, number in row["collection"].items()}
                for row in rows if "collection" in row
            })  # fmt: skip
            past = json.loads((FIXTURES / "story.json").read_text("utf-8"))["cases"]
            walks = [rates.follow(stage, FIXTURES / "rates" / "lpr.csv", spec["days"])]
            walks += [goods.keep(stage, spec, today)]
            walks += [_bring(stage, supplier, shift) for supplier in "abcd"]
            walks += [story.case(stage, entry) for entry in past]
            walks += [
                story.stray_payment(stage, 166),
                story.keepers_count(stage, spec["days"]),
                story.ask_signers(stage, 169),
                story.nightly(stage, spec["days"]),
                lending.versions(stage, spec, spec["days"]),
                _examples(stage, spec["days"]),
            ]
            story.play(walks, stage)


def _bring(stage: story.Stage, supplier: str, shift: timedelta) -> story.Walk:
    """A supplier's sheets, each part on the day after its issue."""
    parts = []
    for path in sorted((FIXTURES / "documents").glob(f"*-{supplier}.csv")):
        parts += list(papers.monthly(path, by=shift))
    for issued, name, content in sorted(parts):
        yield stage.at((issued - stage.first_day).days, 18)
        _import(supplier, [Upload(name, content)])


def _examples(stage: story.Stage, days: int) -> story.Walk:
    """The OASIS papers and the JD orders, brought by the first supplier shortly before today."""
    yield stage.at(days - 3, 9)
    for folder in ("oasis", "jd"):
        files = [Upload(path.name, path.read_bytes()) for path in sorted((FIXTURES / folder).iterdir())]
        _import("a", files)


def _import(supplier: str, files: list[Any]) -> None:
    by = story.member(f"applicant.{supplier}")
    at: datetime = clock.now()
    import_files(files=files, owner=by.organisation, by=by, at=at)
