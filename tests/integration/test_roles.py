"""The application's database role is refused what it must never do."""

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from psycopg import errors, sql

from scf.kernel import roles

pytestmark = pytest.mark.skipif(
    not settings.DATABASE_AS_OWNER, reason="one database role for owner and application: nothing to tell apart"
)


@pytest.fixture
def as_app(db):
    """A connection of the application's own role to the test database."""
    parameters = {**connection.get_connection_params(), "user": settings.DATABASE_APP_ROLE}
    parameters.pop("cursor_factory", None)
    parameters.pop("context", None)
    with psycopg.connect(**parameters, autocommit=True) as app:
        yield app


def facts():
    return [model for model in apps.get_models() if getattr(model, "append_only", False)]


def test_the_audit_trail_is_a_fact():
    assert "kernel_auditentry" in roles.append_only_tables()


@pytest.mark.parametrize("model", facts(), ids=lambda model: model._meta.label)
def test_facts_can_be_added_and_read_but_not_changed_or_removed(as_app, model: type[models.Model]):
    table = sql.Identifier(model._meta.db_table)
    column = sql.Identifier(model._meta.pk.column)

    as_app.execute(sql.SQL("SELECT 1 FROM {}").format(table))
    assert as_app.execute("SELECT has_table_privilege(%s, 'INSERT')", [model._meta.db_table]).fetchone() == (True,)

    for statement in ("UPDATE {table} SET {column} = {column}", "DELETE FROM {table}", "TRUNCATE {table}"):
        with pytest.raises(errors.InsufficientPrivilege):
            as_app.execute(sql.SQL(statement).format(table=table, column=column))


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE kernel_auditentry DISABLE TRIGGER ALL",
        "DROP TABLE kernel_auditentry",
        "CREATE TABLE mine (id int)",
        "DELETE FROM django_migrations",
        "GRANT UPDATE ON kernel_auditentry TO scf_app",
        "SET ROLE scf_owner",
    ],
)
def test_tables_and_rights_are_the_owners(as_app, statement):
    # PostgreSQL only warns where nothing could be granted: what counts is that the right is still missing
    try:
        as_app.execute(statement)
    except errors.InsufficientPrivilege:
        return
    assert statement.startswith("GRANT")
    assert as_app.execute("SELECT has_table_privilege('kernel_auditentry', 'UPDATE')").fetchone() == (False,)


def test_other_rows_are_the_applications_to_write(as_app):
    as_app.execute("UPDATE django_session SET session_data = session_data")
    as_app.execute("DELETE FROM django_session")
