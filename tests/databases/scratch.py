"""Where tests put their files: in memory where there is room, never in the checkout."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ROOM = 512 * 1024 * 1024


def place() -> Path:
    """BIHUAN_SCRATCH, else a file system in memory with half a gigabyte to spare, else the folder for temporary files."""
    named = os.environ.get("BIHUAN_SCRATCH")
    if named:
        return Path(named)
    roomy = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM
    return _MEMORY if roomy else Path(tempfile.gettempdir())


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that is gone afterwards, whatever those who wrote into it left behind."""
    made = Path(tempfile.mkdtemp(prefix="bihuan-tests-", dir=place()))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
