"""Reminders of one running clock: one before its light turns near (where the pack wants it), one when it does."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from bihuan.rules.clocks.shape import Reading

BEFORE: Final = "before"
NEAR: Final = "near"
Told = tuple[str, str, str, str]
"""A reminder that was given: thread, clock, the due instant as its event writes it, stage."""


def stages(reading: Reading) -> tuple[tuple[str, datetime], ...]:
    """The reminders of a reading, in order: (stage, when it is due). None for a clock that does not run or has no light."""
    if not reading.lit or reading.state != "running" or reading.due_at is None:
        return ()
    found = ((BEFORE, reading.remind_at), (NEAR, reading.amber_at))
    return tuple((stage, at) for stage, at in found if at is not None and at < reading.due_at)


def next_reminder(reading: Reading, told: Collection[Told]) -> datetime | None:
    """When the next reminder is due that was not given; a later one makes the earlier needless."""
    wanted: datetime | None = None
    for stage, at in reversed(stages(reading)):
        if _named(reading, stage) in told:
            break
        wanted = at
    return wanted


def due_stage(reading: Reading, told: Collection[Told], now: datetime) -> str:
    """The latest reminder that is due by ``now`` and was not given; "" = none, or the limit itself has passed."""
    if reading.due_at is None or now > reading.due_at:
        return ""
    reached = [stage for stage, at in stages(reading) if at <= now]
    return reached[-1] if reached and _named(reading, reached[-1]) not in told else ""


def _named(reading: Reading, stage: str) -> Told:
    return reading.thread, reading.key, reading.due_at.isoformat() if reading.due_at else "", stage
