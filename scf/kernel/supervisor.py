"""Runs a handful of long-lived programs, keeps them alive and stops them together.

A child that dies is started again, each time a little later; its end is said
in one line. Every child is a process group of its own, so that Ctrl-C reaches
only the supervisor, which then ends them in order. Should the supervisor be
killed, the kernel ends the children (PR_SET_PDEATHSIG).
"""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
STOP_SECONDS_MAX = 8
GLANCE_SECONDS = 0.25
BACKOFF_SECONDS_MAX = 30
# A child that lived this long has recovered: its next end counts as the first.
STEADY_SECONDS = 60

Say = Callable[[str], None]


@dataclass(slots=True)
class Child:
    """One program: what it is called, how it starts, where it writes.

    log       gets what it prints
    failures  ends in a row; the pause before the next start doubles with each
    """

    name: str
    command: list[str]
    log: Path
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = 0.0
    start_again_at: float | None = None

    def start(self) -> None:
        """Start the program in a process group of its own."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self.environment),
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self.started_at, self.start_again_at = time.monotonic(), None

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal_group(self, number: signal.Signals) -> None:
        """Send `number` to the program and whatever it started."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                pass


@dataclass(slots=True)
class Supervisor:
    """The children and the conversation about them."""

    say: Say
    children: list[Child] = field(default_factory=list)
    is_stopping: bool = False

    def start(self) -> None:
        """Start every child once."""
        for child in self.children:
            child.start()

    def listen(self) -> None:
        """From here on Ctrl-C, SIGTERM and a closed terminal mean "stop"."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: object) -> None:
        self.is_stopping = True

    def wait_until(self, answers: Callable[[], bool], *, seconds_max: float) -> bool:
        """Watch the children until `answers` says yes; False when time is up or somebody stopped us."""
        deadline = time.monotonic() + seconds_max
        while not self.is_stopping and time.monotonic() < deadline:
            if answers():
                return True
            self._glance()
            time.sleep(GLANCE_SECONDS)
        return False

    def watch(self) -> None:
        """Keep the children alive until somebody stops us."""
        while not self.is_stopping:
            self._glance()
            time.sleep(GLANCE_SECONDS)

    def _glance(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.is_running or child.process is None:
                continue
            if child.start_again_at is None:
                child.failures = 1 if now - child.started_at > STEADY_SECONDS else child.failures + 1
                pause = min(2 ** (child.failures - 1), BACKOFF_SECONDS_MAX)
                child.start_again_at = now + pause
                how = _how(child.process)
                self.say(f"{child.name} ended ({how}); starting it again in {pause} s, log: {child.log}")
                child.signal_group(signal.SIGKILL)  # what it left behind
            elif now >= child.start_again_at:
                child.start()

    def stop(self) -> None:
        """End every child: politely, then for good."""
        for child in self.children:
            child.signal_group(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS_MAX
        while any(child.is_running for child in self.children) and time.monotonic() < deadline:
            time.sleep(0.05)
        for child in self.children:
            child.signal_group(signal.SIGKILL)
            if child.process is not None:
                child.process.wait()


def _how(process: subprocess.Popen[bytes]) -> str:
    code = process.returncode
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
