"""What the demo is made of: its ports, its children, its one-instance lock, its end."""

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import socket
import sys
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .embedded import places
from .supervisor import Child

STOP_SECONDS_MAX = 30


class DemoRefused(RuntimeError):
    """The demo cannot start or be reset; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the demo listens. `host` is an address of this machine."""

    host: str
    web: int
    bank: int
    register: int
    keeper: int

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Ports":
        """The ports that the environment names. Raises DemoRefused."""
        return cls(
            host=environment.get("SCF_HOST", "127.0.0.1"),
            web=_port(environment, "SCF_PORT", "8000"),
            bank=_port(environment, "SCF_BANK_PORT", "8001"),
            register=_port(environment, "SCF_REGISTER_PORT", "8002"),
            keeper=_port(environment, "SCF_KEEPER_PORT", "8003"),
        )

    @property
    def web_url(self) -> str:
        return f"http://{self._reachable}:{self.web}"

    @property
    def bank_url(self) -> str:
        return f"http://{self._reachable}:{self.bank}"

    @property
    def register_url(self) -> str:
        return f"http://{self._reachable}:{self.register}"

    @property
    def keeper_url(self) -> str:
        return f"http://{self._reachable}:{self.keeper}"

    @property
    def _reachable(self) -> str:
        return "localhost" if self.host in ("0.0.0.0", "127.0.0.1", "") else self.host  # noqa: S104

    def ensure_free(self) -> None:
        """Raises DemoRefused, with the way out, where another program listens."""
        named = {"SCF_PORT": self.web, "SCF_BANK_PORT": self.bank, "SCF_REGISTER_PORT": self.register,
                 "SCF_KEEPER_PORT": self.keeper}  # fmt: skip
        if len(set(named.values())) < len(named):
            raise DemoRefused(f"{', '.join(named)}: two of them name the same port; give each its own.")
        for name, port in named.items():
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((self.host, port))
                except OSError as problem:
                    raise DemoRefused(
                        f"Port {port} on {self.host} cannot be used ({problem.strerror}). "
                        f"Choose another: make demo {name}={port + 10}"
                    ) from problem


def _port(environment: Mapping[str, str], name: str, default: str) -> int:
    text = environment.get(name, default)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise DemoRefused(f"{name}={text} is not a port: give a whole number from 1 to 65535.")
    return int(text)


def children(*, run_dir: Path, environment: Mapping[str, str]) -> list[Child]:
    """The demo's long-lived programs, each with its log."""
    programs = Path(sys.executable).parent
    gunicorn, celery = str(programs / "gunicorn"), [str(programs / "celery"), "--app", "scf"]
    commands = {
        "sandbox bank": [gunicorn, "--config", "scf/banks/gateways/sandbox_bank/gunicorn_conf.py"],
        "sandbox register": [gunicorn, "--config", "scf/collateral/gateways/sandbox_register/gunicorn_conf.py"],
        "key keeper": [gunicorn, "--config", "scf/banks/gateways/key_keeper/gunicorn_conf.py"],
        "web": [gunicorn, "--config", "gunicorn.conf.py", "scf.wsgi"],
        "worker": [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO", "--without-gossip"],
        "beat": [*celery, "beat", "--schedule", str(run_dir / "beat-schedule"), "--pidfile", ""],
    }
    logs = run_dir / "logs"
    return [
        Child(name, command, logs / f"{name.replace(' ', '-')}.log", environment) for name, command in commands.items()
    ]


def environment(*, ports: Ports, run_dir: Path) -> dict[str, str]:
    """What the demo's programs must know besides the engines: where they listen, and the secret that they share."""
    registers = ports.register_url.replace("localhost", "127.0.0.1")
    register_secret = _secret(run_dir / "sandbox-register" / "secret")
    return {
        "SCF_HOST": ports.host,
        "SCF_PORT": str(ports.web),
        "SCF_BANK_PORT": str(ports.bank),
        "SCF_REGISTER_PORT": str(ports.register),
        "SCF_KEEPER_PORT": str(ports.keeper),
        "SCF_KEEPER_URL": ports.keeper_url.replace("localhost", "127.0.0.1"),
        "SCF_KEEPER_SECRET": _secret(run_dir / "key-keeper" / "secret"),
        "SCF_KEEPER_DEMO": "1",
        "SCF_RUN_DIR": str(run_dir),
        "SCF_PUBLIC_URL": ports.web_url,
        "SCF_SANDBOX_URL": ports.bank_url.replace("localhost", "127.0.0.1"),
        "SCF_REGISTER_URL": registers,
        "SCF_REGISTER_SECRET": register_secret,
        "SCF_PRICE_FEED_URL": f"{registers}/platform/prices",
        "SCF_PRICE_FEED_SECRET": register_secret,
        "SCF_PRICE_FEED_NAME": "demo prices 演示价格",
        "SCF_SANDBOX_FOLDERS": str(run_dir / "bank-folders"),
        "SCF_SANDBOX_BANK_SECRET": _secret(run_dir / "sandbox-bank" / "secret"),
    }


def _secret(file: Path) -> str:
    """A secret of this run directory, made once, readable by its owner only."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32))
    return file.read_text()


def answers(url: str) -> bool:
    """Whether `url` answers 200 within a moment."""
    with contextlib.suppress(OSError):
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310  our own address
            return bool(response.status == 200)
    return False


def only_one(run_dir: Path, ports: Ports) -> IO[str]:
    """A lock that this demo keeps while it runs. Raises DemoRefused where one runs already."""
    run_dir.mkdir(parents=True, exist_ok=True)
    file = (run_dir / "demo.pid").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as problem:
        file.seek(0)
        pid, _, address = file.read().strip().partition(" ")
        raise DemoRefused(
            f"The demo of this checkout runs already (process {pid}) at {address}. "
            "Stop it with Ctrl-C where it runs, or with 'make reset', which also removes its data."
        ) from problem
    file.truncate(0)
    file.write(f"{os.getpid()} {ports.web_url}\n")
    file.flush()
    return file


def reset(run_dir: Path) -> None:
    """Stop a running demo and remove everything it stored. Raises DemoRefused."""
    _stop_running(run_dir / "demo.pid")
    home = places.engine_home(run_dir)
    deadline = time.monotonic() + STOP_SECONDS_MAX
    while (run_dir / "engines.json").exists() and _is_locked(run_dir / "engines.host"):
        if time.monotonic() > deadline:
            raise DemoRefused(f"Another command still uses the engines below {run_dir}: end it first.")
        time.sleep(0.1)
    for folder in (run_dir, home):
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            pass
        except OSError as problem:
            raise DemoRefused(f"{problem.filename} cannot be removed ({problem.strerror}): whose is it?") from problem


def _stop_running(pid_file: Path) -> None:
    if not pid_file.exists() or not _is_locked(pid_file):
        return
    pid = int(pid_file.read_text().split()[0])
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS_MAX
    while _is_locked(pid_file):
        if time.monotonic() > deadline:
            raise DemoRefused(f"The running demo (process {pid}) does not stop; end it and try again.")
        time.sleep(0.1)


def _is_locked(path: Path) -> bool:
    if not path.exists():
        return False
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
