"""Which of two lengths of time is the longer, where that can be said without a calendar."""

from __future__ import annotations

from bihuan.rules.terms import Span

SHORTEST_MONTH = 28
SHORTEST_DAY = 4
"""Working hours that lie at least between a start and the end of a limit of one working day."""


def no_later(now: Span, was: Span) -> bool:
    """True when a limit of length ``now`` surely ends no later than one of ``was`` that begins at the same instant."""
    if now.n < 1:
        return False
    if now.unit == was.unit:
        return now.n <= was.n
    if (now.unit, was.unit) in (("calendar_day", "working_day"), ("hour", "working_hour")):
        return now.n <= was.n
    if was.unit == "working_day" and now.unit in ("working_hour", "hour"):
        return now.n <= was.n * SHORTEST_DAY
    return was.unit == "month" and now.unit == "calendar_day" and now.n <= was.n * SHORTEST_MONTH


def no_shorter(now: Span, was: Span) -> bool:
    """True when a warning ``now`` before a limit surely comes no later than one ``was`` before it."""
    if now.unit == was.unit:
        return now.n >= was.n
    if (now.unit, was.unit) == ("working_day", "working_hour"):
        return now.n * SHORTEST_DAY >= was.n
    if (now.unit, was.unit) == ("calendar_day", "hour"):
        return now.n * 24 >= was.n
    return (now.unit, was.unit) == ("working_day", "calendar_day") and now.n >= was.n
