"""The old SQLite file while and after a place moves out of it: nobody writes meanwhile, nobody acts in it afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.db import connection

CLOSED = "ledger_entry_moved"
"""The trigger that refuses every new entry, and so every act."""


def _engine() -> tuple[str, Path]:
    default = settings.DATABASES["default"]
    return str(default["ENGINE"]), Path(str(default["NAME"])).resolve()


@contextmanager
def alone() -> Iterator[bool]:
    """Stand at the head of the queue of writers for the whole block; False when somebody is writing right now.

    Nobody in this or another process can write until the block ends, so the block must not write through Django either.
    """
    engine, path = _engine()
    queue = import_module(f"{engine}.queue").WriteQueue(Path(f"{path}.lock"))
    try:
        yield bool(queue.enter_at_once())
    finally:
        queue.close()


def has_moved() -> bool:
    """Whether this place was closed because it went on in PostgreSQL. One look at an SQLite file's list; False elsewhere."""
    if connection.vendor != "sqlite":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = %s", [CLOSED])
        return cursor.fetchone() is not None


def close_old() -> None:
    """Refuse every further act in this file: acts write entries, and entries are refused from now on. Call inside ``alone``."""
    engine, path = _engine()
    own = import_module(f"{engine}.build").Database.connect(str(path), isolation_level=None)
    try:
        own.execute(
            f"CREATE TRIGGER IF NOT EXISTS {CLOSED} BEFORE INSERT ON ledger_entry "
            "BEGIN SELECT RAISE(ABORT, 'this place has moved to PostgreSQL'); END"
        )
    finally:
        own.close()
