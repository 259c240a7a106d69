"""Django's SQLite engine with our build, our durability and our queue of writers.

Django imports ``sqlite3`` by name; this engine opens its connections with ``build.Database`` instead. Reads outside a
transaction never touch the lock file; every transaction is a write transaction (``BEGIN IMMEDIATE``) and queues.
"""

from __future__ import annotations

import datetime
import decimal
import os
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base as django_base
from django.db.backends.sqlite3._functions import register as register_functions
from django.utils.dateparse import parse_date, parse_datetime, parse_time

from bihuan.config.sqlite import build
from bihuan.config.sqlite.features import DatabaseFeatures
from bihuan.config.sqlite.queue import WriteQueue

Database = build.Database
stock: Any = django_base  # Django's stubs do not know what an engine may override
_WRITES = re.compile(
    r"\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP|VACUUM|REINDEX|WITH(?=\s.*\b(INSERT|UPDATE|DELETE)\b))\b",
    re.IGNORECASE | re.DOTALL,
)
_EXECUTE = Database.Cursor.execute
_SETTINGS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA legacy_alter_table = OFF",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # NORMAL loses acknowledged writes in a power cut
    "PRAGMA secure_delete = ON",  # erased words are overwritten with zeros
    "PRAGMA temp_store = MEMORY",  # no personal data in temporary files
    "PRAGMA cache_size = -8000",  # kB a connection, and each thread of a worker has one
)


def _decoded(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda raw: parse(raw.decode())


if Database is not stock.Database:
    Database.register_converter("bool", b"1".__eq__)
    Database.register_converter("date", _decoded(parse_date))
    Database.register_converter("time", _decoded(parse_time))
    Database.register_converter("datetime", _decoded(parse_datetime))
    Database.register_converter("timestamp", _decoded(parse_datetime))
    Database.register_adapter(decimal.Decimal, str)
    Database.register_adapter(datetime.date, stock.adapt_date)
    Database.register_adapter(datetime.datetime, stock.adapt_datetime)


class Connection(Database.Connection):  # type: ignore[misc, name-defined]
    """A connection that knows its place in the queue of writers (none for a database in memory)."""

    queue: WriteQueue | None = None


class Cursor(Database.Cursor):  # type: ignore[misc, name-defined]
    """Django's placeholders for SQLite's, and a turn in the queue for a write outside a transaction."""

    def execute(self, query: str, params: Any = None) -> Any:
        """Run one statement; ``params`` as Django gives them (list for ``%s``, mapping for ``%(name)s``)."""
        queue = self.connection.queue
        if queue is None or queue.held:  # in our turn already: the door's statements take the shortest way
            return _EXECUTE(self, query) if params is None else _EXECUTE(self, _converted(query, params), params)
        if params is None:
            return self._in_turn(query, lambda: super(Cursor, self).execute(query))
        converted = _converted(query, params)
        return self._in_turn(query, lambda: super(Cursor, self).execute(converted, params))

    def executemany(self, query: str, param_list: Iterable[Any]) -> Any:
        """Run one statement for each set of parameters."""
        rest = iter(param_list)
        first = next(rest, None)
        if first is None:
            return self
        converted, everything = _converted(query, first), chain([first], rest)
        return self._in_turn(query, lambda: super(Cursor, self).executemany(converted, everything))

    def _in_turn(self, query: str, run: Callable[[], Any]) -> Any:
        queue = self.connection.queue
        if queue is None or queue.held or self.connection.in_transaction or not _WRITES.match(query):
            return run()
        queue.enter()
        try:
            return run()
        finally:
            queue.leave()


def _converted(query: str, params: Any) -> str:
    if type(params) is list:
        return _with_qmarks(query)
    if isinstance(params, Mapping):
        return query % {key: f":{key}" for key in params}
    return _with_qmarks(query)


@lru_cache(maxsize=1024)
def _with_qmarks(query: str) -> str:
    return str(stock.FORMAT_QMARK_REGEX.sub("?", query)).replace("%%", "%")


class DatabaseWrapper(stock.DatabaseWrapper):  # type: ignore[misc]
    """One connection to the jurisdiction's file. ``NAME`` is a path, or ``:memory:`` in a test."""

    Database = Database
    features_class = DatabaseFeatures
    _queue: WriteQueue | None = None

    def get_connection_params(self) -> dict[str, Any]:
        """As Django's, with our connection class; write transactions take their lock when they begin."""
        params: dict[str, Any] = super().get_connection_params()
        self.transaction_mode = "IMMEDIATE"
        params["detect_types"] = Database.PARSE_DECLTYPES | Database.PARSE_COLNAMES
        params["factory"] = Connection
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Open the file (created for its owner alone), set our pragmas. Raises ImproperlyConfigured, see build.claim."""
        path = self._path()
        if path is not None:
            _create(path)
            build.claim(str(path))
            self._queue = WriteQueue(Path(f"{path}.lock"))
        connection = Database.connect(**conn_params)
        connection.queue = self._queue
        register_functions(connection)
        connection.create_function("bihuan_sha256", 1, _sha256, deterministic=True)
        if self._queue is not None and _mode(connection) != "wal":
            self._queue.enter()  # changing the journal mode needs the file alone; reading in it later does not
        try:
            for statement in (*_SETTINGS, *self.init_commands):
                if statement.strip():
                    connection.execute(statement)
        finally:
            self._leave()
        return connection

    def create_cursor(self, name: str | None = None) -> Any:  # noqa: ARG002 - Django passes it
        """A cursor of ours; server-side cursors (``name``) do not exist in SQLite."""
        return self.connection.cursor(factory=Cursor)

    def _path(self) -> Path | None:
        name = str(self.settings_dict["NAME"])
        if self.is_in_memory_db() or name.startswith("file:"):
            return None
        return Path(name).resolve()

    def _start_transaction_under_autocommit(self) -> None:
        if self._queue is not None:
            self._queue.enter()
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self._leave()
            raise

    def _commit(self) -> None:
        super()._commit()  # when it fails Django rolls back, and only then the next writer may come
        self._leave()

    def _rollback(self) -> None:
        try:
            super()._rollback()
        finally:
            self._leave()

    def _close(self) -> None:
        try:
            super()._close()
        finally:
            if self._queue is not None:
                self._queue.close()
                self._queue = None
                build.release(str(self._path()))

    def _leave(self) -> None:
        if self._queue is not None:
            self._queue.leave()


def _sha256(text: str) -> bytes:
    """What PostgreSQL does by itself: the ledger chains an entry in one statement."""
    return sha256(text.encode()).digest()


def _mode(connection: Any) -> str:
    return str(connection.execute("PRAGMA journal_mode").fetchone()[0])


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
