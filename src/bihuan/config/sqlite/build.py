"""Which SQLite we run on, and whether several connections may write to one file with it."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from bihuan.config.sqlite.queue import WriteQueue

try:
    from pysqlite3 import dbapi2 as _bundled  # ships a current SQLite; wheels for x86-64 Linux

    Database: Any = _bundled
except ImportError:  # pragma: no cover - other machines: the SQLite of the operating system
    import sqlite3.dbapi2 as _system

    Database = _system

Version = tuple[int, int, int]
_sole: dict[tuple[str, int], list[Any]] = {}  # the claim and how many connections of ours stand on it


def is_safe(version: Version) -> bool:
    """True for SQLite builds in which resetting the WAL cannot corrupt a file that several connections use.

    SQLite 3.7.0 to 3.51.2 have the fault; it was mended in 3.51.3 and carried back to 3.50.7 and 3.44.6.
    """
    if version >= (3, 51, 3) or version < (3, 7, 0):
        return True
    return (3, 50, 7) <= version < (3, 51, 0) or (3, 44, 6) <= version < (3, 45, 0)


def running_version() -> Version:
    """The SQLite this process has loaded."""
    major, minor, patch = Database.sqlite_version_info
    return (major, minor, patch)


def several_processes_allowed() -> bool:
    """False where the loaded SQLite has the WAL-reset fault: then one process at a time opens the file."""
    return is_safe(running_version())


def claim(path: str, version: Version | None = None) -> None:
    """Let this process open ``path``; on a faulty build only if no other process has it open, and say so loudly.

    Raises ImproperlyConfigured when another process has claimed the file.
    """
    if is_safe(version or running_version()):
        return
    key = (path, os.getpid())  # a forked child has to claim for itself
    if key in _sole:
        _sole[key][1] += 1
        return
    place = WriteQueue(Path(f"{path}.process"))
    if not place.enter_at_once():
        message = (
            f"SQLite {Database.sqlite_version} can corrupt {path} when two processes write to it, and another process "
            "has it open. Run one process, install pysqlite3 (x86-64 Linux), or use PostgreSQL."
        )
        raise ImproperlyConfigured(message)
    _sole[key] = [place, 1]
    warnings.warn(
        f"SQLite {Database.sqlite_version} has the WAL-reset fault (mended in 3.51.3): "
        "only ONE process may use this database. Install pysqlite3 or use PostgreSQL for more.",
        RuntimeWarning,
        stacklevel=2,
    )


def release(path: str) -> None:
    """A connection of this process was closed; with the last one another process may have the file."""
    held = _sole.get((path, os.getpid()))
    if held is None:
        return
    held[1] -= 1
    if held[1] == 0:
        held[0].close()
        del _sole[(path, os.getpid())]
