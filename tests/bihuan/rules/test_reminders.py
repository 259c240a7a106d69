"""Reminders of a clock: before its light turns and when it does, each once for each limit, never after it has passed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bihuan.rules.clocks.reminders import BEFORE, NEAR, due_stage, next_reminder, stages
from bihuan.rules.clocks.shape import Reading

START = datetime(2026, 10, 12, 2, 0, tzinfo=UTC)
READING = Reading(
    key="resolve",
    thread="main",
    state="running",
    started_at=START,
    remind_at=START + timedelta(days=5),
    amber_at=START + timedelta(days=6),
    due_at=START + timedelta(days=7),
)


def told(*names: str, reading: Reading = READING) -> set[tuple[str, str, str, str]]:
    due = reading.due_at.isoformat() if reading.due_at else ""
    return {("main", "resolve", due, name) for name in names}


def test_the_course_of_a_limit() -> None:
    assert next_reminder(READING, set()) == READING.remind_at
    assert due_stage(READING, set(), START + timedelta(days=4)) == ""
    assert due_stage(READING, set(), START + timedelta(days=5)) == BEFORE
    assert due_stage(READING, told(BEFORE), START + timedelta(days=5)) == ""
    assert next_reminder(READING, told(BEFORE)) == READING.amber_at
    assert due_stage(READING, told(BEFORE), START + timedelta(days=6)) == NEAR
    assert next_reminder(READING, told(BEFORE, NEAR)) is None


def test_who_comes_late_gives_only_the_later_one() -> None:
    assert due_stage(READING, set(), START + timedelta(days=6, hours=3)) == NEAR
    assert next_reminder(READING, told(NEAR)) is None


def test_nothing_for_what_does_not_run_or_has_passed() -> None:
    for reading in (replace(READING, state="stopped"), replace(READING, state="paused"), replace(READING, lit=False)):
        assert stages(reading) == ()
        assert next_reminder(reading, set()) is None
    assert due_stage(READING, set(), START + timedelta(days=7, seconds=1)) == ""


def test_a_limit_that_moved_is_reminded_of_anew() -> None:
    moved = replace(READING, amber_at=START + timedelta(days=8), due_at=START + timedelta(days=9))
    assert next_reminder(moved, told(BEFORE, NEAR)) == moved.remind_at
    assert next_reminder(moved, told(BEFORE, NEAR, reading=moved)) is None


@given(st.lists(st.integers(0, 24 * 9), min_size=1, max_size=30))
def test_however_often_somebody_looks_each_reminder_comes_once(hours: list[int]) -> None:
    """A worker that looks at any hours gives at most one of each stage, in order, and none after the limit."""
    given_: list[str] = []
    for hour in sorted(hours):
        now = START + timedelta(hours=hour)
        stage = due_stage(READING, told(*given_), now)
        if stage:
            assert READING.due_at is not None
            assert now <= READING.due_at
            given_.append(stage)
    assert given_ in ([], [BEFORE], [NEAR], [BEFORE, NEAR])
    reached = [hour for hour in hours if 24 * 6 <= hour <= 24 * 7]
    assert not reached or NEAR in given_
