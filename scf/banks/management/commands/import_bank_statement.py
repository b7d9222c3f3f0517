"""Bring in bank statements from files or folders: camt.053, MT940, CSV, XLS, XLSX, OFX; camt.052/054, MT942 to look at.

Prints what each file says, statement by statement: as text, or with --json as one list of objects. With --dry-run
nothing is written and no database is needed. Without it, statements of our collection accounts are taken, each file
whole or not at all; what is taken and why not stands in the findings.

Exit status: 0; 1 where a file could not be opened or, without --dry-run, was not taken; 2 for a command line that
cannot be understood.
"""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand

from scf.banks.gateways.chains import chain
from scf.banks.gateways.readings import Reading
from scf.banks.gateways.statement_files import read_path
from scf.kernel.command_files import files_of


class Command(BaseCommand):
    """See the module's docstring."""

    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Files, the account where they do not name it, and how to answer."""
        parser.add_argument("files", nargs="+", metavar="FILE", help="a statement, or a folder of statements")
        parser.add_argument("--account", default="", help="the collection account of files that name none")
        parser.add_argument("--dry-run", action="store_true", help="read and check only; write nothing")
        parser.add_argument("--json", action="store_true", help="print one list of JSON objects")

    def handle(self, *, files: list[str], account: str, dry_run: bool, json: bool, **options: object) -> None:
        """Read all, say how they follow one another, and take them if that is wanted."""
        paths = list(files_of(files))
        readings = [reading for path in paths for reading in read_path(path, name=_name(path))]
        for reading in readings:
            if account and reading.is_statement:
                reading.adopt(account)
        chain(readings)
        is_any_refused = any(not path.is_file() for path in paths)
        if not dry_run:
            is_any_refused |= _take(paths, readings, account)
        self.stdout.write(_as_json(readings) if json else "\n".join(_as_text(reading) for reading in readings))
        if is_any_refused:
            sys.exit(1)


def _name(path: Path) -> str:
    return str(path).encode("utf-8", "replace").decode()  # a file name may be no text


def _take(paths: list[Path], readings: list[Reading], account: str) -> bool:
    """Import file after file; True where one was refused. What was found joins the findings printed."""
    # Here, because a dry run must not need a database.
    from scf.banks.services.statement_command import take_file
    from scf.kernel import clock

    is_any_refused = False
    for path in paths:
        own = [reading for reading in readings if reading.file.split("!")[0] == _name(path)]
        is_any_refused |= not take_file(path=path, readings=own, account=account, at=clock.now())
    return is_any_refused


def _as_json(readings: list[Reading]) -> str:
    return json.dumps([reading.as_json() for reading in readings], ensure_ascii=False, indent=1)


def _as_text(reading: Reading) -> str:
    facts = reading.as_json()
    days = f"{facts['from'] or '?'} – {facts['to'] or '?'}" if facts["from"] or facts["to"] else ""
    title = [facts["format"] or "?", facts["account"], facts["currency"], facts["statement_id"], days]
    sums = [
        f"opening {facts['opening'] or '-'}", f"+{facts['credits']}", f"-{facts['debits']}",
        f"closing {facts['closing'] or '-'}", f"{facts['entries']} entries ({facts['transactions']} transactions)",
        {True: "ties out", False: "DOES NOT TIE OUT", None: "no proof"}[reading.ties_out],
        {True: "continues", False: "DOES NOT CONTINUE", None: ""}[reading.continues_previous],
    ]  # fmt: skip
    rows = [reading.file, "  " + " · ".join(str(part) for part in title if part), "  " + " ".join(filter(None, sums))]
    rows += [
        f"    {found.code}{f' at {found.where}' if found.where else ''}: {found.message}" for found in reading.findings
    ]
    return "\n".join(rows)
