"""Rows straight to the database: one INSERT for many, in the form each database stores, without model instances."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

ROWS_AT_ONCE = 2000
"""Rows of up to 16 columns in one INSERT: below SQLite's limit of 32,766 parameters and PostgreSQL's 65,535."""


@lru_cache(maxsize=256)
def insert_sql(table: str, columns: tuple[str, ...], rows: int, tail: str = "") -> str:
    """``INSERT INTO table (columns) VALUES (..),(..) tail`` with a placeholder for every value."""
    one = "(" + ",".join(["%s"] * len(columns)) + ")"
    return f"INSERT INTO {table} ({','.join(columns)}) VALUES {','.join([one] * rows)} {tail}".rstrip()


Rows = list[tuple[Any, ...]]


def insert(
    connection: BaseDatabaseWrapper, table: str, columns: tuple[str, ...], rows: Sequence[Sequence[Any]], tail: str = ""
) -> Rows:
    """Insert ``rows`` (one statement for each two thousand); with a RETURNING in ``tail``, give back what it returns."""
    return insert_later(connection, table, columns, rows, tail)()


def insert_later(
    connection: BaseDatabaseWrapper, table: str, columns: tuple[str, ...], rows: Sequence[Sequence[Any]], tail: str = ""
) -> Callable[[], Rows]:
    """``insert`` among others ``together``: what it gives back is asked for when they have ended."""
    returning, asked = "RETURNING" in tail, []
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[start : start + ROWS_AT_ONCE]
        sql = insert_sql(table, columns, len(part), tail)
        values = [*part[0]] if len(part) == 1 else [value for row in part for value in row]
        if returning:
            asked.append(run_later(connection, sql, values))
        else:
            steady(connection).execute(sql, values)
    return asked[0] if len(asked) == 1 else lambda: [row for one in asked for row in one()]


_KEPT = "_bihuan_steady"


class Steady:
    """A cursor that goes the shortest way to the driver's, with Django's errors; by Django's own where somebody listens.

    On PostgreSQL it is one that hands values over beside the statement, so that the server keeps the plan of a statement it
    has seen some times (``prepare_threshold`` among the settings); Django's writes them into the text, read anew each time.
    """

    __slots__ = ("_connection", "_cursor", "_ran", "_raw")

    def __init__(self, connection: BaseDatabaseWrapper, cursor: Any) -> None:
        """``cursor``: Django's."""
        self._connection, self._cursor = connection, cursor
        driver: Any = connection
        self._raw = driver.Database.Cursor(driver.connection) if connection.vendor == "postgresql" else cursor.cursor
        self._ran = self._raw

    def execute(self, sql: str, params: Sequence[Any]) -> None:
        """Run one statement. Raises Django's errors of databases."""
        connection = self._connection
        if connection.execute_wrappers:
            self._ran = self._cursor
            self._cursor.execute(sql, params)
            return
        self._ran = self._raw
        connection.validate_no_broken_transaction()
        with connection.wrap_database_errors:
            self._raw.execute(sql, params)

    def fetchall(self) -> Rows:
        """Every row of the last statement."""
        with self._connection.wrap_database_errors:
            return list(self._ran.fetchall())

    @property
    def rowcount(self) -> int:
        """How many rows the last statement changed."""
        return int(self._ran.rowcount)


def steady(connection: BaseDatabaseWrapper) -> Any:
    """A cursor of this connection that is kept for its next statements: making one costs as much as a small statement.

    Whoever runs a statement on it fetches all its rows before he gives up control.
    """
    kept = getattr(connection, _KEPT, None)
    if kept is not None and kept[0] is not None and kept[0] is connection.connection and not connection.force_debug_cursor:
        return kept[1]
    cursor = connection.cursor()
    if connection.queries_logged:
        return cursor
    kept = (connection.connection, Steady(connection, cursor))
    setattr(connection, _KEPT, kept)
    return kept[1]


def run_later(connection: BaseDatabaseWrapper, sql: str, params: Sequence[Any]) -> Callable[[], Rows]:
    """Run one statement, also among others ``together``; its rows are asked for when they have ended."""
    if connection.vendor != "postgresql":
        cursor = steady(connection)
        cursor.execute(sql, params)
        rows: Rows = cursor.fetchall()
        return lambda: rows
    cursor = connection.cursor()
    own: Any = cursor if connection.queries_logged else Steady(connection, cursor)
    own.execute(sql, params)
    asked: Callable[[], Rows] = own.fetchall
    return asked


@contextmanager
def together(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Statements of which none needs another's rows: PostgreSQL gets them one after the other, and all its answers are
    awaited once, at the end. In a transaction's first ones its BEGIN goes along.

    A fault of one of them is raised at the end at the latest, as the same error, and the transaction is lost as ever.
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def instant(connection: BaseDatabaseWrapper, at: datetime) -> datetime | str:
    """An aware instant as this database's parameter."""
    return at if connection.vendor == "postgresql" else plain(at)


@lru_cache(maxsize=1024)
def plain(at: datetime) -> str:
    """An aware instant as SQLite keeps it. Kept: the rows of one act name few instants many times."""
    return str(at.astimezone(UTC).replace(tzinfo=None))


def read_instant(value: datetime | str) -> datetime:
    """An instant as a raw cursor gives it, aware in UTC."""
    read = datetime.fromisoformat(value) if isinstance(value, str) else value
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
