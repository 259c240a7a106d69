"""Playing a procedure in tests: a small county's units, a cast, and a case that remembers what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bihuan.rules.calendar import Calendar
from bihuan.rules.clocks.reading import explain, read, read_all
from bihuan.rules.clocks.shape import Reading
from bihuan.rules.events import MAIN, Event
from bihuan.rules.lights import Light, light_of
from bihuan.rules.procedure.decide import (
    CaseView,
    Decision,
    Position,
    Refusal,
    available,
    decide,
    due_automatic,
    limits_passed,
    open_case,
)
from bihuan.rules.procedure.shape import Procedure
from bihuan.rules.routing import UnitFact, UnitTable
from bihuan.rules.terms import RESIDENT, SYSTEM, Doer

SHANGHAI = ZoneInfo("Asia/Shanghai")
AUTHORITY, CENTRE, WATER, ROADS, TOWN, STATION, VILLAGE, GRID = range(1, 9)
UNITS = UnitTable(
    [
        UnitFact(AUTHORITY, "authority", "990001", 0, "county"),
        UnitFact(CENTRE, "centre", "990001", AUTHORITY, "county"),
        UnitFact(WATER, "office", "990001", CENTRE, "county", key="water"),
        UnitFact(ROADS, "office", "990001", CENTRE, "county", key="roads"),
        UnitFact(TOWN, "town_centre", "990001001", CENTRE, "township"),
        UnitFact(STATION, "station", "990001001", TOWN, "township", key="station"),
        UnitFact(VILLAGE, "village", "990001001001", TOWN, "village"),
        UnitFact(GRID, "grid", "990001001001001", VILLAGE, "grid"),
    ],
    centre_kinds={"county": "centre", "township": "town_centre"},
)
AREA = "990001001001001"
OCTOBER_2026 = Calendar(
    off=frozenset(date(2026, 10, day) for day in range(1, 8)) | {date(2026, 9, 25), date(2026, 9, 27)},
    made_up=frozenset({date(2026, 9, 20), date(2026, 10, 10)}),
    known_years=frozenset({2026}),
)


def on(text: str) -> datetime:
    """An instant in Shanghai: "2026-10-08 09:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def person(unit: int, post: str, account: int = 0) -> Doer:
    """A member of staff; without an account number one that is the post's own."""
    return Doer(kind="staff", account=account or 1000 * unit + sum(map(ord, post)), unit=unit, post=post)


@dataclass
class Story:
    """One case and its clock; every decided event and move is applied, every refusal changes nothing."""

    procedure: Procedure
    now: datetime
    calendar: Calendar = OCTOBER_2026
    events: list[Event] = field(default_factory=list)
    positions: dict[str, Position] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    last: Decision | None = None

    @property
    def view(self) -> CaseView:
        return CaseView(procedure=self.procedure, events=self.events, positions=self.positions, attributes=self.attributes)

    def open(self, doer: Doer, centre: int = CENTRE, about_unit: int = 0, **facts: Any) -> Refusal | None:
        return self._apply(
            open_case(
                self.procedure,
                facts=facts,
                doer=doer,
                at=self.now,
                calendar=self.calendar,
                directory=UNITS,
                centre=centre,
                area_code=AREA,
                about_unit=about_unit,
            )
        )

    def do(self, doer: Doer, action: str, at: str = "", thread: str = MAIN, **facts: Any) -> Refusal | None:
        """Let somebody act, at an instant or at the moment of the last act."""
        self.now = on(at) if at else self.now
        return self._apply(
            decide(
                self.view,
                thread=thread,
                action=action,
                facts=facts,
                doer=doer,
                at=self.now,
                calendar=self.calendar,
                directory=UNITS,
            )
        )

    def must(self, doer: Doer, action: str, at: str = "", thread: str = MAIN, **facts: Any) -> None:
        """The same, for an act that is lawful."""
        refusal = self.do(doer, action, at, thread, **facts)
        assert refusal is None, refusal

    def work(self, at: str) -> list[tuple[str, str]]:
        """Let the worker do what is due by an instant; what it did."""
        self.now = on(at)
        done = []
        for thread, clock in limits_passed(self.view, self.now, self.calendar):
            self.must(SYSTEM, "limit_passed", thread=thread, clock=clock)
            done.append((thread, f"limit_passed:{clock}"))
        for thread, action in due_automatic(self.view, self.now, self.calendar, UNITS):
            self.must(SYSTEM, action, thread=thread)
            done.append((thread, action))
        return done

    def _apply(self, outcome: Decision | Refusal) -> Refusal | None:
        if isinstance(outcome, Refusal):
            return outcome
        assert [event.seq for event in outcome.events] == [len(self.events) + 1 + n for n in range(len(outcome.events))]
        self.last = outcome
        self.events += outcome.events
        for move in outcome.moves:
            old = self.positions.get(move.thread)
            assert (old is None) == move.new
            assert old is None or old.state == move.from_state
            fresh = Position(thread=move.thread, kind=move.kind, item=move.item, state=move.to_state)
            self.positions[move.thread] = replace(old or fresh, state=move.to_state, holder=move.holder, open=move.open)
        return None

    def state(self, thread: str = MAIN) -> str:
        return self.positions[thread].state

    def clock(self, key: str, thread: str = MAIN, at: str = "") -> Reading:
        return read(self._spec(key, thread), self.events, self.calendar, on(at) if at else self.now, thread=thread)

    def why(self, key: str, thread: str = MAIN) -> list[tuple[str, str, int]]:
        days = explain(self._spec(key, thread), self.events, self.calendar, self.now, thread=thread).days
        return [(day.day.strftime("%m-%d"), day.kind, day.n) for day in days]

    def light(self, key: str, thread: str = MAIN, at: str = "") -> Light | None:
        return light_of(self.clock(key, thread, at), on(at) if at else self.now)

    def readings(self) -> dict[tuple[str, str], Reading]:
        return {(r.thread, r.key): r for r in read_all(self.procedure, self.events, self.calendar, self.now)}

    def can(self, doer: Doer) -> dict[str, str]:
        """Acts offered, with the sentence of the guard that stops each ("" = may be done)."""
        return {offer.action.key: offer.refused for offer in available(self.view, doer, self.now, self.calendar, UNITS)}

    def kinds(self, thread: str = MAIN) -> list[str]:
        return [event.kind for event in self.events if event.thread == thread]

    def _spec(self, key: str, thread: str) -> Any:
        kind = thread.partition(":")[0]
        specs = {spec.key: spec.clocks for spec in self.procedure.threads}
        clocks = self.procedure.clocks if thread == MAIN else specs[kind]
        return next(clock for clock in clocks if clock.key == key)


__all__ = ["AREA", "RESIDENT", "SHANGHAI", "SYSTEM", "UNITS", "Story", "on", "person"]
