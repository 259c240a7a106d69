"""The deliberately wrong setting: an answer that is sent before the intake is committed. Only for the drill's control.

granian --interface wsgi tests.drill.early:application
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from bihuan.config.wsgi import application as right

LATE = 0.7
"""Seconds between the answer and the work."""


def _afterwards(environ: dict[str, Any]) -> None:
    time.sleep(LATE)
    b"".join(right(environ, lambda *_: None))


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Say that it is done, then do it."""
    if environ["REQUEST_METHOD"] != "POST":
        return right(environ, start_response)  # type: ignore[no-any-return]
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    later = {**environ, "wsgi.input": io.BytesIO(body)}
    threading.Thread(target=_afterwards, args=(later,), daemon=True).start()
    start_response("201 Created", [("Content-Type", "text/plain")])
    return [b"done"]
