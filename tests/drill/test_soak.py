"""Half an hour of steady work: memory, open files and threads stay as they are, and an answer costs what it cost.

At length only (``./dev drill soak``): in a few seconds caches fill and nothing can be told. BIHUAN_SOAK says how many
minutes. Short in ``./dev test``: the judge alone, which is shown a leak and none.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.drill.place import Place, founded
from tests.drill.server import RIGHT, Server, processes_of
from tests.drill.soak import Crowd, Held, Window, cost, leaks, waited, windows

pytestmark = pytest.mark.drill

MINUTES = float(os.environ.get("BIHUAN_SOAK", "0"))
WINDOW = 20.0
at_length = pytest.mark.skipif(MINUTES < 1, reason="takes half an hour: ./dev drill soak")


@pytest.fixture
def place() -> Iterator[Place]:
    with founded() as one:
        yield one
        assert processes_of(one.folder) == []


def watched(place: Place, application: str, *, seconds: float, length: float) -> tuple[list[Window], Crowd]:
    cookies = place.inside("seed")
    place.inside("open", given=60)
    with Server(place, application) as server, Crowd(server.port, cookies * 2, pace=1.0) as crowd:
        return list(windows(place, crowd, seconds=seconds, length=length)), crowd


@at_length
def test_nothing_grows(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    seen, crowd = watched(place, RIGHT, seconds=MINUTES * 60, length=WINDOW)
    assert crowd.faults == []
    assert leaks(seen) == []
    assert place.verify() == 0
    there = set(crowd.acknowledged)
    assert place.inside("missing", given=sorted(there)) == []
    assert crowd.turned_away <= sum(len(one.took) for one in seen) / 5, "a steady crowd is let in"
    fifth = len(seen) // 5
    first, last = seen[fifth : 2 * fifth], seen[-fifth:]
    with capsys.disabled():
        answers = sum(len(one.took) for one in seen)
        print(
            f"\n  {MINUTES:.0f} minutes, {answers} answers, {len(there)} matters registered, no fault; first fifth is warming up"
        )
        for name, part in (("then", first), ("at the end", last)):
            told = part[-1].held.values()
            print(
                f"  {name}: {sum(one.memory for one in told):.0f} MB in all, the largest {max(one.memory for one in told):.0f}; "
                f"{sum(one.files for one in told)} files, {sum(one.threads for one in told)} threads; an answer costs "
                f"{cost(part) * 1000:.1f} ms; half waited {waited(part) * 1000:.0f} ms, 99 of 100 "
                f"{waited(part, 0.99) * 1000:.0f} ms"
            )


@at_length
def test_a_leak_is_found(place: Place) -> None:
    """The control: the same work with an application that keeps something of every answer."""
    seen, _crowd = watched(place, "tests.drill.leaking:application", seconds=60, length=4)
    found = " ".join(leaks(seen))
    assert "memory" in found
    assert "open files" in found


def _windows(grow: float = 0, files: int = 0, threads: int = 0, dearer: float = 0) -> list[Window]:
    return [
        Window({7: Held(100 + grow * n, 20 + files * n, 5 + threads * n, float(n))}, [0.01] * 50, 1 + dearer * n, n)
        for n in range(30)
    ]


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (_windows(), ""), (_windows(grow=0.2), ""), (_windows(grow=2), "memory"), (_windows(files=1), "open files"),
        (_windows(threads=1), "threads"), (_windows(dearer=0.05), "costs"),
    ],
    ids=["nothing", "a little", "memory", "files", "threads", "processor"],
)  # fmt: skip
def test_the_judge(seen: list[Window], said: str) -> None:
    found = leaks(seen)
    assert (said in found[0]) if said else (found == [])
