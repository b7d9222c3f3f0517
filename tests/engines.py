"""Pytest plugin: one embedded PostgreSQL and Redis for the whole run.

Loaded before Django reads its settings (see addopts). The process that the
user started holds the engines, so they stop however the run ends; the workers
of xdist inherit the addresses and get a copy each of one migrated database from pytest-django.
Nothing is started where the environment names servers.
"""

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path

import pytest

from scf.kernel import embedded
from tests import databases

ADDRESSES = {"DATABASE_URL", "CELERY_BROKER_URL"}


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config, parser, args):
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    os.environ[databases.TEMPLATE] = f"test_template_{secrets.token_hex(6)}"
    if "DATABASE_OWNER_URL" in os.environ:
        os.environ["SCF_DB_AS_OWNER"] = "1"
    if os.environ.keys() >= ADDRESSES:
        atexit.register(databases.drop, os.environ[databases.TEMPLATE])
        return
    run_dir = Path(tempfile.mkdtemp(prefix="scf-test-", dir=_folder()))
    run_dir.chmod(0o711)
    engines = embedded.hold(run_dir, is_forgetful=True)
    engines.offer(os.environ)
    # Tests make their databases themselves, as the owner; what the application's role may do is tested by name.
    os.environ["SCF_DB_AS_OWNER"] = "1"
    os.environ["SCF_RUN_DIR"] = str(run_dir)
    # Not a pytest hook: a run that fails while it is still collecting must clean up, too.
    atexit.register(_clean_up, engines, run_dir)


def _clean_up(engines: embedded.Engines, run_dir: Path) -> None:
    engines.release()
    shutil.rmtree(run_dir, ignore_errors=True)


def _folder() -> str:
    """Where every user may pass, so that a checkout below a closed folder does not matter."""
    return "/var/tmp" if os.access("/var/tmp", os.W_OK) else tempfile.gettempdir()
