"""The deliberately wrong setting: every answer keeps a little memory and an open file. Only for the soak's control.

granian --interface wsgi tests.drill.leaking:application
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from bihuan.config.wsgi import application as right

KEPT: list[tuple[bytes, int]] = []
EACH = 300_000
"""Bytes that each answer leaves behind."""


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer rightly, and forget to let go."""
    KEPT.append((os.urandom(EACH), os.open("/dev/null", os.O_RDONLY)))
    return right(environ, start_response)
