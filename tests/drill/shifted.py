"""The product with a clock that a drill sets: as many seconds off as the file BIHUAN_DRILL_CLOCK says at that moment.

granian --interface wsgi tests.drill.shifted:application
python -m tests.drill.shifted work|doctor|...      the product's command line
"""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

_FILE = Path(os.environ.get("BIHUAN_DRILL_CLOCK", "/nonexistent"))
_machine = time.time


def off() -> float:
    """Seconds that the clock is off."""
    try:
        return float(_FILE.read_text("ascii") or 0)
    except (OSError, ValueError):
        return 0.0


def install() -> None:
    """Let everything of this process that asks what time it is see the clock of the drill."""
    from django.utils import timezone

    from bihuan.ledger import clock

    clock.set_clock(lambda: clock._real() + timedelta(seconds=off()))
    timezone.now = clock.now  # the lock-out's library asks here
    time.time = lambda: _machine() + off()  # the cache asks here


def __getattr__(name: str) -> Any:
    """``application``, made when a web server asks for it."""
    if name != "application":
        raise AttributeError(name)
    install()
    from bihuan.config.wsgi import application

    return application


if __name__ == "__main__":
    install()
    from bihuan.console.main import main

    sys.exit(main(sys.argv[1:]))
