"""A short run of `make chaos`: everything is killed once or more, and both sides' books agree afterwards."""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from scf.kernel.embedded import places
from tests import databases
from tests.chaos.records import read
from tests.chaos.run import Run
from tests.chaos.stage import Stage
from tests.chaos.tally import compare

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("kill")]
SEED, CASES, SECONDS, SETTLE_SECONDS_MAX = 5, 6, 25, 300


def filled(stage: Stage) -> None:
    """The tables of the migrated database that this test run has already, and the cases."""
    template = databases.in_database(databases.owner_url(), databases.migrated())
    tools = places.prepare(stage.run_dir).postgres
    dump = subprocess.run(
        [tools / "pg_dump", "--format=custom", "--enable-row-security", template], check=True, capture_output=True
    )
    target = ["--dbname", stage.environment["DATABASE_OWNER_URL"]]
    subprocess.run([tools / "pg_restore", "--exit-on-error", *target], input=dump.stdout, check=True)
    stage.manage("migrate", "--verbosity", "0")  # only the rights are left to give
    stage.make_cases(CASES, seconds=SECONDS // 2, seed=SEED)


def test_nothing_is_lost_and_nothing_happens_twice():
    with tempfile.TemporaryDirectory(prefix="scf-chaos-", dir=_folder()) as folder:
        with Stage.opened(Path(folder), filled) as stage:
            run = Run(stage, seed=SEED, say=print, pause=(1, 4))
            run.spoil(SECONDS)
            is_settled = run.settle(SETTLE_SECONDS_MAX)
            tally = compare(read(stage))
            assert is_settled and tally.wrong == [], f"{tally}\n{run.deeds}\n{stage.log_ends()}"
            assert tally.figures["not ended"] == 0 and tally.figures["cases"] == CASES
            assert sum(count for name, count in run.deeds.items() if name.startswith("killed")) >= 3


def _folder() -> str:
    """Where the user of the engines may pass."""
    return "/var/tmp" if os.access("/var/tmp", os.W_OK) else tempfile.gettempdir()
