"""The two engines as child processes: start, wait until they answer, stop."""

import ctypes
import os
import pwd
import secrets
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import redis

from .places import EnginesUnavailable, Places

START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 15
PR_SET_PDEATHSIG = 1
OWNER_ROLE, APP_ROLE, DATABASE = "scf_owner", "scf_app", "scf"
SUPERUSER = "postgres"

POSTGRES_OPTIONS = (
    "listen_addresses=",
    "max_connections=200",
    "shared_buffers=128MB",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_min_duration_statement=2000",
)
# A test's database dies with the test: it need not survive a power cut.
FORGETFUL_OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(slots=True)
class Engine:
    """One running engine and how it is asked to stop."""

    name: str
    process: subprocess.Popen[bytes]
    stop_signal: signal.Signals

    def stop(self) -> None:
        """End the engine, gently first."""
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def postgres_url(places: Places, role: str, database: str = DATABASE) -> str:
    """The address of `database` for `role`, over the private socket."""
    return f"postgres://{role}@/{database}?host={quote(str(places.sockets))}"


def redis_url(places: Places) -> str:
    """The address of the broker, over the private socket."""
    return f"redis+socket://{quote(str(places.sockets / 'redis.sock'))}?virtual_host=0"


def start_postgres(places: Places, *, is_forgetful: bool) -> Engine:
    """Start PostgreSQL, initialised on the first start, and wait until it answers."""
    data = places.home / "postgres"
    if not (data / "PG_VERSION").exists():
        _initialise(places, data)
    options = POSTGRES_OPTIONS + (FORGETFUL_OPTIONS if is_forgetful else ())
    settings = [word for option in options for word in ("-c", option)]
    command = [str(places.postgres / "postgres"), "-D", str(data), "-k", str(places.sockets), *settings]

    def answers() -> None:
        psycopg.connect(postgres_url(places, SUPERUSER, SUPERUSER), connect_timeout=2).close()

    return _start("postgres", command, places, answers, signal.SIGINT)


def start_redis(places: Places) -> Engine:
    """Start Redis and wait until it answers; what it holds can be lost, the outbox is in PostgreSQL."""
    socket = places.sockets / "redis.sock"
    command = [str(places.redis), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
    command += ["--save", "", "--appendonly", "no", "--databases", "64", "--dir", str(places.sockets)]

    def answers() -> None:
        redis.Redis(unix_socket_path=str(socket)).ping()

    return _start("redis", command, places, answers, signal.SIGTERM)


def ensure_roles(places: Places) -> None:
    """Create the owner, the application's role and the database where they are missing."""
    with psycopg.connect(postgres_url(places, SUPERUSER, SUPERUSER), autocommit=True) as connection:
        roles = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        if OWNER_ROLE not in roles:
            connection.execute(f"CREATE ROLE {OWNER_ROLE} LOGIN CREATEDB")
        if APP_ROLE not in roles:
            connection.execute(f"CREATE ROLE {APP_ROLE} LOGIN")
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}")


def _initialise(places: Places, data: Path) -> None:
    """Make the cluster beside its place and move it there, so that a half-made one is never used."""
    draft = data.with_name(f"postgres-new-{secrets.token_hex(4)}")
    draft.mkdir(mode=0o700)
    if places.user:
        _give(draft, places.user)
    command = [str(places.postgres / "initdb"), "-D", str(draft), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", **_as_user(places.user))
    if done.returncode:
        raise EnginesUnavailable(f"PostgreSQL could not make its data folder {data}: {done.stderr.strip()}")
    draft.rename(data)


def _start(
    name: str, command: list[str], places: Places, answers: Callable[[], None], stop_signal: signal.Signals
) -> Engine:
    """Run `command` until `answers` no longer raises; tried again while a predecessor is still stopping."""
    deadline = time.monotonic() + START_SECONDS_MAX
    log_path = places.logs / f"{name}.log"
    engine = _spawn(name, command, log_path, places.user, stop_signal)
    while True:
        try:
            answers()
            return engine
        except (psycopg.Error, redis.RedisError) as problem:
            if time.monotonic() > deadline:
                engine.stop()
                raise EnginesUnavailable(f"{name} does not answer; its log is {log_path}") from problem
        time.sleep(0.05)
        if engine.process.poll() is not None:
            time.sleep(0.5)
            engine = _spawn(name, command, log_path, places.user, stop_signal)


def _spawn(name: str, command: list[str], log_path: Path, user: str | None, stop_signal: signal.Signals) -> Engine:
    def die_with_parent() -> None:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, stop_signal)

    with log_path.open("ab") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
            preexec_fn=die_with_parent,
            **_as_user(user),
        )
    return Engine(name, process, stop_signal)


def _as_user(user: str | None) -> dict:
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _give(folder: Path, user: str) -> None:
    entry = pwd.getpwnam(user)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
