"""A lender sees its own rows only, and PostgreSQL sees to it (row-level security).

A model whose rows belong to one lender says so:

    lender_rows = "bank"                  # the field that names the lender
    lender_rows = "loan"                  # or the field that names a row which belongs to one
    lender_rows = lenders.NONE            # or that no lender ever sees one, such as what a borrower would pay at most

While a request acts for a lender (`only`), the application's role is shown no row of another lender in those tables and
can write none, whatever the query says: a filter that was forgotten shows nothing. Workers, the platform's people and
suppliers act for no lender, and see what the queries say.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import psycopg
from django.apps import apps
from django.db import connection, models
from django.db.backends.signals import connection_created
from psycopg import sql

SETTING = "scf.lender"
NONE = "-"
POLICY = "own_rows_of_a_lender"
_acting: ContextVar[int | None] = ContextVar("acting_lender", default=None)
# Asked once a query, not once a row; empty where nobody acts for a lender.
_LENDER = "(SELECT nullif(current_setting('scf.lender', true), ''))"


@contextmanager
def only(lender_id: int) -> Iterator[None]:
    """Until the end of the block, this thread's queries are one lender's."""
    token = _acting.set(lender_id)
    try:
        _tell(connection, lender_id)
        yield
    finally:
        _acting.reset(token)
        _tell(connection, _acting.get())


def _tell(to: Any, lender_id: int | None) -> None:
    """Say so to the server, past Django's query log; a connection that cannot be told is not used any further."""
    if to.connection is None:
        return  # a new one is told as it is made
    try:
        to.connection.execute(f"SELECT set_config('{SETTING}', %s, false)", [str(lender_id or "")])
    except psycopg.Error:
        if not to.in_atomic_block:
            to.close()


def _on_connect(sender: object, connection: Any, **kwargs: object) -> None:
    """A connection made in the middle of a request acts for the same lender."""
    if _acting.get() is not None:
        _tell(connection, _acting.get())


connection_created.connect(_on_connect, dispatch_uid="scf.kernel.lenders")


def owned_models() -> list[type[models.Model]]:
    """The models whose rows belong to one lender."""
    return [model for model in apps.get_models() if getattr(model, "lender_rows", "")]


def policies(schema: str, tables: set[str]) -> list[sql.Composed]:
    """Statements that let the application's role see a lender's own rows only; safe to repeat. Run as the owner."""
    composed = []
    for model in owned_models():
        table = model._meta.db_table
        if table not in tables:
            continue  # a partial migrate has not come so far yet
        names = {"table": sql.Identifier(schema, table), "policy": sql.Identifier(POLICY), "rule": _rule(model)}
        composed += [
            sql.SQL(statement).format(**names)
            for statement in (
                "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
                "DROP POLICY IF EXISTS {policy} ON {table}",
                "CREATE POLICY {policy} ON {table} USING ({rule}) WITH CHECK ({rule})",
            )
        ]
    return composed


def _rule(model: type[models.Model]) -> sql.Composable:
    if model.lender_rows == NONE:  # type: ignore[attr-defined]
        return sql.SQL("(" + _LENDER + " IS NULL)")
    field: Any = model._meta.get_field(model.lender_rows)  # type: ignore[attr-defined]
    parent: Any = field.related_model
    column = sql.Identifier(model._meta.db_table, field.column)  # the parent may have a column of that name, too
    if getattr(parent, "lender_rows", ""):  # the parent's own rule says which of its rows are there
        own = sql.SQL("EXISTS (SELECT 1 FROM {parent} p WHERE p.{key} = {column})").format(
            parent=sql.Identifier(parent._meta.db_table), key=sql.Identifier(parent._meta.pk.column), column=column
        )
    else:
        own = sql.SQL("{column} = " + _LENDER + "::bigint").format(column=column)
    return sql.SQL("(" + _LENDER + " IS NULL OR {own})").format(own=own)
