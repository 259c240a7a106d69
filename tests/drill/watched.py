"""The application within its bound, noting of each request that was let in how long it waited and how long it was at work.

granian --interface wsgi tests.drill.watched:application      notes: $BIHUAN_DRILL_NOTES/<process>, a line "at waited worked"
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from django.core.wsgi import get_wsgi_application

from bihuan.config.bounds import Bounded, Environ, Start

_FOLDER = Path(os.environ.get("BIHUAN_DRILL_NOTES", "/nonexistent"))
_here = threading.local()
_right = get_wsgi_application()


def _at_work(environ: Environ, start_response: Start) -> Iterable[bytes]:
    began = time.monotonic()
    answer = list(_right(environ, start_response))
    with (_FOLDER / str(os.getpid())).open("a", encoding="ascii") as notes:
        notes.write(f"{time.time():.3f} {began - _here.arrived:.4f} {time.monotonic() - began:.4f}\n")
    return answer


_bounded = Bounded(_at_work)


def application(environ: Environ, start_response: Start) -> Iterable[bytes]:
    """Answer, and note how it went."""
    _here.arrived = time.monotonic()
    return _bounded(environ, start_response)


def notes(folder: Path, since: float, until: float) -> tuple[list[float], list[float]]:
    """Seconds waited and seconds at work of the requests that ended between two instants, each sorted."""
    lines = [line.split() for file in folder.iterdir() for line in file.read_text("ascii").splitlines()]
    found = [(float(waited), float(worked)) for at, waited, worked in lines if since <= float(at) <= until]
    return sorted(waited for waited, _ in found), sorted(worked for _, worked in found)
