"""PostgreSQL and Redis that the product brings along.

Used when the environment names no outside servers. `provide_for` decides for
a command line; `hold` starts the engines, or joins those that run already,
and keeps them alive until `release` or the end of the process. Engines that
nobody holds stop by themselves (see host).

Standard library only up to here: it runs before Django is set up.
"""

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from . import places
from .places import EnginesUnavailable

JOIN_SECONDS_MAX = 90

# Commands that touch neither database nor broker; with a flag only where one is named.
WITHOUT_ENGINES: dict[str, str | None] = {
    "check": None,
    "collectstatic": None,
    "compilemessages": None,
    "demo": None,  # it looks at the ports first and then asks for the engines itself
    "diffsettings": None,
    "findstatic": None,
    "help": None,
    "import_bank_statement": "--dry-run",
    "import_trade_documents": "--dry-run",
    "makemessages": None,
    "makemigrations": None,
    "replay_loan": None,
    "startapp": None,
    "version": None,
}
# Commands that change tables or rights and so run as the owner of the database.
AS_OWNER = {"createcachetable", "flush", "grant_app_role", "migrate", "sqlflush", "test"}


@dataclass(slots=True)
class Engines:
    """Engines in use by this process; their addresses."""

    database_url: str
    owner_url: str
    superuser_url: str
    broker_url: str
    host_pid: int
    users_lock: IO[str]

    def release(self, *, wait_seconds_max: float = 20) -> bool:
        """Stop using the engines; True when nobody else did and they have stopped."""
        run_dir = Path(self.users_lock.name).parent
        self.users_lock.close()
        deadline = time.monotonic() + wait_seconds_max
        while _has_host(run_dir) and time.monotonic() < deadline:
            if _is_used(run_dir):
                return False
            time.sleep(0.05)
        return not _has_host(run_dir)

    def offer(self, environment: MutableMapping[str, str]) -> None:
        """Name the engines in `environment` where it names no others."""
        if "DATABASE_URL" not in environment:
            environment["DATABASE_URL"] = self.database_url
            environment.setdefault("DATABASE_OWNER_URL", self.owner_url)
        environment.setdefault("CELERY_BROKER_URL", self.broker_url)


_held: list[Engines] = []  # kept until the process ends: dropping one would close its lock


def provide_for(argv: list[str]) -> None:
    """Give the command line `argv` the engines and the database role it needs; ends the process with a sentence if
    that cannot be."""
    command = next((word for word in argv[1:] if not word.startswith("-")), "help")
    if needs_engines(argv) and not {"DATABASE_URL", "CELERY_BROKER_URL"} <= os.environ.keys():
        try:
            engines = hold()
        except EnginesUnavailable as reason:
            sys.exit(str(reason))
        _held.append(engines)
        engines.offer(os.environ)
    if command in AS_OWNER and "DATABASE_OWNER_URL" in os.environ:
        os.environ.setdefault("SCF_DB_AS_OWNER", "1")


def needs_engines(argv: list[str]) -> bool:
    """Whether the command line `argv` works with the database or the broker."""
    words = argv[1:]
    command = next((word for word in words if not word.startswith("-")), "help")
    if {"-h", "--help"} & set(words):
        return False
    if command not in WITHOUT_ENGINES:
        return True
    flag = WITHOUT_ENGINES[command]
    return flag is not None and flag not in words


def hold(run_dir: Path | None = None, *, is_forgetful: bool = False) -> Engines:
    """Start the engines of `run_dir`, or join them; they live at least until `release`.

    is_forgetful   no fsync: for tests, whose data need not survive a power cut

    Raises EnginesUnavailable.
    """
    where = places.prepare(run_dir or places.run_directory())
    try:
        return _join(where, is_forgetful=is_forgetful)
    except PermissionError as problem:
        raise EnginesUnavailable(
            f"{problem.filename} belongs to another user: start the product as that user, give the folder away "
            f"with 'sudo chown -R $(id -un) {where.run_dir}', or name another with SCF_RUN_DIR=/some/folder."
        ) from problem


def _join(where: places.Places, *, is_forgetful: bool) -> Engines:
    deadline = time.monotonic() + JOIN_SECONDS_MAX
    with (where.run_dir / "engines.starting").open("w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        users_lock = (where.run_dir / "engines.users").open("w")
        fcntl.flock(users_lock, fcntl.LOCK_SH)  # waits while former engines are stopping
        host = None if _has_host(where.run_dir) else _start_host(where, is_forgetful=is_forgetful)
        while not where.state.exists() or not _has_host(where.run_dir):
            if (host and host.poll() is not None) or time.monotonic() > deadline:
                log = where.logs / "engines.log"
                raise EnginesUnavailable(f"The embedded engines did not start: {_last_line(log)} (see {log})")
            time.sleep(0.02)
    return Engines(**json.loads(where.state.read_text()), users_lock=users_lock)


def _start_host(where: places.Places, *, is_forgetful: bool) -> subprocess.Popen[bytes]:
    where.state.unlink(missing_ok=True)  # of a host that was killed
    command = [sys.executable, "-m", "scf.kernel.embedded.host", str(where.run_dir)]
    command += ["--forgetful"] if is_forgetful else []
    with (where.logs / "engines.log").open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=places.CHECKOUT,
            start_new_session=True,
        )


def _has_host(run_dir: Path) -> bool:
    return _is_locked(run_dir / "engines.host", fcntl.LOCK_SH)


def _is_used(run_dir: Path) -> bool:
    """Whether a process holds the engines; a host that is stopping counts as none."""
    return _is_locked(run_dir / "engines.users", fcntl.LOCK_EX) and not _is_locked(
        run_dir / "engines.users", fcntl.LOCK_SH
    )


def _is_locked(path: Path, kind: int) -> bool:
    if not path.exists():
        return False
    with path.open("a") as file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "no reason given"
