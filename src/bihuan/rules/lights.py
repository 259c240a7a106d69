"""Lights: what colour a deadline has at one instant. Six of them; the light is on the office, never on a person."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from bihuan.rules.clocks.shape import ClockState, Reading


class Light(StrEnum):
    """running and near: in time and open; over: open and late; met, missed: ended in time or late; paused: suspended."""

    RUNNING = "running"
    NEAR = "near"
    OVER = "over"
    MET = "met"
    MISSED = "missed"
    PAUSED = "paused"


def light(
    due_at: datetime | None,
    amber_at: datetime | None,
    state: ClockState | str,
    stopped_at: datetime | None,
    now: datetime,
) -> Light:
    """The light of a started clock at ``now``, from the stored index alone. The due instant itself is still in time.

    Raises ValueError for an idle clock: it has no light.
    """
    if state == "idle":
        raise ValueError("a clock that has not started has no light")
    if state == "stopped":
        late = due_at is not None and stopped_at is not None and stopped_at > due_at
        return Light.MISSED if late else Light.MET
    if due_at is not None and now > due_at:
        return Light.OVER
    if state == "paused":
        return Light.PAUSED
    return Light.NEAR if amber_at is not None and now >= amber_at else Light.RUNNING


def light_of(reading: Reading, now: datetime) -> Light | None:
    """The light of a reading, or None when it has none: not started, or charged to nobody (a resident's window)."""
    if reading.state == "idle" or not reading.lit:
        return None
    return light(reading.due_at, reading.amber_at, reading.state, reading.stopped_at, now)
