"""The engines of a benchmark and its databases: one is filled, each measurement gets a clone."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from scf.kernel import embedded

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = "scf.settings.dev"


@dataclass(frozen=True, slots=True)
class Run:
    """How a command ran: its seconds, its peak memory, what it printed."""

    seconds: float
    rss_bytes: int
    output: str


class Stage:
    """The product's own PostgreSQL with data that survive a power cut, in a folder of its own."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self.engines = embedded.hold(run_dir)
        os.environ |= {
            "SCF_RUN_DIR": str(run_dir), "DJANGO_SETTINGS_MODULE": SETTINGS,
            "CELERY_BROKER_URL": self.engines.broker_url, **self.addresses("scf"),
        }  # fmt: skip

    def addresses(self, database: str) -> dict[str, str]:
        """The environment that names `database`."""
        return {
            "DATABASE_URL": self.engines.database_url.replace("/scf?", f"/{database}?"),
            "DATABASE_OWNER_URL": self.engines.owner_url.replace("/scf?", f"/{database}?"),
        }

    def connect(self, database: str = "postgres", *, as_application: bool = False) -> psycopg.Connection:
        """A bare connection; as the superuser unless `as_application`."""
        if as_application:
            return psycopg.connect(self.addresses(database)["DATABASE_URL"], autocommit=True)
        return psycopg.connect(self.engines.superuser_url.replace("/postgres?", f"/{database}?"), autocommit=True)

    def create(self, database: str, *, like: str | None = None) -> None:
        """Make `database`: migrated and empty, or a copy of another."""
        with self.connect() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
            template = f" TEMPLATE {like} STRATEGY file_copy" if like else ""
            connection.execute(f"CREATE DATABASE {database} OWNER scf_owner{template}")
            connection.execute("CHECKPOINT")
        if like is None:
            self.command(database, "migrate", "--verbosity", "0")

    def has(self, database: str) -> bool:
        """Whether `database` is there."""
        with self.connect() as connection:
            return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is not None

    def drop(self, database: str) -> None:
        """Remove `database`."""
        with self.connect() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def command(self, database: str, *words: str) -> Run:
        """Run one of the product's commands on `database`."""
        (found,) = self.commands(database, words)
        return found

    def commands(self, database: str, *each: tuple[str, ...]) -> list[Run]:
        """Run several commands on `database` at once; each one's seconds are counted from the common start."""
        began = time.perf_counter()
        running = [
            subprocess.Popen(
                [sys.executable, "manage.py", *words], cwd=ROOT, env=os.environ | self.addresses(database),
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )
            for words in each
        ]  # fmt: skip
        runs = []
        for process in running:
            assert process.stdout is not None, "it was asked for"
            output = process.stdout.read()
            _pid, status, usage = os.wait4(process.pid, 0)
            if status:
                raise RuntimeError(output)
            runs.append(Run(time.perf_counter() - began, usage.ru_maxrss * 1024, output))
        return runs

    @contextmanager
    def django_on(self, database: str) -> Iterator[None]:
        """Let this process's Django work on `database`."""
        from django.db import connection

        connection.close()
        connection.settings_dict["NAME"] = database
        try:
            yield
        finally:
            connection.close()

    @property
    def postgres(self) -> str:
        """Its version."""
        with self.connect() as connection:
            row = connection.execute("SHOW server_version").fetchone()
        return str(row[0]) if row else "unknown"


@contextmanager
def staged() -> Iterator[Stage]:
    """A stage below /var/tmp (or BENCH_DIR), removed at the end."""
    folder = os.environ.get("BENCH_DIR") or ("/var/tmp" if os.access("/var/tmp", os.W_OK) else tempfile.gettempdir())
    run_dir = Path(tempfile.mkdtemp(prefix="scf-bench-", dir=folder))
    run_dir.chmod(0o711)
    stage = Stage(run_dir)
    try:
        yield stage
    finally:
        stage.engines.release()
        shutil.rmtree(run_dir, ignore_errors=True)
