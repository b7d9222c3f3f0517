"""Run the whole product on this machine: engines, web, worker, beat and the sandbox bank.

Ctrl-C stops everything; the data stay below .run/ until --reset.
"""

import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from pathlib import Path

from celery import Celery
from django.conf import settings
from django.core.management import get_commands
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from scf.kernel import demo, embedded
from scf.kernel.supervisor import Supervisor

START_SECONDS_MAX = 60
WELCOME = "scf.desks.welcome.text"


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reset", action="store_true", help="stop a running demo and remove its data instead")

    def handle(self, *, reset: bool, **options: object) -> None:
        run_dir = embedded.places.run_directory()
        os.chdir(settings.BASE_DIR)
        try:
            if reset:
                demo.reset(run_dir)
                self._say("The demo is stopped and its data are removed.")
                return
            self._run(run_dir)
        except (demo.DemoRefused, embedded.EnginesUnavailable) as refusal:
            raise CommandError(str(refusal)) from refusal

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _run(self, run_dir: Path) -> None:
        began = time.monotonic()
        ports = demo.Ports.of(os.environ)
        lock = demo.only_one(run_dir, ports)
        ports.ensure_free()
        supervisor = Supervisor(self._say)
        supervisor.listen()
        os.environ.update(demo.environment(ports=ports, run_dir=run_dir))
        engines = self._start_engines()
        try:
            self._prepare(supervisor)
            supervisor.children = demo.children(run_dir=run_dir, environment=os.environ)
            self._serve(supervisor, ports, began)
        finally:
            self._say("Stopping ...")
            supervisor.stop()
            if engines is not None:
                engines.release()
            lock.close()
        self._say("Stopped. Data are kept; 'make demo' goes on with them, 'make reset' removes them.")

    def _start_engines(self) -> embedded.Engines | None:
        if {"DATABASE_URL", "CELERY_BROKER_URL"} <= os.environ.keys():
            self._say("Using the PostgreSQL and the broker that the environment names ...")
            return None
        self._say("Starting PostgreSQL and Redis ...")
        engines = embedded.hold()
        engines.offer(os.environ)
        return engines

    def _prepare(self, supervisor: Supervisor) -> None:
        """Everything that the programs expect to be there."""
        self._step("Compiling the translations ...", supervisor, "scripts/messages.py", "compile")
        self._step("Migrating the database ...", supervisor, "manage.py", "migrate", "--verbosity", "0")
        if "load_demo_world" in get_commands():
            self._step("Loading the demo world (nothing to do where it is there) ...", supervisor,
                       "manage.py", "load_demo_world")  # fmt: skip

    def _step(self, sentence: str, supervisor: Supervisor, *command: str) -> None:
        if supervisor.is_stopping:
            return
        self._say(sentence)
        done = subprocess.Popen([sys.executable, *command], stdin=subprocess.DEVNULL, start_new_session=True)
        while done.poll() is None:
            time.sleep(0.02)
            if supervisor.is_stopping:
                done.terminate()
        if done.returncode and not supervisor.is_stopping:
            raise demo.DemoRefused(f"'{' '.join(command)}' failed; the lines above say why.")

    def _serve(self, supervisor: Supervisor, ports: demo.Ports, began: float) -> None:
        if supervisor.is_stopping:
            return
        self._say("Starting web, worker, beat, the sandbox bank and registers, the key keeper ...")
        supervisor.start()
        broker = Celery(broker=os.environ["CELERY_BROKER_URL"])
        awaited = {
            "the sandbox bank": lambda: demo.answers(f"{ports.bank_url}/healthz"),
            "the sandbox registers": lambda: demo.answers(f"{ports.register_url}/healthz"),
            "the key keeper": lambda: demo.answers(f"{ports.keeper_url}/healthz"),
            "the web server": lambda: demo.answers(f"{ports.web_url}/healthz"),
            "the worker": lambda: bool(broker.control.ping(timeout=0.5, limit=1)),
        }
        for name, has_answered in awaited.items():
            if supervisor.wait_until(has_answered, seconds_max=START_SECONDS_MAX):
                continue
            if not supervisor.is_stopping:
                raise demo.DemoRefused(f"No answer from {name} within {START_SECONDS_MAX} s; see .run/logs.")
            return
        self._say(f"Ready after {time.monotonic() - began:.0f} s.\n\n{self._welcome(ports)}\n\nCtrl-C stops it.")
        supervisor.watch()

    def _welcome(self, ports: demo.Ports) -> str:
        try:
            text = import_string(WELCOME)
        except ImportError:
            return f"Open {ports.web_url}   (the sandbox bank: {ports.bank_url})"
        return str(text(web_url=ports.web_url, bank_url=ports.bank_url))
