"""Databases of tests. Migrating takes half a minute of work, copying a moment: a run migrates one and copies it."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = "SCF_TEST_TEMPLATE"  # its name, the same for all processes of a run


def owner_url() -> str:
    """The owner's address; the application's where both are one role."""
    return os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]


def in_database(url: str, database: str) -> str:
    """The same server and role, another database."""
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def create(name: str, *, template: str = "template1") -> None:
    """A copy of `template`, of the owner. What the server keeps about a database as a whole is not copied."""
    _as_owner("CREATE DATABASE {} TEMPLATE {}", name, template)


def drop(name: str) -> None:
    """Remove the database, whoever is still connected."""
    _as_owner("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def migrated() -> str:
    """The name of a database with every table, made by the first who asks; the others wait."""
    name = os.environ[TEMPLATE]
    with psycopg.connect(owner_url(), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            _migrate(name)
    return name


def _migrate(name: str) -> None:
    half_made = f"{name}_half"
    drop(half_made)
    create(half_made)
    addresses = {url: in_database(os.environ[url], half_made) for url in ("DATABASE_URL", "DATABASE_OWNER_URL")
                 if url in os.environ}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT, env={**os.environ, **addresses, "DJANGO_SETTINGS_MODULE": "scf.settings.test"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, f"migrate: {done.stdout}{done.stderr}"
    _as_owner("ALTER DATABASE {} RENAME TO {}", half_made, name)


def _as_owner(statement: str, *names: str) -> None:
    with psycopg.connect(owner_url(), autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
