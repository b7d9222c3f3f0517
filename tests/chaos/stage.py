"""Engines and processes of its own for one run of chaos: all of them may be killed."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg

from scf.kernel import demo, embedded
from tests.stack import ALL, Stack, free_port

ROOT = Path(__file__).resolve().parents[2]
ASK_AFTER_SECONDS = "4"
ENGINES = {"postgres": "postgres", "redis": "redis-server"}
PROGRAMS = ("worker", "beat", "web", "sandbox bank", "sandbox register")
Say = Callable[[str], None]


class Stage(Stack):
    """The product on engines that die with it, and that can be killed like its programs."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        (run_dir / "logs").mkdir(parents=True, exist_ok=True)
        self.engines = embedded.hold(run_dir)
        self.ports = demo.Ports(
            host="127.0.0.1", web=free_port(), bank=free_port(), register=free_port(), keeper=free_port()
        )
        inherited = {
            name: value for name, value in os.environ.items()
            if not name.startswith(("PYTEST", "SCF_", "DATABASE", "CELERY_"))
        }  # fmt: skip
        self.environment = {
            **inherited, "DJANGO_SETTINGS_MODULE": "scf.settings.dev",
            **demo.environment(ports=self.ports, run_dir=run_dir),
            "SCF_BANK_ASK_AFTER_SECONDS": ASK_AFTER_SECONDS,
            "DATABASE_URL": self.engines.database_url, "DATABASE_OWNER_URL": self.engines.owner_url,
            "CELERY_BROKER_URL": self.engines.broker_url,
        }  # fmt: skip
        self.children = {child.name: child for child in demo.children(run_dir=run_dir, environment=self.environment)}

    @classmethod
    @contextlib.contextmanager
    def opened(cls, run_dir: Path, fill: Callable[["Stage"], None]) -> Iterator["Stage"]:
        """Engines with the tables and rows that `fill` makes, all programs running; everything ends with it."""
        stage = cls(run_dir)
        try:
            fill(stage)
            stage.run(*ALL)
            yield stage
        finally:
            stage.stop()
            stage.engines.release()

    def make_cases(self, count: int, *, seconds: int, seed: int) -> None:
        """Cases whose payment is promised within `seconds` from then on; the tables are there."""
        self.run("sandbox register")
        made = f"from tests.chaos.cases import make; make({count}, {seconds}, {seed})"
        self.manage("shell", "-v", "0", "-c", made)
        self.kill("sandbox register")

    def kill_now(self, name: str) -> bool:
        """SIGKILL a program or an engine; whether it was running. An engine is started again by its host at once."""
        if name in ENGINES:
            return self._kill_engine(ENGINES[name])
        was_running = self.children[name].is_running
        self.kill(name)
        return was_running

    def _kill_engine(self, program: str) -> bool:
        """The engine itself is a child of the host that we started; its own children die with it."""
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
                command = (folder / "cmdline").read_text().split("\0")[0]
                if int(parent) == self.engines.host_pid and program in command:
                    os.kill(int(folder.name), signal.SIGKILL)
                    return True
        return False

    def rows(self, sql: str, *parameters: object) -> list[tuple]:
        """Rows of the database, asked again while it is down."""
        while True:
            try:
                with self.connect() as connection:
                    return connection.execute(sql, parameters).fetchall()
            except psycopg.OperationalError:
                continue
