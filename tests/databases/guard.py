"""Lifting the append-only triggers for the one moment in which a test's database is emptied."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

_TABLES = (
    "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
    "WHERE NOT tgisinternal AND pg_table_is_visible(tgrelid)"
)


@contextmanager
def lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """No trigger of the product stands inside the block; all of them stand again after it, whatever happens inside."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_TABLES)
            tables = [table for (table,) in cursor.fetchall()]
            down = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables]
            up = [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables]
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE%'")
            triggers = cursor.fetchall()
        down = [f'DROP TRIGGER "{name}"' for name, _sql in triggers]
        up = [sql for _name, sql in triggers]
    _run(connection, down)
    try:
        yield
    finally:
        _run(connection, up)


def _run(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
