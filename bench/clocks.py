"""Timing on a shared machine: two things are measured in turns, and their ratio is the middle of the turns' ratios."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time


@dataclass(frozen=True, slots=True)
class Pair:
    """Milliseconds of one run of the thing and of its floor, and how much of the floor's speed it reaches.

    ``cpu_ms``: this process's own work in one run of the thing, which a neighbour's load hardly changes.
    """

    ms: float
    cpu_ms: float
    floor_ms: float
    reached: float


def timed(run: Callable[[], object]) -> float:
    """Milliseconds of one run."""
    start = perf_counter()
    run()
    return (perf_counter() - start) * 1000


def middle(run: Callable[[], object], times: int, *, warm: int = 3) -> float:
    """Milliseconds of the median run."""
    for _ in range(warm):
        run()
    return median(timed(run) for _ in range(times))


def in_turns(thing: Callable[[], object], floor: Callable[[], object], *, turns: int = 12, runs: int = 15) -> Pair:
    """Both in blocks one after the other, so that a neighbour's load falls on both."""
    for _ in range(3):
        thing()
        floor()
    things: list[float] = []
    worked: list[float] = []
    floors: list[float] = []
    ratios: list[float] = []
    for _ in range(turns):
        start = process_time()
        mine = median(timed(thing) for _ in range(runs))
        worked.append((process_time() - start) * 1000 / runs)
        bare = median(timed(floor) for _ in range(runs))
        things.append(mine)
        floors.append(bare)
        ratios.append(bare / mine)
    return Pair(median(things), median(worked), median(floors), median(ratios))


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values lies."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]
