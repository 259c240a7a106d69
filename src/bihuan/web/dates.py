"""Days as people list them in a form: one a line, or a first day with how often it comes round."""

from __future__ import annotations

import re
from calendar import monthrange
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
