"""Pictures drawn anew in a child process; whatever kills the child only refuses the picture."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import dataclass

import msgspec

from bihuan.files.errors import FileRefused

SECONDS = 60
AT_ONCE = threading.BoundedSemaphore(2)
"""Children of one process at a time: each may need as much memory as the process itself."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept: "jpeg" or "png", its points, its bytes, and a small JPEG of it."""

    kind: str
    width: int
    height: int
    image: bytes
    thumb: bytes


def redraw(content: bytes) -> Picture:
    """The picture drawn anew, upright, without anything but its points. Raises FileRefused."""
    with AT_ONCE:
        try:
            child = subprocess.run(
                [sys.executable, "-m", "bihuan.files.picture_child"],
                input=content,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise FileRefused("cost") from error
    if child.returncode != 0:
        raise FileRefused("cost" if b"memory" in child.stderr or child.returncode < 0 else "damaged")
    answer = msgspec.msgpack.decode(child.stdout)
    if "refused" in answer:
        raise FileRefused(answer["refused"])
    return Picture(**answer)
