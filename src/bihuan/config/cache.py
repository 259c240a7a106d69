"""A cache that all processes of one jurisdiction share: rate limits, lock-out counts. Its own SQLite file.

It holds nothing that must last: the file may be deleted while the product is stopped. Counting up is one statement,
so two processes never lose a count.
"""

from __future__ import annotations

import os
import pickle
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import OperationalError

from bihuan.config.sqlite.build import Database
from bihuan.config.sqlite.queue import WriteQueue

_TABLE = "CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value BLOB NOT NULL, expires REAL) WITHOUT ROWID"
_SET = "INSERT INTO entry VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires"
_ADD = _SET + " WHERE entry.expires <= ? OR entry.expires > ?"
_SWEEP_EVERY = 500
LONGEST = 2 * 86_400.0
"""Seconds. Nothing is kept longer: what would expire later was kept by a clock that ran ahead, and has expired."""


def _is_over(expires: float | None) -> bool:
    return expires is not None and not 0 < expires - time.time() <= LONGEST


@contextmanager
def _answering() -> Iterator[None]:
    """A full disk or a file that cannot be opened is the same fault as with the database itself: nothing can be kept now."""
    try:
        yield
    except (Database.OperationalError, OSError) as fault:
        raise OperationalError(type(fault).__name__) from fault


class SqliteCache(BaseCache):
    """Django's cache interface over one table. ``LOCATION``: the file."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        """``params``: as Django's caches take them (TIMEOUT, KEY_PREFIX, VERSION)."""
        super().__init__(params)
        self._path = Path(location)
        self._mine = threading.local()
        self._writes = 0

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """The value, or ``default`` when there is none or it has expired."""
        asked = "SELECT value, expires FROM entry WHERE key = ?"
        with _answering():
            row = self._connection().execute(asked, [self._key(key, version)]).fetchone()
        if row is None or _is_over(row[1]):
            return default
        return pickle.loads(row[0])  # noqa: S301 - the file lies in the data folder, beside the keys

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Keep a value for ``timeout`` seconds (None: until deleted)."""
        self._write(_SET, [self._key(key, version), pickle.dumps(value), self.get_backend_timeout(timeout)])

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Keep a value only where there is none; True if it was kept."""
        now = time.time()
        row = [self._key(key, version), pickle.dumps(value), self.get_backend_timeout(timeout), now, now + LONGEST]
        return self._write(_ADD, row) > 0

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Give a value a new time to live; False if there is none."""
        sql = "UPDATE entry SET expires = ? WHERE key = ? AND (expires IS NULL OR expires > ?)"
        return self._write(sql, [self.get_backend_timeout(timeout), self._key(key, version), time.time()]) > 0

    def delete(self, key: str, version: int | None = None) -> bool:
        """Forget a value; True if there was one."""
        return self._write("DELETE FROM entry WHERE key = ?", [self._key(key, version)]) > 0

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Add to a number, keeping its time to live. Raises ValueError if there is none."""
        with _answering():
            return self._increased(self._key(key, version), delta, key)

    def _increased(self, whole: str, delta: int, key: str) -> int:
        connection = self._connection()
        self._mine.queue.enter()
        try:
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute("SELECT value, expires FROM entry WHERE key = ?", [whole]).fetchone()
            if row is None or _is_over(row[1]):
                raise ValueError(f"Key {key!r} not found")
            value: int = pickle.loads(row[0]) + delta  # noqa: S301 - as in get
            connection.execute("UPDATE entry SET value = ? WHERE key = ?", [pickle.dumps(value), whole])
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        finally:
            self._mine.queue.leave()
        return value

    def clear(self) -> None:
        """Forget everything."""
        self._write("DELETE FROM entry", [])

    def _key(self, key: str, version: int | None) -> str:
        return str(self.make_and_validate_key(key, version=version))

    def _write(self, sql: str, row: list[Any]) -> int:
        with _answering():
            return self._written(sql, row)

    def _written(self, sql: str, row: list[Any]) -> int:
        connection = self._connection()
        self._writes += 1
        self._mine.queue.enter()
        try:
            if self._writes % _SWEEP_EVERY == 0:
                connection.execute("DELETE FROM entry WHERE expires <= ? OR expires > ?", [time.time(), time.time() + LONGEST])
            return int(connection.execute(sql, row).rowcount)
        finally:
            self._mine.queue.leave()

    def _connection(self) -> Any:
        if getattr(self._mine, "process", None) != os.getpid():
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._mine.queue = WriteQueue(Path(f"{self._path}.lock"))
            self._mine.connection = Database.connect(self._path, timeout=30, isolation_level=None)
            self._mine.process = os.getpid()
            self._mine.queue.enter()
            try:
                for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = OFF", _TABLE):
                    self._mine.connection.execute(statement)
            finally:
                self._mine.queue.leave()
        return self._mine.connection
