"""python manage.py fraud_museum: the great frauds of the field done again, refused, and their cost without controls."""

import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser

from scf.kernel import embedded


class Command(BaseCommand):
    """Works on an engine and a database of its own, which are made for it and removed."""

    help = "Do the known frauds again: which control refuses each, and the loss where that control alone is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which exhibits."""
        parser.add_argument("exhibits", nargs="*", help="names of exhibits; all if none is named")
        parser.add_argument("--inside", action="store_true", help="used by the command itself, within its own database")

    def handle(self, *args: object, **options: Any) -> None:
        """Print one exhibit after another; fails where one is not refused."""
        if not settings.CONTROLS_MAY_BE_SWITCHED_OFF:
            raise CommandError("These settings let no control be switched off. Run the museum on a demo or a checkout.")
        try:
            museum = importlib.import_module("tests.functional.fraud_museum.museum")
        except ModuleNotFoundError as missing:
            raise CommandError("The exhibits are part of the tests. Run the museum in a source checkout.") from missing
        wanted = set(options["exhibits"])
        shown = [exhibit for exhibit in museum.collection() if not wanted or exhibit.code in wanted]
        if len(shown) < len(wanted):
            known = ", ".join(exhibit.code for exhibit in museum.collection())
            raise CommandError(f"There is no such exhibit. There are: {known}.")
        if not options["inside"]:
            self._in_a_museum_of_its_own(sorted(wanted))
            return
        failed = [exhibit.code for exhibit in shown if not self._show(museum, exhibit)]
        if failed:
            raise CommandError(f"Not refused by its control: {', '.join(failed)}.")
        self.stdout.write(f"\n{len(shown)} exhibits, all refused.")

    def _in_a_museum_of_its_own(self, names: list[str]) -> None:
        """The same command as the owner of a fresh database: it takes guards away, which the product never may."""
        self.stdout.write("Making a database for the museum; nothing of yours is touched ...")
        self.stdout.flush()
        folder = Path(tempfile.mkdtemp(prefix="scf-museum-"))
        folder.chmod(0o711)
        engines = embedded.hold(folder)
        try:
            env = os.environ | {
                "SCF_RUN_DIR": str(folder), "DATABASE_URL": engines.owner_url, "DATABASE_OWNER_URL": engines.owner_url,
                "CELERY_BROKER_URL": engines.broker_url,
            }  # fmt: skip
            for words in (["migrate", "--verbosity", "0"], ["fraud_museum", "--inside", *names]):
                done = subprocess.run([sys.executable, sys.argv[0], *words], env=env, check=False)
                if done.returncode:
                    raise CommandError(f"{words[0]} ended with {done.returncode}.")
        finally:
            engines.release()
            shutil.rmtree(folder, ignore_errors=True)

    def _show(self, museum: Any, exhibit: Any) -> bool:
        with tempfile.TemporaryDirectory() as folder:
            code = museum.refused_with(exhibit, Path(folder) / "on")
            loss = museum.loss_without(exhibit, Path(folder) / "off")
        self.stdout.write(f"\n{exhibit.title}\n  trick    {exhibit.trick}\n  source   {exhibit.source}")
        self.stdout.write(f"  control  {exhibit.control}: refused with {code or 'nothing'}\n  without  {loss}")
        return bool(code == exhibit.refusal)
