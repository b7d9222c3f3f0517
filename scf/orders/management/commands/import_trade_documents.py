"""Bring trade documents in from files or folders: UBL, JD JSON, CSV, XLSX.

Exit status: 0 when no file was rejected (duplicates and passed-over files are fine), else 1; 2 for a
command line that cannot be understood. With --dry-run nothing is written and no database is needed.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator

from django.core.management.base import BaseCommand, CommandError

from scf.kernel.command_files import files_of
from scf.orders.gateways import ParsedFile, Problem, Status, read, summary
from scf.orders.gateways.sniff import FILE_BYTES_MAX


class Command(BaseCommand):
    """See the module's docstring."""

    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Files, for whom, and how to answer."""
        parser.add_argument("files", nargs="+", metavar="FILE", help="a document, or a folder of documents")
        parser.add_argument(
            "--for", dest="owner", metavar="ORG", help="code or USCC of the organisation that brings them"
        )
        parser.add_argument("--dry-run", action="store_true", help="read and check only; write nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object a file")

    def handle(self, *, files: list[str], owner: str | None, dry_run: bool, json: bool, **options: object) -> None:
        """Import file after file; say what became of each as soon as it is known."""
        if not owner and not dry_run:
            raise CommandError("Say for whom with --for ORG (code or USCC), or only look with --dry-run.", returncode=2)
        is_any_rejected = False
        for parsed in _dry(files) if dry_run else _wet(files, owner or ""):
            is_any_rejected |= parsed.status is Status.REJECTED
            self.stdout.write(_as_json(parsed) if json else _as_text(parsed))
            self.stdout.flush()
        if is_any_rejected:
            sys.exit(1)


def _contents(names: list[str]) -> Iterator[tuple[str, bytes | None]]:
    """Each file's bytes, cut just above the limit; None where it cannot be read."""
    for path in files_of(names):
        name = str(path).encode("utf-8", "replace").decode()  # a file name may be no text
        try:
            if not path.is_file():
                raise FileNotFoundError(path)
            with path.open("rb") as stream:
                yield name, stream.read(FILE_BYTES_MAX + 1)
        except OSError:
            yield name, None


def _dry(names: list[str]) -> Iterator[ParsedFile]:
    for name, content in _contents(names):
        yield _unreadable(name) if content is None else read(name, content)


def _wet(names: list[str], code: str) -> Iterator[ParsedFile]:
    # Here, because a dry run must not need a database.
    from scf.kernel import clock
    from scf.orders.services import Upload, import_files
    from scf.parties.models import Organisation
    from scf.parties.selectors import organisation_by_code

    try:
        owner = organisation_by_code(code)
    except Organisation.DoesNotExist as error:
        raise CommandError(f"No organisation has the code or USCC {code}.", returncode=2) from error
    for name, content in _contents(names):
        if content is None:
            yield _unreadable(name)
            continue
        outcomes = import_files(files=[Upload(name, content)], owner=owner, by=None, at=clock.now())
        yield outcomes[0].parsed


def _unreadable(name: str) -> ParsedFile:
    problem = Problem("NOT_FOUND", "", "There is no such file, or it may not be read; check the path.")
    return ParsedFile(name, Status.REJECTED, problems=(problem,))


def _as_json(parsed: ParsedFile) -> str:
    return json.dumps(summary(parsed), ensure_ascii=False)


def _as_text(parsed: ParsedFile) -> str:
    facts = summary(parsed)
    known = [facts[name] for name in ("kind", "number", "issue_date", "supplier", "buyer") if facts[name]]
    if facts["total"]:
        known.append(f"{facts['currency'] or ''} {facts['total']}".strip())
    rows = [f"{facts['status']:9} {facts['file']}  {' · '.join(known)}".rstrip()]
    rows += [
        f"          {p['code']}{' at ' + p['where'] if p['where'] else ''}: {p['message']}" for p in facts["problems"]
    ]
    return "\n".join(rows)
