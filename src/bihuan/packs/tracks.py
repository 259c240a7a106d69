"""Horizontal tracks between two rows of boxes: which arrow runs on which, and where its name stands clear of other lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

APART = 16
CLEAR = 5
SPACE = 9
"""Units between two tracks, beside the height of the words."""
STEP = 4
BESIDE = 70


@dataclass(frozen=True, slots=True)
class Label:
    """The rectangle in which words stand."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class Leg:
    """A vertical line from a box to the track. ``from_above``: the box stands over the track; ``ends``: the arrow's head."""

    x: float
    from_above: bool
    key: str
    ends: bool = False


@dataclass(slots=True, eq=False)
class Run:
    """One arrow in a channel: its legs, its words with their size, and, once settled, its track and the words' middle."""

    step: Any
    legs: Sequence[Leg]
    words: tuple[str, ...]
    width: float
    high: float
    track: int = 0
    label_x: float = 0.0

    @property
    def left(self) -> float:
        """The leftmost leg."""
        return min(leg.x for leg in self.legs)

    @property
    def right(self) -> float:
        """The rightmost leg."""
        return max(leg.x for leg in self.legs)

    def reach(self) -> tuple[float, float]:
        """What the run takes up of its track: its line and its words."""
        half = self.width / 2
        middle = self.label_x or (self.left + self.right) / 2
        return min(self.left, middle - half), max(self.right, middle + half)


@dataclass(slots=True)
class Channel:
    """The room between two rows. ``outward``: -1 = tracks are counted upwards from the row below, 1 = downwards."""

    outward: int
    runs: list[Run] = field(default_factory=list)
    _tops: dict[int, float] = field(default_factory=dict)
    height: float = 0.0

    def add(self, run: Run) -> None:
        """Take a run in; ``settle`` gives it its track."""
        self.runs.append(run)

    def settle(self) -> None:
        """Give every run a track and its words a place; short ones nearest to the boxes they join."""
        self.runs.sort(key=lambda run: (run.right - run.left, run.left))
        for run in self.runs:
            run.track = 0
            while any(other.track == run.track and _meet(run, other) for other in self.runs[: self.runs.index(run)]):
                run.track += 1
        for _round in range(3 * len(self.runs)):
            for run in self.runs:
                run.label_x = self._best(run)[1]
            crowded = [run for run in self.runs if self._best(run)[0] or self._overlaps(run)]
            if not crowded:
                break
            crowded[0].track = max(run.track for run in self.runs) + 1
        self._close_up()
        self._measure()

    def _overlaps(self, run: Run) -> bool:
        return any(other is not run and other.track == run.track and _meet(run, other) for other in self.runs)

    def _best(self, run: Run) -> tuple[int, float]:
        """(lines through the words, middle of the words) at the place along the run that is crossed least."""
        crossing = self._crossing(run)
        half = run.width / 2
        centre = (run.left + run.right) / 2
        slack = (run.right - run.left) / 2 + half + BESIDE  # beside the line's end, which is then drawn on below the words
        places = [centre, *(centre + sign * n * STEP for n in range(1, int(slack / STEP) + 1) for sign in (1, -1))]
        counted = [(sum(abs(x - at) < half + CLEAR for x in crossing), abs(at - centre), at) for at in places]
        fewest = min(counted)
        return fewest[0], fewest[2]

    def _crossing(self, run: Run) -> list[float]:
        """Where vertical lines pass through the strip above the run's track, in which its words stand."""
        lines = [leg.x for leg in run.legs if leg.from_above]
        for other in self.runs:
            if other is run:
                continue
            higher = (other.track - run.track) * self.outward < 0  # the other track lies above this one
            same = other.track == run.track
            lines += [leg.x for leg in other.legs if (leg.from_above and (same or not higher)) or (not leg.from_above and higher)]
        return lines

    def _close_up(self) -> None:
        kept = {track: n for n, track in enumerate(sorted({run.track for run in self.runs}))}
        for run in self.runs:
            run.track = kept[run.track]

    def _measure(self) -> None:
        """The height of each track, and of the channel."""
        high: dict[int, float] = {}
        for run in self.runs:
            high[run.track] = max(high.get(run.track, 0), run.high)
        at = SPACE if high else 0.0
        for track in sorted(high):
            if self.outward > 0:
                at += high[track] + SPACE
                self._tops[track] = at
            else:
                at += SPACE
                self._tops[track] = at
                at += high[track]
        self.height = at + (2 * SPACE if high else 0)

    def y_of(self, run: Run, base: float) -> float:
        """Where the run's line lies; ``base``: the edge of the row from which the tracks are counted."""
        return base + self.outward * self._tops[run.track]


def _meet(one: Run, other: Run) -> bool:
    a, b = one.reach(), other.reach()
    return a[0] < b[1] + APART and b[0] < a[1] + APART
