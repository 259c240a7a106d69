"""Anchors: the state of the whole ledger, noted each minute in a file outside the data folder.

Whoever cuts the ledger's tail, or writes a stream anew with hashes that fit, cannot make the roots fit that were noted
before. A line is ``{"at", "last", "count", "root"}``: the instant, the last id, how many entries, the root over them all.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext

from bihuan.ledger import clock
from bihuan.ledger.chain import instant_text, root_after
from bihuan.ledger.errors import Contended, DamagedAnchors
from bihuan.ledger.guard import ANCHOR_LOCK

FILE = "anchors.jsonl"
_PAGE = 5000
_TAIL = 4096
_DAYS = 3 * 1440 * 160  # bytes: a line each minute
_PATIENCE = 40  # times 0.3 s, waiting for writers under way


@dataclass(frozen=True, slots=True)
class Anchor:
    """The ledger as it was at one instant. ``count`` entries up to id ``last``; ``root`` is the root over them."""

    at: str
    last: int
    count: int
    root: bytes


NOTHING = Anchor("", 0, 0, b"")


class _Line(msgspec.Struct):
    at: str
    last: int
    count: int
    root: str


_read = msgspec.json.Decoder(_Line).decode


def anchor_file() -> Path:
    """Where anchors are noted: the folder BIHUAN_ANCHORS, by default beside the data folder and not in it."""
    return Path(settings.ANCHORS) / FILE


def _parsed(line: bytes) -> Anchor | None:
    try:
        read = _read(line)
        return Anchor(read.at, read.last, read.count, bytes.fromhex(read.root))
    except (msgspec.MsgspecError, ValueError):
        return None


def anchors(path: Path | None = None) -> Iterator[Anchor]:
    """Every anchor, oldest first. A torn last line (a crash in the middle of writing) is left out.

    Raises DamagedAnchors for any other line that cannot be read.
    """
    path = path or anchor_file()
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            read = _parsed(line)
            if read is None:
                raise DamagedAnchors(gettext("%(file)s, line %(line)s: cannot be read") % {"file": path, "line": number})
            yield read


def latest(path: Path | None = None) -> Anchor:
    """The last anchor noted, NOTHING before the first. Raises DamagedAnchors."""
    path = path or anchor_file()
    if not path.exists():
        return NOTHING
    with path.open("rb") as file:
        return _last(file)[0]


def noted_between(first: datetime, last: datetime, path: Path | None = None) -> bool:
    """True when an anchor among the latest (some three days of them) was noted between these instants."""
    path = path or anchor_file()
    if not path.exists():
        return False
    between = (instant_text(first), instant_text(last))
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _DAYS))
        lines = file.read().split(b"\n")
    return any(between[0] <= read.at <= between[1] for line in lines if (read := _parsed(line)))


def _last(file: BinaryIO) -> tuple[Anchor, int]:
    """The last whole anchor of an open file, and where it ends: what follows was torn by a crash and counts for nothing."""
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - _TAIL)
    file.seek(start)
    whole, newline, _ = file.read().rpartition(b"\n")
    if not newline:
        return NOTHING, 0
    if (read := _parsed(whole.rpartition(b"\n")[2])) is None:
        raise DamagedAnchors(gettext("the last line of the anchor file cannot be read"))
    return read, start + len(whole) + 1


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file for one writer at a time."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def end_of_ledger() -> int:
    """The id such that every entry up to it is committed and none up to it can still come; 0 for an empty ledger.

    On PostgreSQL ids are drawn before they are committed, so this waits for the writers under way (each shares a lock
    until its commit) and holds new ones off for the length of one index look-up. SQLite has one writer.
    """
    if connection.vendor != "postgresql":
        return _max_id()
    for _ in range(_PATIENCE):
        try:
            with transaction.atomic(durable=True), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '300ms'")  # shorter than deadlock_timeout: never in a deadlock
                cursor.execute("SELECT pg_advisory_xact_lock(%s, 'ledger_entry'::regclass::oid::int)", [ANCHOR_LOCK])
                return _max_id()
        except OperationalError as fault:
            if getattr(fault.__cause__, "sqlstate", "") != "55P03":  # lock_not_available
                raise
            time.sleep(0.3)
    raise Contended("a transaction that writes to the ledger has been open for a long time")


def _max_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM ledger_entry")
        return int(cursor.fetchone()[0] or 0)


def rolled_on(anchor: Anchor, last: int) -> tuple[int, bytes]:
    """Count and root after the entries from behind ``anchor`` up to id ``last``."""
    count, root, after = anchor.count, anchor.root, anchor.last
    while after < last:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, hash FROM ledger_entry WHERE id > %s AND id <= %s ORDER BY id LIMIT %s", [after, last, _PAGE]
            )
            rows = cursor.fetchall()
        for id_, digest in rows:
            root = root_after(root, id_, bytes(digest))
        count += len(rows)
        if len(rows) < _PAGE:
            break
        after = rows[-1][0]
    return count, root


def write(*, at: datetime | None = None, path: Path | None = None) -> Anchor:
    """Note the ledger as it is now; called each minute by the worker and by each backup. Reads only what is new.

    Call outside a transaction. Raises DamagedAnchors rather than go on from a line that cannot be read.
    """
    with _opened(path or anchor_file()) as file:
        before, end = _last(file)
        last = max(end_of_ledger(), before.last)
        count, root = rolled_on(before, last)
        anchor = Anchor(instant_text(at or clock.now()), last, count, root)
        line = msgspec.json.encode(_Line(anchor.at, last, count, root.hex())) + b"\n"
        file.seek(end)
        file.truncate()
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
    return anchor
