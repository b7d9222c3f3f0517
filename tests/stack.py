"""The product's real processes on a fresh database, for browser and kill tests.

    with Stack.start(tmp_path) as stack:      # or the fixture `stack`
        page.goto(stack.web_url)
        stack.kill("worker")                  # SIGKILL, the whole group
        stack.run("web" | "worker" | "beat" | "sandbox bank")
        stack.manage("load_demo_world")

Every stack has its own database, broker database, ports, files and logs.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from scf.kernel import demo
from tests import databases
from tests.databases import ROOT, in_database, owner_url

START_SECONDS_MAX = 60
BROKER_DATABASES = 64
ALL = ("sandbox bank", "sandbox register", "key keeper", "web", "worker", "beat")


class Stack:
    """Running processes of one product, and the database below them."""

    def __init__(self, run_dir: Path, *, settings: str = "scf.settings.dev") -> None:
        self.run_dir = run_dir
        (run_dir / "logs").mkdir(parents=True, exist_ok=True)
        self.database = f"stack_{secrets.token_hex(6)}"
        self.ports = demo.Ports(
            host="127.0.0.1", web=free_port(), bank=free_port(), register=free_port(), keeper=free_port()
        )
        self.environment = self._environment(settings)
        self.children = {child.name: child for child in demo.children(run_dir=run_dir, environment=self.environment)}

    @classmethod
    @contextmanager
    def start(cls, run_dir: Path, *programs: str, prepare: Callable[["Stack"], object] | None = None) -> Iterator:
        """A migrated database with `programs` (all by default) answering; `prepare` runs before they start."""
        stack = cls(run_dir)
        stack.create_database()
        try:
            stack.manage("migrate", "--verbosity", "0")  # only the rights in the copy are left to give
            if prepare is not None:
                prepare(stack)
            stack.run(*(programs or ALL))
            yield stack
        finally:
            stack.stop()
            stack.drop_database()

    @property
    def web_url(self) -> str:
        return self.ports.web_url

    @property
    def bank_url(self) -> str:
        return self.ports.bank_url

    def manage(self, *command: str) -> str:
        """Run a management command on this stack's database; its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def run(self, *programs: str) -> None:
        """Start programs and wait until those that serve HTTP answer."""
        for name in programs:
            self.children[name].start()
        for name, url in (
            ("sandbox bank", self.bank_url),
            ("sandbox register", self.ports.register_url),
            ("key keeper", self.ports.keeper_url),
            ("web", self.web_url),
        ):
            if name in programs:
                self.wait_until(lambda url=url: demo.answers(f"{url}/healthz"), what=f"{name} to answer")

    def kill(self, *programs: str) -> None:
        """SIGKILL: no goodbye, no clean-up."""
        for name in programs:
            child = self.children[name]
            child.signal_group(signal.SIGKILL)
            if child.process is not None:
                child.process.wait()

    def stop(self) -> None:
        """End whatever still runs."""
        running = [child for child in self.children.values() if child.is_running]
        for child in running:
            child.signal_group(signal.SIGTERM)
        deadline = time.monotonic() + 5
        while any(child.is_running for child in running) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.kill(*(child.name for child in self.children.values() if child.process is not None))

    def wait_until(self, holds: Callable[[], bool], *, what: str, seconds_max: float = START_SECONDS_MAX) -> None:
        """Fail with the ends of the logs when `holds` does not come true in time."""
        deadline = time.monotonic() + seconds_max
        while not holds():
            assert time.monotonic() < deadline, f"waited {seconds_max} s in vain for {what}\n{self.log_ends()}"
            time.sleep(0.1)

    def log_ends(self) -> str:
        """The last lines of every log."""
        logs = sorted((self.run_dir / "logs").glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-2000:]}" for log in logs)

    def connect(self, *, as_owner: bool = False) -> psycopg.Connection:
        """A direct connection, as the application's role unless told otherwise."""
        name = "DATABASE_OWNER_URL" if as_owner else "DATABASE_URL"
        return psycopg.connect(self.environment[name], autocommit=True)

    def create_database(self) -> None:
        """A database of the owner that has every table."""
        databases.create(self.database, template=databases.migrated())

    def drop_database(self) -> None:
        """Remove the database, whoever is still connected."""
        databases.drop(self.database)

    def _environment(self, settings: str) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "SCF_DB_AS"))}
        return {
            **inherited,
            "DJANGO_SETTINGS_MODULE": settings,
            **demo.environment(ports=self.ports, run_dir=self.run_dir),
            "DATABASE_URL": in_database(os.environ["DATABASE_URL"], self.database),
            "DATABASE_OWNER_URL": in_database(owner_url(), self.database),
            "CELERY_BROKER_URL": in_broker_database(os.environ["CELERY_BROKER_URL"]),
        }


def in_broker_database(url: str) -> str:
    """The same broker, a database that no other stack of this run is likely to use."""
    number = 1 + secrets.randbelow(BROKER_DATABASES - 1)
    parts = urlsplit(url)
    if "virtual_host=" in parts.query:
        return f"{url.split('virtual_host=')[0]}virtual_host={number}"
    return parts._replace(path=f"/{number % 16}").geturl()


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
