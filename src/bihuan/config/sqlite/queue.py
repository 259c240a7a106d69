"""The queue of writers: one lock file beside the database.

SQLite's own busy handler sleeps and tries again, so under load the unlucky wait for seconds. The kernel wakes those
who wait for ``flock`` in their order of arrival.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class WriteQueue:
    """One connection's place in the queue. Every connection opens the file itself, so threads queue like processes."""

    def __init__(self, path: Path) -> None:
        """``path``: the lock file; it is created with rights for its owner alone and never removed."""
        self._path = path
        self._descriptor: int | None = None
        self.held = False

    def enter(self) -> None:
        """Wait for our turn. Entering twice is entering once."""
        if not self.held:
            fcntl.flock(self._open(), fcntl.LOCK_EX)
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

    def close(self) -> None:
        """Leave and close the file."""
        self.leave()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> int:
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._descriptor
