"""A worker that is killed between sending a notice and marking it sent, again and again; what the readers have in the end.

python -m tests.drill.dying FILE      FILE holds {"cases": n, "kills": n}; prints counts as JSON
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

LEASE = timedelta(seconds=41)
"""A little more than taken work stays out of sight."""
STEP = timedelta(days=20)
"""After so long every limit of a new matter has passed."""


def run(told: dict[str, int]) -> dict[str, Any]:
    """Open matters, let their limits pass, and deliver the notices with a worker that dies."""
    from bihuan.flows import worker
    from bihuan.ledger import clock
    from bihuan.ledger.selectors import outbox_state
    from tests.drill.inside import open_some

    _readers()
    open_some(told["cases"])
    behind = [STEP]
    clock.set_clock(lambda: clock._real() + behind[0])
    entered = worker.enter_limits(clock.now())
    waiting, chance, killed = outbox_state(clock.now()).waiting, random.Random(13710), 0
    while killed < told["kills"]:
        killed += _dies(worker, chance.randrange(2))
        behind[0] += LEASE
    left = outbox_state(clock.now()).waiting
    while worker.deliver()[0]:
        continue
    return {"entered": entered, "waiting": waiting, "killed": killed, "left": left, **_notices()}


def _readers() -> None:
    from bihuan.people.models import Unit
    from bihuan.people.services import AccountRow, PostRow, create_accounts, give_posts

    names = ("first", "second")
    unit = Unit.objects.get(kind="county_centre").key
    create_accounts(AccountRow(username=name, name=name, password="open sesame 9") for name in names)
    give_posts(PostRow(username=name, key="dispatcher", unit_key=unit) for name in names)


def _dies(worker: Any, spared: int) -> bool:
    """One worker in a process of its own; it is killed right before it marks a piece, after ``spared`` pieces."""
    from django.db import connections

    connections.close_all()
    child = os.fork()
    if child == 0:
        worker.done = _killing(worker.done, spared)
        worker.deliver()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _killing(done: Callable[..., bool], spared: int) -> Callable[..., bool]:
    left = [spared]

    def mark(work: Any) -> bool:
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        return done(work)

    return mark


def _notices() -> dict[str, int]:
    """How many notices there are, on how many matters, and how often the busiest occasion was written for one reader."""
    from bihuan.ledger.models import Outbox
    from bihuan.notify.models import Notice

    occasions = Counter(
        (row.account_id, row.case_id, row.kind, str(row.facts.get("clock"))) for row in Notice.objects.exclude(case_id=0)
    )
    return {
        "notices": sum(occasions.values()), "matters": len({one[1] for one in occasions}),
        "most": max(occasions.values(), default=0),
        "undone": Outbox.objects.exclude(state=Outbox.State.DONE).count(),
        "again": Outbox.objects.filter(tries__gt=1).count(),
    }  # fmt: skip


if __name__ == "__main__":
    django.setup()
    print(json.dumps(run(json.loads(Path(sys.argv[1]).read_text("utf-8")))))
