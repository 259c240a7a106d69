"""Many processes that write at once into one place, forked from one that has everything loaded.

python -m tests.drill.writing WORD FILE      the words stand in ASKED; FILE holds what is told; the answer is printed as JSON
"""

from __future__ import annotations

import json
import multiprocessing
import queue
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

import django

FORK = multiprocessing.get_context("fork")


def writers(told: Any) -> dict[str, Any]:
    """So many clerks register for so many seconds; how long each registration took, and what was refused, by its name.

    ``told["queue"]`` false: the wrong setting, where transactions begin as readers and nobody queues.
    """
    from django.db import OperationalError

    clerk, run, until = _clerk(), token_hex(4), time.monotonic() + told["seconds"]

    def write(number: int) -> tuple[list[float], list[str]]:
        took, faults, count = [], [], 0
        if not told["queue"]:
            _in_nobodys_turn()
        while time.monotonic() < until:
            began, count = time.monotonic(), count + 1
            try:
                _register(clerk, f"drill-{run}-{number}-{count}")
            except OperationalError as fault:
                faults.append(str(fault))
            else:
                took.append(time.monotonic() - began)
        return took, faults

    parts = _forked(write, told["writers"])
    return {"took": [one for took, _ in parts for one in took], "faults": [one for _, faults in parts for one in faults]}


def races(told: Any) -> dict[str, int]:
    """Two dispatchers take the same matter in the same moment, so many times; how it came out.

    ``told["lock"]`` false: the wrong setting, where nobody waits for the other: no row lock, no queue of writers.
    """
    from django.db import DatabaseError
    from django.db.models import QuerySet

    from bihuan.access.actors import actor_for
    from bihuan.cases.errors import Conflict
    from bihuan.cases.models import Case
    from bihuan.cases.services import perform
    from bihuan.people.selectors import post_named
    from tests.factories.matters import category

    clerk = _clerk()
    cases = [_register(clerk, f"race-{told.get('lock', True)}-{n}") for n in range(told["races"])]
    post = post_named("taker0")
    assert post is not None
    dispatcher, kind, together = actor_for(post.id), category(), FORK.Barrier(2)

    def take(number: int) -> list[str]:
        outcomes = []
        if not told.get("lock", True):
            QuerySet.select_for_update = lambda self, *_given, **_named: self  # type: ignore[method-assign]
            _in_nobodys_turn()
        weight = ("ordinary", "major")[number]
        facts = {"category": kind, "weight": weight, "urgency": "normal"}
        for case_id in cases:
            together.wait()
            try:
                perform(
                    actor=dispatcher, case_id=case_id, action="accept", facts=facts, seen=1, request_id=f"take-{number}-{case_id}"
                )  # fmt: skip
            except DatabaseError:
                outcomes.append("neither won nor told")
            except Conflict as late:
                outcomes.append("late" if [one.kind for one in late.changed] == ["accepted"] else "late and not told")
            else:
                outcomes.append(weight)
        return outcomes

    first, second = _forked(take, 2)
    kept = dict(Case.objects.filter(pk__in=cases).values_list("pk", "weight"))
    pairs = [sorted((one, other), key=lambda word: word.startswith("late")) for one, other in zip(first, second, strict=True)]
    right = [pair[1] == "late" and kept[case_id] == pair[0] for pair, case_id in zip(pairs, cases, strict=True)]
    return {"races": len(cases), "right": sum(right), "first_won": sum(one == "ordinary" for one in first)}


def _in_nobodys_turn() -> None:
    """On SQLite: transactions that begin as readers, and no queue."""
    from django.db import connection

    from bihuan.config.sqlite.queue import WriteQueue

    if connection.vendor == "sqlite":
        WriteQueue.enter = lambda _self: None  # type: ignore[method-assign]
        connection.ensure_connection()
        connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]


def _clerk() -> Any:
    from bihuan.access.actors import actor_for
    from bihuan.people.selectors import post_named

    post = post_named("clerk0")
    assert post is not None
    return actor_for(post.id)


def _register(clerk: Any, name: str) -> int:
    from bihuan.cases.services import open_case

    facts = {"title": name, "what": "村口路灯坏了", "kind": "complaint", "channel": "phone"}
    return open_case(actor=clerk, request_id=name, facts=facts).case_id


def _forked(work: Callable[[int], Any], count: int) -> list[Any]:
    """Do this in so many processes; what each gave back. Raises RuntimeError when one of them failed."""
    from django.db import connections

    connections.close_all()
    answers: Any = FORK.Queue()
    children = [FORK.Process(target=lambda number=number: answers.put((number, work(number)))) for number in range(count)]
    for child in children:
        child.start()
    found: dict[int, Any] = {}
    while len(found) < count:
        if any(child.exitcode for child in children):
            for child in children:
                child.kill()
            raise RuntimeError("one of the processes failed")
        with suppress(queue.Empty):
            number, answer = answers.get(timeout=1)
            found[number] = answer
    for child in children:
        child.join()
    return [found[number] for number in range(count)]


ASKED = {"writers": writers, "races": races}

if __name__ == "__main__":
    django.setup()
    print(json.dumps(ASKED[sys.argv[1]](json.loads(Path(sys.argv[2]).read_text("utf-8")))))
