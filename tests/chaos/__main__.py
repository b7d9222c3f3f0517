"""`make chaos`: one run by a seed, its tally printed; 1 where something is wrong."""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.records import read
from tests.chaos.run import Run
from tests.chaos.stage import Stage
from tests.chaos.tally import compare

SETTLE_SECONDS_MAX = 1800


def say(text: str) -> None:
    """One line with the time."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def keep(run_dir: Path) -> None:
    """Leave the logs and the bank's journal behind, for whoever looks for the cause."""
    kept = Path(tempfile.mkdtemp(prefix="scf-chaos-kept-"))
    for name in ("logs", "sandbox-bank"):
        shutil.copytree(run_dir / name, kept / name)
    say(f"logs and the bank's journal are in {kept}")


def main() -> int:
    """Fill, spoil, let settle, compare."""
    seed, cases = int(os.environ.get("SEED", 1)), int(os.environ.get("CASES", 1000))
    seconds = int(float(os.environ.get("MINUTES", 10)) * 60)

    def fill(stage: Stage) -> None:
        say("making the tables")
        stage.manage("migrate", "--verbosity", "0")
        say(f"making {cases} cases that are about to be paid out")
        stage.make_cases(cases, seconds=seconds, seed=seed)

    with tempfile.TemporaryDirectory(prefix="scf-chaos-") as folder, Stage.opened(Path(folder), fill) as stage:
        run = Run(stage, seed=seed, say=say)
        say(f"killing and misbehaving for {seconds} s by seed {seed}")
        run.spoil(seconds)
        say("letting everything come to its end")
        is_settled = run.settle(SETTLE_SECONDS_MAX)
        say("comparing")
        tally = compare(read(stage))
        for name, figure in [*sorted(run.deeds.items()), *tally.figures.items()]:
            print(f"  {name}: {figure}")
        tally.check(is_settled, f"not everything has come to its end in time: {run.left()}")
        for what in tally.complaints:
            print(f"  WRONG: {what}")
        if tally.wrong:
            print(stage.log_ends())
            keep(stage.run_dir)
    say("passed" if not tally.wrong else "failed")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
