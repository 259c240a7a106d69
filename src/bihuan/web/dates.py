"""Days as people list them in a form: one a line, or a first day with how often it comes round."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

MOST: Final = 60
"""More instalments than this are asked for in several acts."""
LONGEST_LINE: Final = 60
"""A line with more signs than this is no day and no series."""
_SERIES = re.compile(r"^(?P<first>\d{4}-\d{2}-\d{2})[\s,，]+(?P<every>\S+?)[\s,，]*(?P<times>\d{1,3})\s*次?$")
_MONTHS: Final = {
    "monthly": 1, "quarterly": 3, "half-yearly": 6, "yearly": 12, "每月": 1, "每季": 3, "每半年": 6, "每年": 12,
}  # fmt: skip


EVERY: Final = ("monthly", "quarterly", "half-yearly", "yearly")
"""How often a form lets a first day come round."""
SHOWN, ROWS = 2, 12
"""Rows for days that a form shows at first, and that it has in all."""


@dataclass(frozen=True, slots=True)
class Days:
    """Days as a form asks for them: a row each, and how often and how many times the first comes round ("" = it does not)."""

    rows: tuple[str, ...] = ()
    every: str = ""
    times: str = ""

    @property
    def shown(self) -> list[str]:
        """The rows that stand open: those filled in, two at least."""
        return [*self.rows, *[""] * (SHOWN - len(self.rows))]

    @property
    def further(self) -> range:
        """The rows behind them, by their number."""
        return range(len(self.shown) + 1, ROWS + 1)

    def listed(self) -> list[str]:
        """The days as ISO text. Raises ValueError as ``listed_dates`` does."""
        if not self.every and not self.times:
            return listed_dates("\n".join(self.rows))
        series = " ".join(filter(None, (*self.rows[:1], self.every, self.times)))
        return listed_dates("\n".join((series, *self.rows[1:])))


def typed_days(rows: Iterable[str], every: str, times: str) -> Days:
    """What was typed into such a form; a row may hold several days, a line each."""
    lines = (line.strip() for row in rows for line in row.splitlines())
    return Days(tuple(filter(None, lines)), every.strip(), times.strip())


def listed_dates(typed: str) -> list[str]:
    """The days of a list as ISO text, in the order typed. Raises ValueError for a line that is no day and no series.

    A series is a first day, how often it comes round and how many times in all: "2026-09-01 yearly 9", "2026-09-01，每年9次".
    Where a month has no such day its last day stands.
    """
    found: list[str] = []
    for line in filter(None, (one.strip() for one in re.split(r"[\n;；、]", typed))):
        if len(line) > LONGEST_LINE:
            raise ValueError(line[:LONGEST_LINE])
        series = _SERIES.match(line)
        if series is None:
            found.append(date.fromisoformat(line).isoformat())
            continue
        months, times = _MONTHS.get(series["every"]), int(series["times"])
        if months is None or not 0 < times <= MOST:
            raise ValueError(line)
        first = date.fromisoformat(series["first"])
        found += [months_after(first, months * n).isoformat() for n in range(times)]
    if not found or len(found) > MOST:
        raise ValueError(typed)
    return found


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
