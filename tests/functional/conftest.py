"""The world of the functional tests, in which time stands still."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql

from scf.kernel import lenders
from tests.trade_world import TradeWorld


@pytest.fixture(autouse=True)
def guarded(request: pytest.FixtureRequest) -> None:
    """Under row-level security, as the application is in production; it ends with the transaction of the test."""
    wants = {"db", "transactional_db"} & set(request.fixturenames) or request.node.get_closest_marker("django_db")
    if not wants or "transactional_db" in request.fixturenames or not settings.DATABASE_AS_OWNER:
        return
    request.getfixturevalue("db")
    with connection.cursor() as cursor:
        for model in lenders.owned_models():
            table = sql.Identifier(model._meta.db_table)
            cursor.execute(sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(table))


@pytest.fixture
def world(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TradeWorld]:
    """Everybody and an in-process bank; an order of 100 pieces, of which 90 were received."""
    made = TradeWorld(tmp_path)
    made.patch = monkeypatch
    with made.running():
        made.order()
        made.receipt()
        yield made
