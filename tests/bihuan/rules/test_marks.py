"""Marks are folds: nothing counts without an event of the pack's own naming, and a limit counts as it ended."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bihuan.rules.clocks.shape import ClockSpec, Limit
from bihuan.rules.events import Event
from bihuan.rules.procedure.marks import MarkSpec, marks_of
from bihuan.rules.procedure.shape import Procedure
from bihuan.rules.terms import Doer, Span, Where
from tests.bihuan.rules.story import OCTOBER_2026 as CALENDAR

SHANGHAI = ZoneInfo("Asia/Shanghai")
PROCEDURE = Procedure(
    key="p", clocks=(ClockSpec(key="c", starts=("assigned",), stops=("done",), limits=(Limit(span=Span(1, "working_day")),)),)
)


def event(seq: int, kind: str, day: int, unit: int = 7, thread: str = "main", **facts: object) -> Event:
    at = datetime(2026, 10, day, 10, tzinfo=SHANGHAI)
    return Event(seq=seq, kind=kind, at=at, by=Doer(kind="staff", account=1, unit=unit), thread=thread, facts=facts)  # type: ignore[arg-type]


def counted(spec: MarkSpec, *events: Event, after: int = 0) -> list[tuple[int, str, int]]:
    return [mark[:3] for mark in marks_of([spec], PROCEDURE, events, CALENDAR, after=after)]


@pytest.mark.parametrize(("day", "ending"), [(12, "met"), (13, "met"), (14, "missed")])
def test_a_limit_counts_as_it_ended(day: int, ending: str) -> None:
    spec = MarkSpec(key="k", on=("done",), clocks=("c",))
    events = event(1, "assigned", 12), event(2, "done", day)
    assert counted(spec, *events) == [(2, f"k_{ending}", 7)]
    assert counted(spec, *events, event(3, "done", 15)) == [(2, f"k_{ending}", 7)]  # it had stopped already
    assert counted(spec, *events, after=2) == []


def test_for_whom_it_counts() -> None:
    events = (
        event(1, "assigned", 12, 1, holder_unit=5),
        event(2, "signed", 12, 5),
        event(3, "called", 13, 1, outcome="yes", asked_by_unit=9),
    )
    assert counted(MarkSpec(key="k", on=("called",), of="signed"), *events) == [(3, "k", 5)]
    assert counted(MarkSpec(key="k", on=("called",), of="holder"), *events) == [(3, "k", 5)]
    assert counted(MarkSpec(key="k", on=("called",)), *events) == [(3, "k", 9)]
    assert counted(MarkSpec(key="k", on=("called",), of="passed"), *events) == []


def test_what_does_not_count() -> None:
    spec = MarkSpec(key="k", on=("called",), where=Where((("outcome", ("yes",)),)))
    assert counted(spec, event(1, "called", 12, outcome="no")) == []
    assert counted(spec, event(1, "called", 12, thread="joint:4", outcome="yes")) == []
    beside = MarkSpec(key="k", on=("called",), thread="joint")
    assert counted(beside, event(1, "called", 12, thread="joint:4")) == [(1, "k", 7)]
