"""Several sessions at the same moment, each in a thread with a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from bihuan.cases.errors import CaseError


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call gives or raises, all started together in threads with connections of their own."""
    gate, outcomes = threading.Barrier(len(calls)), [None] * len(calls)

    def run(n: int, call: Callable[[], Any]) -> None:
        try:
            gate.wait(10)
            outcomes[n] = call()
        except CaseError as error:
            outcomes[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n, call)) for n, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes
