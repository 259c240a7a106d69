"""The words in which stories (stories/*.toml) are told: what may be expected after an act, and when an act happens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bihuan.rules.calendar import Calendar
from bihuan.rules.terms import Span

LATER: Final = re.compile(r"^\+(?P<n>\d+)(?P<unit>wd|d|m|h|min)(?: (?P<at>\d\d:\d\d))?$")
RESIDENT, SYSTEM = "resident", "system"
FIRST: Final = "first"
"""The name of a story's first case, where another one is told of, too."""
EXPECTED: Final = frozenset(
    {"state", "threads", "light", "due", "can", "cannot", "sees", "unseen", "events", "sent", "charged", "papers", "cases"}
)  # fmt: skip
"""What a story may expect after an act; ``[end]`` also has ``at``. ``cases``: of which other case the same is expected."""
KEPT: Final = ("kind", "channel")
"""What a case that is split off takes over from the first unless something else is given."""
UNSEEN: Final = "not found"
"""What ``refused`` says where somebody may not even know that there is such a case."""
LOOKS: Final = (time(0, 10), time(8, 35), time(9, 5), time(12, 5), time(14, 0), time(17, 35))
"""When the worker looks for what has come due between two acts."""
WORSE: Final[Mapping[str, tuple[str, ...]]] = {"running": ("near", "over"), "near": ("over",), "met": ("missed",)}
"""What a light may be on an overlay where the county's story tells another: its limits are shorter, its warnings earlier."""


class StoryFault(Exception):
    """A story names something that the pack or the place does not have; the message says what."""


def instant(written: str, last: datetime, calendar: Calendar) -> datetime:
    """When an act happens: an instant, or counted from the last one: ``+3wd 10:00``, ``+2d``, ``+1m``, ``+4h``, ``+30min``.

    Working days are counted as the calendar's; without a time of day the last one's stands. Raises StoryFault.
    """
    counted = LATER.match(written)
    if counted is None:
        try:
            at = datetime.fromisoformat(written)
        except ValueError as error:
            raise StoryFault(f"no instant: {written!r}") from error
        return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(calendar.zone))
    n, unit = int(counted["n"]), counted["unit"]
    if unit in ("h", "min"):
        return last + timedelta(hours=n) if unit == "h" else last + timedelta(minutes=n)
    local = calendar.local(last)
    day = local.date()
    if unit == "m":
        day = calendar.local(calendar.due(last, Span(n, "month")).at).date()
    for _ in range(n if unit != "m" else 0):
        day += timedelta(days=1)
        while unit == "wd" and not calendar.is_working(day):
            day += timedelta(days=1)
    clock = time.fromisoformat(counted["at"]) if counted["at"] else local.time()
    return calendar.at_wall_clock(datetime.combine(day, clock))
