"""Engines and processes of its own for one run of chaos: all of them may be killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from scf.kernel import demo, embedded
from tests.stack import ALL, Stack, free_port

ROOT = Path(__file__).resolve().parents[2]
ASK_AFTER_SECONDS = "4"
Say = Callable[[str], None]


class Stage(Stack):
    """The product on engines that die with it; `kill` and `run` know "postgres" and "redis", too."""

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
    @contextmanager
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

    def kill(self, *programs: str) -> None:
        """SIGKILL; an engine is started again by its host within a second."""
        for name in programs:
            if name in ("postgres", "redis"):
                self._kill_engine(name)
            else:
                super().kill(name)

    def _kill_engine(self, name: str) -> None:
        command = f"pkill -KILL -o -P {self.engines.host_pid} -f {'redis-server' if name == 'redis' else 'postgres'}"
        subprocess.run(command.split(), check=False)

    def stop_for_good(self) -> None:
        """End every program at once, as a power cut would."""
        for child in self.children.values():
            child.signal_group(signal.SIGKILL)

    def python(self, code: str, *arguments: str) -> str:
        """Run Python inside the product's settings; its output."""
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        return done.stdout

    def rows(self, sql: str, *parameters: object) -> list[tuple]:
        """Rows of the database, asked again while it is down."""
        while True:
            try:
                with self.connect() as connection:
                    return connection.execute(sql, parameters).fetchall()
            except psycopg.OperationalError:
                continue
