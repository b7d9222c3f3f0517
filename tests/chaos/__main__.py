"""`make chaos`: one run by a seed, its tally printed; 1 where something is wrong."""

import os
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.run import Run
from tests.chaos.stage import Stage
from tests.chaos.tally import take

SETTLE_SECONDS_MAX = 900


def say(text: str) -> None:
    """One line with the time."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def main() -> int:
    """Fill, spoil, let settle, compare."""
    seed, cases = int(os.environ.get("SEED", 1)), int(os.environ.get("CASES", 1000))
    seconds = int(float(os.environ.get("MINUTES", 10)) * 60)

    def fill(stage: Stage) -> None:
        say("making the tables")
        stage.manage("migrate", "--verbosity", "0")
        say(f"making {cases} cases that are about to be paid out")
        stage.manage("shell", "-v", "0", "-c", f"from tests.chaos.cases import make; make({cases}, {seconds})")

    with tempfile.TemporaryDirectory(prefix="scf-chaos-") as folder, Stage.opened(Path(folder), fill) as stage:
        run = Run(stage, seed=seed, say=say)
        say(f"killing and misbehaving for {seconds} s by seed {seed}")
        run.spoil(seconds)
        say("letting everything come to its end")
        is_settled = run.settle(SETTLE_SECONDS_MAX)
        tally = take(stage)
        for name, count in sorted(run.deeds.items()):
            print(f"  {name}: {count}")
        for name, figure in tally.figures.items():
            print(f"  {name}: {figure}")
        if not is_settled:
            tally.wrong.append("not everything has come to its end in time")
        for what in tally.wrong:
            print(f"  WRONG: {what}")
        if tally.wrong:
            print(stage.log_ends())
    say("passed" if not tally.wrong else "failed")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
