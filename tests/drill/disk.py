"""Small disks for a drill: a file system in memory of a few megabytes, and something that fills it to the last byte."""

from __future__ import annotations

import errno
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

PIECES = (1 << 20, 1 << 16, 1 << 12, 1)


@cache
def can_mount() -> bool:
    """Whether this process may mount a file system (root outside a closed container may)."""
    if os.geteuid() != 0:
        return False
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "drill", folder], capture_output=True, check=False
        ).returncode:
            return False
        subprocess.run(["umount", folder], check=True)
    return True


@contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[Path]:
    """The folder as a disk of so many megabytes; gone afterwards with all that lies on it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "drill", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Ballast:
    """A file that takes all the room there is."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "ballast"

    def fill(self) -> int:
        """Take what is free, to the last byte; how many bytes there are now. May be said again when room has come free."""
        with self._file.open("ab", buffering=0) as file:
            for piece in PIECES:
                try:
                    while file.write(bytes(piece)) == piece:
                        continue
                except OSError as fault:
                    if fault.errno != errno.ENOSPC:
                        raise
        return self._file.stat().st_size

    def drop(self) -> None:
        """Give it all back."""
        self._file.unlink(missing_ok=True)
