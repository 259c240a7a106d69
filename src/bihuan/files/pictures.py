"""Pictures drawn anew in a child process; whatever kills the child only refuses the picture."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from bihuan.files.child import ChildRefusedError, asked
from bihuan.files.errors import FileRefused

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
    try:
        with AT_ONCE:
            answer = asked("bihuan.files.picture_child", content)
    except ChildRefusedError as refused:
        said = str(refused)
        raise FileRefused("cost" if said in ("time", "memory") else said) from refused
    return Picture(**answer)
