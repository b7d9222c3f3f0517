"""Say how a lender is reached, and try its line.

    connect_bank                                     the kinds of lines, and what each needs to know
    connect_bank CODE                                how the lender is reached now
    connect_bank CODE --gateway sftp --file line.json --by administrator@example.org
    connect_bank CODE --set port=2222                change single settings
    connect_bank CODE --check                        try the line, step by step
    connect_bank CODE --off | --on                   stop asking it for messages; go on

Secrets are never settings: they lie in environment variables whose names begin with SCF_BANK_, or in files that these
name. Exit status 0 when all is well, 1 when a setting cannot stand or the line does not work; each fault is one line.
"""

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as translate

from scf.banks.gateways import transports
from scf.banks.models import Connection
from scf.banks.services import connecting
from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.parties import refusals
from scf.parties.models import Membership, Organisation, Role


class Command(BaseCommand):
    """See the module's docstring."""

    help = __doc__

    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        """The help keeps its lines."""
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The lender, and what is to be done."""
        parser.add_argument("code", nargs="?", default="", help="the lender's code")
        parser.add_argument("--gateway", default="", help="the kind of line")
        parser.add_argument("--file", default="", metavar="FILE", help="settings as a JSON object")
        parser.add_argument("--set", dest="pairs", action="append", default=[], metavar="NAME=VALUE")
        parser.add_argument("--by", default="", metavar="EMAIL", help="the administrator who says so, for the record")
        parser.add_argument("--check", action="store_true", help="try the line")
        switch = parser.add_mutually_exclusive_group()
        switch.add_argument("--off", action="store_true")
        switch.add_argument("--on", action="store_true")

    def handle(self, *, code: str, **options: Any) -> None:
        """Set up, then show, then try."""
        if not code:
            self._kinds()
            return
        bank = Organisation.objects.filter(code=code).first()
        if bank is None:
            raise CommandError(f"There is no organisation with the code {code}.")
        try:
            if any(options[name] for name in ("gateway", "file", "pairs", "off", "on")):
                self._connect(bank, options)
            row = Connection.objects.select_related("bank").filter(bank=bank).first()
            if row is None:
                raise CommandError(f"{code} has no line. Give it one with --gateway and --file.")
            self._show(row)
            if options["check"] and not self._check(row):
                sys.exit(1)
        except DomainError as refusal:
            self.stderr.write(refusals.explain(refusal))
            sys.exit(1)

    def _connect(self, bank: Organisation, options: dict[str, Any]) -> None:
        row = Connection.objects.filter(bank=bank).first()
        gateway = options["gateway"] or (row.gateway if row else "")
        is_same_kind = row is not None and row.gateway == gateway
        settings = _file_of(options["file"]) if options["file"] else dict(row.settings) if row and is_same_kind else {}
        settings |= _pairs_of(options["pairs"], transports.named(gateway).settings)
        is_active = not options["off"] and (options["on"] or row is None or row.is_active)
        connecting.connect(
            bank=bank, gateway=gateway, settings=settings, by=_administrator(options["by"]), at=clock.now(),
            is_active=is_active,
        )  # fmt: skip

    def _kinds(self) -> None:
        for transport in transports.every().values():
            self.stdout.write(transport.name)
            for each in fields(transport.settings):
                default = "" if each.default is MISSING else f" [{each.default}]"
                self.stdout.write(f"    {each.name}{default}: {translate(each.metadata['means'])}")

    def _show(self, row: Connection) -> None:
        state = "on" if row.is_active else "off"
        silent = f", silent since {row.silent_since:%Y-%m-%d %H:%M} UTC" if row.silent_since else ""
        self.stdout.write(f"{row.bank.code}: {row.gateway}, {state}{silent}")
        self.stdout.write(json.dumps(row.settings, ensure_ascii=False, indent=2))

    def _check(self, row: Connection) -> bool:
        is_all_good = True
        for is_good, sentence in connecting.tried(row):
            (self.stdout if is_good else self.stderr).write(f"{'ok    ' if is_good else 'FAILED'} {sentence}")
            is_all_good &= is_good
        return is_all_good


def _file_of(name: str) -> dict[str, Any]:
    try:
        found = json.loads(Path(name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise CommandError(f"{name} is no file with a JSON object: {problem}") from problem
    if not isinstance(found, dict):
        raise CommandError(f"{name} holds no JSON object.")
    return found


def _pairs_of(pairs: list[str], kind: type[transports.LineSettings]) -> dict[str, Any]:
    """NAME=VALUE as settings; what is to be a whole number is read as one."""
    numbers = {each.name for each in fields(kind) if "low" in each.metadata}
    found: dict[str, Any] = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator:
            raise CommandError(f"--set {pair}: write NAME=VALUE.")
        found[name] = int(value) if name in numbers and value.isascii() and value.isdigit() else value
    return found


def _administrator(email: str) -> Membership | None:
    """Whose deed it is on record; the machine's own where nobody is named."""
    if not email:
        return None
    people = Membership.objects.filter(
        user__email__iexact=email,
        role=Role.ADMINISTRATOR,
        organisation__kind=Organisation.Kind.PLATFORM,
        is_active=True,
    )
    found = people.select_related("organisation", "user").first()
    if found is None:
        raise CommandError(f"{email} is no administrator of the platform.")
    return found
