"""The floor: the same SQL without the product. Statements of real calls are captured and run again by the driver alone.

A captured write is replayed with fresh values in the columns that must be unique, in one durable transaction, on a
connection of its own with the same settings. A captured read is replayed as it was and its rows are fetched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from secrets import token_hex
from typing import Any

from django.db import connection

from bihuan.config.sqlite.base import _SETTINGS, Database

_WRITE = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH\b(?=.*\b(INSERT INTO|UPDATE \"|DELETE FROM)))", re.IGNORECASE | re.DOTALL)
_COLUMNS = re.compile(r"INSERT INTO \"?(\w+)\"? \(([^)]*)\)", re.IGNORECASE)
_UNIQUE = ("number", "tracking_hash", "request_id")
_fresh = count(1)
_RUN = token_hex(4)
"""Keys of this process, so that a place can be measured again."""


@dataclass(slots=True)
class Captured:
    """The statements of one call with their parameters; ``rows``: how many rows they write."""

    statements: list[tuple[str, list[Any]]] = field(default_factory=list)

    @property
    def writes(self) -> list[tuple[str, list[Any]]]:
        """Only what changes something."""
        return [one for one in self.statements if _WRITE.match(one[0])]


@contextmanager
def captured() -> Iterator[Captured]:
    """What this thread executes meanwhile."""
    found = Captured()

    def see(run: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        found.statements.append((sql, list(params or ())))
        return run(sql, params, many, context)

    with connection.execute_wrapper(see):
        yield found


class Bare:
    """A connection of the driver's own, set up as the product's."""

    def __init__(self) -> None:
        """Open it; with the product's own settings of a session."""
        connection.ensure_connection()
        parameters = connection.get_connection_params()
        self.postgres = connection.vendor == "postgresql"
        if self.postgres:
            same = ("dbname", "user", "host", "port", "options", "prepare_threshold")
            keep = {name: parameters[name] for name in same if parameters.get(name) is not None}
            self.driver = connection.Database.connect(**keep, autocommit=True)
        else:
            self.driver = Database.connect(parameters["database"], timeout=30, isolation_level=None)
            for statement in _SETTINGS:
                self.driver.execute(statement)

    def close(self) -> None:
        """Close it."""
        self.driver.close()

    def reads(self, statements: Sequence[tuple[str, list[Any]]]) -> Callable[[], None]:
        """A function that runs the statements and fetches their rows."""
        ready = [(self._sql(sql), params) for sql, params in statements]

        def run() -> None:
            cursor = self.driver.cursor()
            for sql, params in ready:
                cursor.execute(sql, params)
                cursor.fetchall()

        return run

    def writes(self, call: Captured) -> Callable[[], None]:
        """A function that writes the same rows anew, with fresh keys, and commits."""
        ready = [_Write(self._sql(sql), sql, params) for sql, params in call.writes]

        def run() -> None:
            cursor, case_id, mark = self.driver.cursor(), 0, f"bare-{_RUN}-{next(_fresh)}"
            cursor.execute("BEGIN" if self.postgres else "BEGIN IMMEDIATE")
            for write in ready:
                cursor.execute(write.sql, write.fresh(mark, case_id))
                if write.returning:
                    row = cursor.fetchall()[0]
                    case_id = row[0] if write.table == "cases_case" else case_id
            cursor.execute("COMMIT")

        return run

    def _sql(self, sql: str) -> str:
        return sql if self.postgres else sql.replace("%s", "?").replace("%%", "%")


class _Write:
    """One statement that writes, be it into several tables, with the places of those parameters that must be fresh."""

    def __init__(self, sql: str, original: str, params: list[Any]) -> None:
        self.sql, self.params = sql, params
        self.returning = "RETURNING" in original.upper()
        inserts = list(_COLUMNS.finditer(original))
        self.table = inserts[0][1] if inserts else ""
        columns = _columns(original, inserts, len(params))
        self.marks = [n for n, column in enumerate(columns) if column in _UNIQUE]
        self.streams = [n for n, column in enumerate(columns) if column == "stream"]
        self.cases = [n for n, column in enumerate(columns) if column == "case_id"]

    def fresh(self, mark: str, case_id: int) -> list[Any]:
        """The parameters with fresh keys; of a call that opened no case, the case stays and only its stream is new."""
        values = self.params.copy()
        for n in self.marks:
            values[n] = mark
        for n in self.streams:
            values[n] = mark
        if case_id:
            for n in self.cases:
                values[n] = case_id
        return values


def _columns(sql: str, inserts: Sequence[re.Match[str]], number: int) -> list[str]:
    """Into which column each parameter goes, "" where into none: those of each INSERT fill its columns row after row."""
    found = [""] * number
    ends = [one.start() for one in inserts[1:]] + [len(sql)] * bool(inserts)
    for one, end in zip(inserts, ends, strict=True):
        columns = [name.strip().strip('"') for name in one[2].split(",")]
        first = sql.count("%s", 0, one.start())
        for n in range(sql.count("%s", one.start(), end)):
            found[first + n] = columns[n % len(columns)]
    return found
