"""Reading a whole database as it was at one instant, while people go on writing; the same bytes from both databases.

A row is written as a JSON array of its values: numbers, text, flags as 0 or 1, bytes in base64, instants as
``2026-10-12T02:00:00.000000+00:00``, days as ``2026-10-12``, JSON as a text with sorted keys.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from importlib import import_module
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection, transaction

from bihuan.ledger.chain import root_after
from bihuan.safekeeping.tables import Kind, Table

PAGE = 5000
"""Rows read, and written into one part of an archive, at once."""
LEDGER = "ledger_entry"
Row = Sequence[Any]
_VALUES: dict[str, dict[Kind, str]] = {
    "sqlite": {
        "instant": "CASE length({0}) WHEN 19 THEN replace({0}, ' ', 'T') || '.000000+00:00' "
        "ELSE replace(CAST({0} AS TEXT), ' ', 'T') || '+00:00' END",
        "day": "CAST({0} AS TEXT)",
    },
    "postgresql": {
        "instant": """to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')""",
        "day": "to_char({0}, 'YYYY-MM-DD')",
        "flag": "{0}::int",
        "json": "{0}::text",
    },
}
_encode = msgspec.json.Encoder().encode


class Snapshot:
    """The database at one instant. ``pages`` gives a table's rows in the order of their keys."""

    def __init__(self, vendor: str, fetch: Callable[[str, tuple[object, ...]], list[Row]]) -> None:
        """``fetch`` runs one statement with ``%s`` in it."""
        self.vendor = vendor
        self._fetch = fetch

    def pages(self, table: Table, size: int = PAGE) -> Iterator[list[Row]]:
        """Page by page, each value as an archive holds it."""
        forms = _VALUES[self.vendor]
        columns = ", ".join(forms.get(one.kind, "{0}").format(f'"{one.name}"') for one in table.columns)
        structured = [place for place, one in enumerate(table.columns) if one.kind == "json"]
        key = next(place for place, one in enumerate(table.columns) if one.name == table.key)
        ask = f'SELECT {columns} FROM "{table.name}" WHERE "{table.key}" > %s ORDER BY "{table.key}" LIMIT {size}'
        after = -(2**63)
        while rows := self._fetch(ask, (after,)):
            yield [_with_sorted_keys(row, structured) for row in rows] if structured else rows
            after = rows[-1][key]

    def last_numbers(self, tables: Sequence[Table]) -> dict[str, int]:
        """The last number each table has given to a row, rows that are gone included (0 = none yet)."""
        if self.vendor == "sqlite":
            given: dict[str, int] = {name: int(last) for name, last in self._fetch("SELECT name, seq FROM sqlite_sequence", ())}
            return {table.name: given.get(table.name, 0) for table in tables}
        ask = "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence(%s, %s)::regclass), 0)"
        return {table.name: int(self._fetch(ask, (table.name, table.key))[0][0]) for table in tables}


def _with_sorted_keys(row: Row, places: list[int]) -> Row:
    values = list(row)
    for place in places:
        if values[place] is not None:
            values[place] = json.dumps(json.loads(values[place]), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return values


def lines(rows: Sequence[Row]) -> bytes:
    """Rows as an archive holds them: one JSON array a line."""
    return b"".join([_encode(row) + b"\n" for row in rows])


class Sum:
    """Number and digest of a table's rows as they pass; of the ledger also its last id and its root, as anchors note it."""

    def __init__(self, table: Table) -> None:
        self.rows, self.last, self.root = 0, 0, b""
        self._digest = sha256()
        columns = [column.name for column in table.columns]
        self._ledger = (columns.index("id"), columns.index("hash")) if table.name == LEDGER else None

    def add(self, rows: Sequence[Row], text: bytes) -> None:
        """Take in a page: its rows (bytes as bytes) and its lines."""
        self.rows += len(rows)
        self._digest.update(text)
        if self._ledger:
            number, digest = self._ledger
            for row in rows:
                self.last = row[number]
                self.root = root_after(self.root, self.last, bytes(row[digest]))

    def hex(self) -> str:
        """The digest so far."""
        return self._digest.hexdigest()


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    """The database as it is now; what is committed inside the block is not seen. Nobody is kept waiting by it."""
    if connection.vendor == "postgresql":
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield Snapshot("postgresql", lambda sql, values: _asked(cursor, sql, values))
        return
    # A plain transaction, not one of ours: ours stand in the queue of writers. In WAL it sees what was there when it began.
    build = import_module(f"{settings.DATABASES['default']['ENGINE']}.build")
    own = build.Database.connect(str(connection.settings_dict["NAME"]), isolation_level=None)
    try:
        own.execute("PRAGMA query_only = ON")
        own.execute("BEGIN")
        own.execute("SELECT count(*) FROM sqlite_master")  # from this look on it stands still
        yield Snapshot("sqlite", lambda sql, values: own.execute(sql.replace("%s", "?"), values).fetchall())
    finally:
        own.close()


def _asked(cursor: Any, sql: str, values: tuple[object, ...]) -> list[Row]:
    cursor.execute(sql, values)
    rows: list[Row] = cursor.fetchall()
    return rows


def sums(tables: Sequence[Table]) -> dict[str, Sum]:
    """Every table's number of rows and digest as they are in the database now, at one instant."""
    counted = {table.name: Sum(table) for table in tables}
    with snapshot() as there:
        for table in tables:
            for rows in there.pages(table):
                counted[table.name].add(rows, lines(rows))
    return counted
