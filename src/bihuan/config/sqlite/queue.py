"""The queue of writers: one lock file beside the database.

SQLite's own busy handler sleeps and tries again, so under load the unlucky wait for seconds. ``flock`` wakes those who wait,
but whoever comes by before the one who was woken has run takes the turn: of 32 writers the unlucky waited twenty times as
long as the others. So whoever comes draws a number, locks the byte of that number in the file, and waits for the byte of
the one before; the system lets go of the bytes of a process that ends. The ``flock`` still holds the turn itself.
"""

from __future__ import annotations

import fcntl
import os
import struct
import sys
from pathlib import Path

_NUMBERED = hasattr(fcntl, "F_OFD_SETLKW") and sys.maxsize > 2**32
"""Locks of bytes that belong to an open file and not to a process: Linux has them. Elsewhere the ``flock`` stands alone."""
_COUNTER = 8
"""Bytes at the beginning of the file: the next number."""
_DRAWING = 1 << 62
"""The byte that is locked while somebody draws; far behind every number."""


class WriteQueue:
    """One connection's place in the queue. Every connection opens the file itself, so threads queue like processes."""

    def __init__(self, path: Path) -> None:
        """``path``: the lock file; it is created with rights for its owner alone and never removed."""
        self._path = path
        self._descriptor: int | None = None
        self._number = -1
        self.held = False

    def enter(self) -> None:
        """Wait for our turn: after everybody who came before us. Entering twice is entering once."""
        if self.held:
            return
        file = self._open()
        if _NUMBERED:
            self._draw(file)
        try:
            if self._number > 0:
                _wait_for(file, self._number - 1)
            fcntl.flock(file, fcntl.LOCK_EX)
        except BaseException:  # told to stop while waiting: those behind us must not wait for us
            self._give_back(file)
            raise
        self.held = True

    def enter_at_once(self) -> bool:
        """Take the turn only if nobody has it; False otherwise."""
        try:
            fcntl.flock(self._open(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self.held = True
        return True

    def leave(self) -> None:
        """Give the turn to the next. Leaving without having entered does nothing."""
        if self.held and self._descriptor is not None:
            self.held = False
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            self._give_back(self._descriptor)

    def close(self) -> None:
        """Leave and close the file."""
        self.leave()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _draw(self, file: int) -> None:
        """Our number, its byte locked; drawn by one at a time."""
        _lock(file, fcntl.F_WRLCK, _DRAWING)
        try:
            number = int.from_bytes(os.pread(file, _COUNTER, 0), "little")
            _lock(file, fcntl.F_WRLCK, _COUNTER + number)
            os.pwrite(file, (number + 1).to_bytes(_COUNTER, "little"), 0)
            self._number = number
        finally:
            _lock(file, fcntl.F_UNLCK, _DRAWING)

    def _give_back(self, file: int) -> None:
        if self._number >= 0:
            _lock(file, fcntl.F_UNLCK, _COUNTER + self._number)
            self._number = -1

    def _open(self) -> int:
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._descriptor


def _wait_for(file: int, number: int) -> None:
    """Until whoever drew that number has left."""
    _lock(file, fcntl.F_RDLCK, _COUNTER + number)
    _lock(file, fcntl.F_UNLCK, _COUNTER + number)


def _lock(file: int, kind: int, byte: int) -> None:
    """Lock or unlock one byte of the file, waiting for whoever holds it."""
    fcntl.fcntl(file, fcntl.F_OFD_SETLKW, struct.pack("hhqqi4x", kind, os.SEEK_SET, byte, 1, 0))
