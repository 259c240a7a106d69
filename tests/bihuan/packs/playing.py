"""Playing a procedure with the pure rules alone: a case as a list of events and positions, people as units and posts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bihuan.packs import Pack, divisions, load
from bihuan.packs.proofs.holders import Tree
from bihuan.rules.calendar import Calendar
from bihuan.rules.clocks.reading import read
from bihuan.rules.clocks.shape import Reading
from bihuan.rules.events import MAIN, Event
from bihuan.rules.procedure.decide import CaseView, Decision, Position, Refusal, decide, due_automatic, open_case
from bihuan.rules.terms import SYSTEM, Doer
from tests.bihuan.rules.story import OCTOBER_2026

ZONE = ZoneInfo("Asia/Shanghai")


def moment(text: str) -> datetime:
    """An instant of the office's clock: "2026-10-08 09:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@cache
def _tree(folder: str | Path) -> Tree:
    return Tree(load(folder), divisions(folder))


@dataclass
class Play:
    """One case of a pack on the move. ``at`` moves on with ``when``; units are found by office key and area."""

    pack: Pack
    procedure: str
    folder: str | Path
    at: datetime
    calendar: Calendar = OCTOBER_2026
    events: list[Event] = field(default_factory=list)
    positions: dict[str, Position] = field(default_factory=dict)
    said: str = ""

    def __post_init__(self) -> None:
        self.tree = _tree(self.folder)
        self.rules = self.pack.procedures[self.procedure]

    def unit(self, office: str, area: str = "") -> int:
        """The number of an office's unit in an area (its own code, or the first there is)."""
        return next(unit.id for unit in self.tree.units if unit.key == office and unit.area_code.startswith(area))

    def who(self, post: str, office: str, account: int = 0, area: str = "") -> Doer:
        """Somebody at a post of an office."""
        unit = self.unit(office, area)
        return Doer(kind="staff", account=account or unit * 10_000 + sum(map(ord, post)), unit=unit, post=post)

    def open(self, doer: Doer, **facts: Any) -> str:
        """Open the case; "" or the refusal."""
        return self._take(
            open_case(self.rules, facts=facts, doer=doer, at=self.at, calendar=self.calendar, directory=self.tree.table)
        )

    def do(self, doer: Doer, action: str, thread: str = MAIN, when: str = "", **facts: Any) -> str:
        """One act; "" or what the person reads instead."""
        if when:
            self.at = moment(when)
        view = self._view()
        decided = decide(
            view, thread=thread, action=action, facts=facts, doer=doer, at=self.at, calendar=self.calendar,
            directory=self.tree.table,
        )  # fmt: skip
        return self._take(decided)

    def work(self, when: str) -> list[str]:
        """What the worker does at an instant, as the system."""
        self.at = moment(when)
        done = []
        for thread, action in due_automatic(self._view(), self.at, self.calendar, self.tree.table):
            assert self.do(SYSTEM, action, thread) == ""
            done.append(action)
        return done

    def clock(self, key: str, thread: str = MAIN, when: str = "") -> Reading:
        """What a clock says."""
        kind = thread.partition(":")[0]
        clocks = list(self.rules.clocks) + [clock for spec in self.rules.threads if spec.key == kind for clock in spec.clocks]
        spec = next(clock for clock in clocks if clock.key == key)
        return read(spec, self.events, self.calendar, moment(when) if when else self.at, thread=thread)

    def due(self, key: str, thread: str = MAIN) -> str:
        """When a clock runs out, as people say it."""
        due = self.clock(key, thread).due_at
        return due.astimezone(ZONE).strftime("%Y-%m-%d %H:%M") if due else ""

    @property
    def state(self) -> str:
        """Where the main thread stands."""
        return self.positions[MAIN].state

    def _view(self) -> CaseView:
        return CaseView(procedure=self.rules, events=tuple(self.events), positions=self.positions)

    def _take(self, decided: Decision | Refusal) -> str:
        if isinstance(decided, Refusal):
            return decided.say
        self.events += decided.events
        for move in decided.moves:
            known = self.positions.get(move.thread)
            self.positions[move.thread] = Position(
                thread=move.thread, kind=move.kind, item=move.item, state=move.to_state, holder=move.holder,
                version=known.version + 1 if known else 1, open=move.open,
            )  # fmt: skip
        return ""
