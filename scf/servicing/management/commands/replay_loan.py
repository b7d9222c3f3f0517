"""Work out loan cases: plan, accruals, allocation of events and balance, from JSON. Needs no database.

Reads one case or a list, in the form of published loan cases: principal,
annual_rate_pct, day_count, disbursement_date, maturity_date, terms,
repayment_type, rounding, events, profile or conventions; `as_of` and `ask`
(dates) say what is asked. Prints an answer for each case; exit status 1 where
one has problems. It is the what-if tool of finance staff too.
"""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from scf.servicing.gateways.answers import answer
from scf.servicing.gateways.profiles import Profiles

PROFILES = Path(settings.BASE_DIR) / "tests" / "data" / "loans" / "profiles.json"


class Command(BaseCommand):
    """replay_loan [FILE|-] [--profiles FILE]"""

    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE, standard input by default."""
        parser.add_argument("file", nargs="?", default="-", help="JSON: one case or a list; - is standard input")
        parser.add_argument(
            "--profiles", type=Path, default=PROFILES, help="JSON: named sets of conventions that cases refer to"
        )

    def handle(self, *, file: str, profiles: Path, **options: object) -> None:
        """Answer every case; the good ones beside the bad ones."""
        given = _read(file)
        known = Profiles.read(profiles)
        cases = given if isinstance(given, list) else [given]
        answers = [_answer(case, number, known) for number, case in enumerate(cases)]
        found = answers if isinstance(given, list) else answers[0]
        self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))
        if any(each["problems"] for each in answers):
            sys.exit(1)


def _answer(case: Any, number: int, profiles: Profiles) -> dict[str, Any]:
    if not isinstance(case, dict):
        return {"id": None, "problems": [{"code": "CASE_UNCLEAR", "message": "a case is an object", "case": number}]}
    return answer(case, profiles)


def _read(file: str) -> Any:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        return json.loads(text)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}. Give the path of a JSON file, or -.") from error
    except ValueError as error:
        raise CommandError(f"{file} is no JSON: {error}. Correct that place and try again.") from error
