"""Overload at three times capacity: the excess is told 503 and Retry-After at once, who is let in is answered soon and is kept.

Short in ``./dev test``; ``./dev drill overload`` loads longer and holds hundredths against each other, which wants a machine
at rest. BIHUAN_OVERLOAD says how many seconds otherwise.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.drill.place import Place, founded
from tests.drill.server import Server, processes_of
from tests.drill.watched import notes

pytestmark = pytest.mark.drill

SECONDS = float(os.environ.get("BIHUAN_OVERLOAD", "4"))
LONG = 20.0
AT_CAPACITY = 8
"""Two web processes with four places each."""
TIMES = 3
WATCHED, UNBOUNDED = "tests.drill.watched:application", "tests.drill.unbounded:application"


@dataclass
class Met:
    """What a crowd met: seconds of each answer by status, and, from the server's notes, seconds waited and at work."""

    took: dict[int, list[float]]
    faults: dict[str, int]
    acknowledged: dict[str, str]
    sent_away: list[str]
    waited: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)

    @property
    def let_in(self) -> list[float]:
        return sorted(seconds for status, times in self.took.items() if status != 503 for seconds in times)

    @property
    def answered(self) -> list[float]:
        return sorted(self.let_in + self.turned_away)

    @property
    def turned_away(self) -> list[float]:
        return sorted(self.took.get(503, []))


def at(share: float, times: list[float]) -> float:
    """That share of the times is no longer than this."""
    return times[min(len(times) - 1, int(len(times) * share))]


def crowd(place: Place, server: Server, cookies: list[str], **how: Any) -> Met:
    """``people`` who ask again as soon as answered, or ``rate`` askings a second whatever becomes of them."""
    told = place.folder / "crowd.json"
    told.write_text(json.dumps({"port": server.port, "cookies": cookies, "seconds": SECONDS, **how}), "utf-8")
    found = json.loads(place.run("tests.drill.crowd", str(told)).stdout.splitlines()[-1])
    waited, worked = notes(place.folder / "notes", *found["between"])
    took = {int(status): times for status, times in found["took"].items()}
    return Met(took, found["faults"], found["acknowledged"], found["sent_away"], waited, worked)


@pytest.fixture
def place() -> Iterator[Place]:
    with founded() as one:
        (one.folder / "notes").mkdir()
        yield replace(one, environ={**one.environ, "BIHUAN_DRILL_NOTES": str(one.folder / "notes")})
        assert processes_of(one.folder) == []


def memory(folder: Path) -> int:
    """Megabytes of the largest process of the place."""
    most = 0
    for process in processes_of(folder):
        status = Path(f"/proc/{process}/status").read_text()
        most = max(most, *(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmRSS:")))
    return most


def rate_of(met: Met) -> float:
    return sum(map(len, met.took.values())) / SECONDS


def capacity(place: Place, server: Server, cookies: list[str]) -> Met:
    """All places at work, once everything has been loaded."""
    crowd(place, server, cookies, people=AT_CAPACITY, seconds=1.0)
    return crowd(place, server, cookies, people=AT_CAPACITY)


def overload(place: Place, server: Server, cookies: list[str], full: Met, too_much: Callable[[Met], bool]) -> Met:
    """Three times as many as were answered; twice as many again where the machine had been busy when that was measured."""
    rate = TIMES * rate_of(full)
    for _ in range(3):
        met = crowd(place, server, cookies, rate=rate)
        if too_much(met):
            return met
        rate *= 2
    return met


def test_the_excess_is_turned_away_and_the_rest_is_answered_soon(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    cookies = place.inside("seed")
    place.inside("open", given=20)
    with Server(place, WATCHED) as server:
        full = capacity(place, server, cookies)
        before = memory(place.folder)
        over = overload(place, server, cookies, full, lambda met: len(met.turned_away) > len(met.let_in) / 10)
        after = memory(place.folder)
        again = crowd(place, server, cookies, people=AT_CAPACITY)
        time.sleep(1.0)
        calm = crowd(place, server, cookies, people=2)
    for met in (full, over, again, calm):
        assert dict(met.faults) == {}
        assert set(met.took) <= {200, 201, 503}
    assert {200, 201, 503} == set(over.took)
    assert len(full.turned_away) <= len(full.let_in) / 50, "at capacity hardly anybody is turned away"
    held_against_each_other(full, over, again)
    assert after <= before + 60
    assert set(calm.took) == {200, 201}, "afterwards all is as before"
    parts = (full, over, again, calm)
    acknowledged = [name for met in parts for name in met.acknowledged]
    sent_away = [name for met in parts for name in met.sent_away]
    assert place.inside("missing", given=acknowledged) == [], "what was acknowledged is there"
    assert place.inside("missing", given=sent_away) == sorted(sent_away), "what was sent away was not kept, as it was told"
    assert place.verify() == 0
    with capsys.disabled():
        print(
            f"\n  at capacity {rate_of(full):.0f}/s, p99 {at(0.99, full.let_in):.2f} s; at {TIMES} times that "
            f"{len(over.let_in) / SECONDS:.0f}/s let in, p99 {at(0.99, over.let_in):.2f} s (at work {at(0.99, over.worked):.2f}, "
            f"waited {at(0.99, over.waited):.2f}), {len(over.turned_away) / SECONDS:.0f}/s sent away, half of them within "
            f"{at(0.5, over.turned_away):.2f} s, p99 {at(0.99, over.turned_away):.2f} s; {after} MB; "
            f"{len(acknowledged)} acknowledged, 0 missing; {len(sent_away)} sent away, 0 kept"
        )


def held_against_each_other(full: Met, over: Met, again: Met) -> None:
    """Waiting is bounded by the work of the same seconds; at length also hundredths of overload by those at capacity."""
    assert at(0.95, over.waited) <= 2 * at(0.95, over.worked), "who is let in has waited no longer than the work takes"
    assert at(0.5, over.turned_away) <= at(0.5, over.let_in), "who is not, is told before he would have been answered"
    if SECONDS >= LONG:
        capacity = max(at(0.99, full.let_in), at(0.99, again.let_in))
        assert at(0.99, over.let_in) <= TIMES * capacity, (at(0.99, over.let_in), capacity)
        assert len(over.let_in) >= min(len(full.let_in), len(again.let_in)) / 3, "the work goes on"


def test_without_the_bound_everybody_waits_for_everybody(place: Place) -> None:
    """The control; on PostgreSQL the connections run out as well, and that too is told after a long wait only."""
    cookies = place.inside("seed")
    with Server(place, UNBOUNDED) as server:
        full = capacity(place, server, cookies)
        over = overload(place, server, cookies, full, lambda met: at(0.5, met.answered) > TIMES * at(0.5, full.answered))
    assert at(0.5, over.answered) > TIMES * at(0.5, full.answered)
