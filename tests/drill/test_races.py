"""Many at once: writers queue and nobody is told that the database is locked; of two dispatchers one wins, the other is told.

Short in ``./dev test``; ``./dev drill races`` lets 32 write for a minute and two dispatchers meet a thousand times.
BIHUAN_WRITING says how many seconds, BIHUAN_RACES how many times otherwise.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from typing import Any

import pytest

from tests.drill.place import Place, founded

SECONDS = float(os.environ.get("BIHUAN_WRITING", "3"))
RACES = int(os.environ.get("BIHUAN_RACES", "60"))
LONG = 30.0
WRITERS = 32 if SECONDS >= LONG else 8
LONGEST = 2.0
"""Seconds that nobody may wait for his registration, however many write."""
pytestmark = pytest.mark.drill


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with founded() as one:
        one.inside("seed")
        yield one


def ask(place: Place, word: str, given: dict[str, Any]) -> Any:
    return place.inside(word, given=given, module="tests.drill.writing")


def writing(place: Place, writers: int, seconds: float, *, queue: bool = True) -> tuple[list[float], list[str]]:
    """Sorted seconds of each registration, and the faults."""
    found = ask(place, "writers", {"writers": writers, "seconds": seconds, "queue": queue})
    return sorted(found["took"]), found["faults"]


def test_writers_queue_and_nobody_waits_long(place: Place, vendor: str, capsys: pytest.CaptureFixture[str]) -> None:
    alone, faults = writing(place, 1, min(SECONDS, 5))
    assert faults == []
    took, faults = writing(place, WRITERS, SECONDS)
    assert faults == []
    single, p99 = statistics.median(alone), took[min(len(took) - 1, int(len(took) * 0.99))]
    with capsys.disabled():
        print(
            f"\n  {WRITERS} writers for {SECONDS:.0f} s: {len(took)} registrations, 0 faults; alone {single * 1000:.1f} ms, "
            f"p99 {p99:.2f} s, longest {took[-1]:.2f} s"
        )
    assert p99 <= LONGEST
    if SECONDS >= LONG:  # what else the machine does weighs less in a minute than in three seconds
        assert p99 <= 3 * WRITERS * single, (p99, single)
        assert took[-1] <= LONGEST
    assert place.verify() == 0
    if vendor == "sqlite":
        _, faults = writing(place, WRITERS, 2, queue=False)
        assert any("locked" in fault for fault in faults), "the control: without the queue somebody is told so"


def test_of_two_dispatchers_one_wins_and_the_other_is_told(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    found = ask(place, "races", {"races": RACES})
    assert found["right"] == found["races"] == RACES
    assert 0 < found["first_won"] < RACES, "they did meet: neither is always the first"
    loose = ask(place, "races", {"races": 30, "lock": False})
    assert loose["right"] < loose["races"], "the control: where nobody waits for the other, somebody is not told"
    with capsys.disabled():
        print(
            f"\n  {RACES} meetings of two dispatchers: one took the matter ({found['first_won']} times the first), one was told"
        )
