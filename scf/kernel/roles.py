"""Rights of the application's database role.

The owner migrates; the application's own role reads and writes rows and no
more: it alters no table, and what is append-only (audit rows, posted legs,
loan events) it can neither change nor delete. A model says so with the class
attribute `append_only = True`. Rows of a lender are shown to nobody who acts for another one (`lenders`).
"""

import logging

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.signals import post_migrate
from psycopg import errors, sql

from scf.domain.errors import DomainError

from . import lenders

logger = logging.getLogger(__name__)


class RoleMissing(DomainError):
    """The application's database role does not exist and this owner may not create it."""

    code = "DATABASE_ROLE_MISSING"


def connect() -> None:
    """Grant after every migrate; the kernel's own signal comes once, when all tables are there."""
    post_migrate.connect(_after_migrate, sender=apps.get_app_config("kernel"), dispatch_uid="scf.kernel.roles")


def _after_migrate(sender: AppConfig, using: str, **kwargs: object) -> None:
    grant(using=using)


def grant(*, using: str = DEFAULT_DB_ALIAS) -> bool:
    """Give the application's role exactly its rights; False where owner and application are one role.

    Run as the owner. Safe to repeat. Raises RoleMissing.
    """
    connection = connections[using]
    role = settings.DATABASE_APP_ROLE
    # One transaction: a running product never sees its rights half granted.
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_schema(), current_database()")
        owner, schema, database = cursor.fetchone()
        if owner == role or not settings.DATABASE_AS_OWNER:
            logger.warning("one database role for owner and application: append-only tables are not protected")
            return False
        _ensure_role(connection, role)
        tables = set(connection.introspection.table_names(cursor))
        for statement in _statements(role, schema, database, tables):
            cursor.execute(statement)
    return True


def append_only_tables() -> list[str]:
    """The tables whose rows are facts."""
    facts = [model._meta.db_table for model in apps.get_models() if getattr(model, "append_only", False)]
    return sorted(facts)


def _statements(role: str, schema: str, database: str, tables: set[str]) -> list[sql.Composed]:
    names = {"role": sql.Identifier(role), "schema": sql.Identifier(schema), "database": sql.Identifier(database)}
    statements = [
        "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}",
        "REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC",
        "REVOKE CREATE ON SCHEMA {schema} FROM {role}",
        # a table of one's own could carry a trigger of one's own, and triggers may do more than a person may
        "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
        "REVOKE TEMPORARY ON DATABASE {database} FROM {role}",
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
    ]
    composed = [sql.SQL(statement).format(**names) for statement in statements]
    forbidden = [(table, "UPDATE, DELETE, TRUNCATE") for table in append_only_tables()]
    forbidden.append((MigrationRecorder.Migration._meta.db_table, "INSERT, UPDATE, DELETE, TRUNCATE"))
    for table, rights in forbidden:
        if table not in tables:
            continue  # a partial migrate has not come so far yet
        revoke = sql.SQL("REVOKE " + rights + " ON {table} FROM {role}")
        composed.append(revoke.format(table=sql.Identifier(schema, table), role=names["role"]))
    return composed + lenders.policies(schema, tables)


def _ensure_role(connection: BaseDatabaseWrapper, role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone():
            return
        create = sql.SQL("CREATE ROLE {role} LOGIN PASSWORD {password}").format(
            role=sql.Identifier(role), password=sql.Literal(settings.DATABASE_APP_PASSWORD or None)
        )
        try:
            cursor.execute(create)
        except Exception as problem:
            if not isinstance(problem.__cause__, errors.InsufficientPrivilege):
                raise
            raise RoleMissing(
                f"The database role '{role}' does not exist and the owner may not create it. Let the database's "
                f"administrator run: CREATE ROLE {role} LOGIN PASSWORD '...'; then migrate again.",
                role=role,
            ) from problem
