"""The demo from the outside: it starts, answers, stops, and leaves nothing behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest
import requests

from tests.stack import ROOT, Stack, free_port

pytestmark = pytest.mark.processes
READY_SECONDS_MAX = 200


@pytest.fixture
def demo_environment():
    """An environment of its own for one demo, with engines of its own."""
    folder = Path(tempfile.mkdtemp(prefix="scf-demo-", dir="/var/tmp"))
    folder.chmod(0o711)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "SCF_", "DJANGO"))}
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "CELERY_BROKER_URL"):
        inherited.pop(name, None)
    yield {
        **inherited,
        "SCF_RUN_DIR": str(folder / "run"),
        "SCF_PORT": str(free_port()),
        "SCF_BANK_PORT": str(free_port()),
        "SCF_REGISTER_PORT": str(free_port()),
        "SCF_KEEPER_PORT": str(free_port()),
        "PYTHONUNBUFFERED": "1",
    }
    shutil.rmtree(folder, ignore_errors=True)


def users_of(run_dir):
    """Living processes that name the run directory, on their command line or in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            is_user = process.environ().get("SCF_RUN_DIR") == run_dir or run_dir in " ".join(process.cmdline())
            if is_user and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def start(environment):
    demo = subprocess.Popen(
        [sys.executable, "manage.py", "demo"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    said = []
    deadline = time.monotonic() + READY_SECONDS_MAX
    for line in demo.stdout:
        said.append(line)
        if line.startswith("Ready after") or time.monotonic() > deadline:
            break
    assert said[-1:], "the demo said nothing"
    assert said[-1].startswith("Ready after"), "".join(said)
    return demo


def until_gone(run_dir):
    deadline = time.monotonic() + 20
    while users := users_of(run_dir):
        assert time.monotonic() < deadline, f"left behind: {[user.cmdline() for user in users]}"
        time.sleep(0.1)


def test_answers_refuses_a_second_one_and_stops_cleanly(demo_environment):
    demo = start(demo_environment)
    health = requests.get(f"http://127.0.0.1:{demo_environment['SCF_PORT']}/healthz", timeout=5)
    second = subprocess.run(
        [sys.executable, "manage.py", "demo"], cwd=ROOT, env=demo_environment, capture_output=True, text=True
    )

    demo.send_signal(signal.SIGINT)
    rest, _ = demo.communicate(timeout=30)

    assert health.status_code == 200
    assert "runs already" in second.stderr
    assert demo.returncode == 0
    assert "Stopped." in rest
    until_gone(demo_environment["SCF_RUN_DIR"])

    # Killed without a chance to clean up, it takes everything with it all the same
    began = time.monotonic()
    demo = start(demo_environment)
    assert time.monotonic() - began < 60
    demo.kill()
    demo.communicate()
    until_gone(demo_environment["SCF_RUN_DIR"])


def test_the_stack_of_the_tests_runs_the_product_as_the_applications_role(tmp_path):
    with Stack.start(tmp_path) as stack:
        stack.wait_until(
            lambda: requests.get(f"{stack.web_url}/healthz?of=all", timeout=5).status_code == 200, what="a heartbeat"
        )
        with stack.connect() as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("scf_app",)

        stack.kill("worker", "sandbox bank")
        stack.run("worker", "sandbox bank")
        assert requests.get(f"{stack.bank_url}/healthz", timeout=5).status_code == 200
