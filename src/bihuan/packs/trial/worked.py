"""Worked values (worked.toml): what a pack's lengths of time mean on the calendar, said twice so that a slip shows.

They are no part of the pack and not in its digest: they prove it, as its stories do. ``draft`` writes them from the rules
as they stand; somebody compares them with the regulation once, and from then on a changed length contradicts them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from bihuan.packs.faults import Finding
from bihuan.packs.reading import Reading
from bihuan.packs.shape import Pack
from bihuan.packs.source import Source, read_source
from bihuan.packs.written import Table
from bihuan.rules.calendar import Calendar
from bihuan.rules.clocks.limits import amber_of, remind_of
from bihuan.rules.clocks.shape import ClockSpec, Limit
from bihuan.rules.procedure.shape import Action, Procedure
from bihuan.rules.terms import Span

FILE: Final = "worked.toml"
PROOF: Final = 13
FIRST: Final = datetime.fromisoformat("2026-09-23T10:00:00")
"""The drafts count from here on: before the Mid-Autumn and National holidays of a published year."""
MOST_DAYS: Final = 40


class WorkedT(Table, kw_only=True):
    """``[[worked]]``: one length of time of a clock, an act or a final state, counted once."""

    procedure: str
    clock: str = ""
    limit: str = ""
    act: str = ""
    fact: str = ""
    guard: int = 0
    state: str = ""
    start: Any = msgspec.field(name="from")
    due: Any = None
    near: Any = None
    remind: Any = None
    until: Any = None
    latest: Any = None


@dataclass(frozen=True, slots=True)
class Length:
    """One length of time and what names it. ``limit`` is None for what no clock counts (a window, the latest date)."""

    where: Mapping[str, Any]
    span: Span
    clock: ClockSpec | None = None
    limit: Limit | None = None

    def values(self, start: datetime, calendar: Calendar) -> dict[str, Any]:
        """What it comes to when it starts then: ``due near remind`` of a limit, ``until`` of a window, ``latest`` of a date."""
        end = calendar.add(start, self.span)[0]
        if "fact" in self.where:
            return {"latest": calendar.local(end).date()}
        if self.clock is None or self.limit is None:
            return {"until": calendar.local(end)}
        near = amber_of(self.clock, self.limit, start, end, calendar)
        remind = remind_of(self.limit, start, near, calendar)
        found = {"due": end, "near": near, **({"remind": remind} if remind else {})}
        return {name: calendar.local(at) for name, at in found.items()}


def lengths(procedure: Procedure) -> Iterator[Length]:
    """Every length of time of a procedure: limits, windows of guards, latest dates of forms, windows to reopen."""
    parts = [("", procedure.states, procedure.actions, procedure.clocks)]
    parts += [(f"{thread.key}.", thread.states, thread.actions, thread.clocks) for thread in procedure.threads]
    for before, states, actions, clocks in parts:
        head = {"procedure": procedure.key}
        for clock in clocks:
            for n, limit in enumerate(clock.limits):
                if limit.span is not None:
                    named = {"limit": limit.key or str(n + 1)} if len(clock.limits) > 1 else {}
                    yield Length({**head, "clock": before + clock.key, **named}, limit.span, clock, limit)
        for action in actions:
            yield from _of_act({**head, "act": before + action.key}, action)
        for state in states:
            if state.reopens:
                yield Length({**head, "state": before + state.key}, state.reopens.within)


def _of_act(head: Mapping[str, Any], action: Action) -> Iterator[Length]:
    for n, guard in enumerate(action.guards, 1):
        if guard.within is not None:
            yield Length({**head, "guard": n}, guard.within)
    for name, need in action.needs.items():
        if need.latest is not None:
            yield Length({**head, "fact": name}, need.latest)


# -- proving ----------------------------------------------------------------------------------------------------------


def read(folder: Path, reading: Reading) -> tuple[Source, list[WorkedT]]:
    """The worked values of a pack's folder; none where the file is not there."""
    if not (folder / FILE).is_file():
        return Source(FILE, {}), []
    source = read_source(folder / FILE, FILE, reading.faults)
    for name in sorted(set(source.data) - {"worked"}):
        reading.fault(source, (name,), f"{FILE} has no table {name!r}: write [[worked]]")
    return source, [table for _, table in reading.tables(source, ("worked",), source.data.get("worked", []), WorkedT)]


def prove(pack: Pack, folder: Path, calendar: Calendar) -> list[Finding]:
    """Each worked value that the rules do not come to, or that names what there is not."""
    reading = Reading()
    source, tables = read(folder, reading)
    for n, table in enumerate(tables):
        for message in contradictions(table, pack.procedures, calendar):
            place = ("worked", n)
            key = f"{table.procedure}.{table.clock or table.act or table.state}"
            reading.faults.append(Finding(file=FILE, key=key, line=source.line(place), message=message, proof=PROOF))
    return reading.faults


def contradictions(table: WorkedT, procedures: Mapping[str, Procedure], calendar: Calendar) -> Iterator[str]:
    """What of one worked value is not so."""
    procedure = procedures.get(table.procedure)
    if procedure is None:
        yield f"there is no procedure {table.procedure!r}; there are: {', '.join(procedures)}"
        return
    wanted = {name: getattr(table, name) for name in ("clock", "limit", "act", "fact", "guard", "state")}
    named = {"procedure": table.procedure, **{name: value for name, value in wanted.items() if value}}
    found = [one for one in lengths(procedure) if dict(one.where) == named]
    if len(found) != 1:
        yield f"nothing here has this length of time: {_shown(named)}; write one of those that `bihuan packs worked` lists"
        return
    start = _instant(table.start, calendar)
    if start is None:
        yield f"from is no instant: {table.start!r}"
        return
    values = found[0].values(start, calendar)
    told = {name: getattr(table, name) for name in ("due", "near", "remind", "until", "latest")}
    if all(value is None for value in told.values()):
        yield f"says nothing: write {', '.join(values)}"
    for name, value in told.items():
        if value is not None and not _same(values.get(name), value, calendar):
            stands = values[name].isoformat() if name in values else "nothing"
            yield f"{name} is {stands} by the rules, not {value}: correct the rule or the worked value"


def _instant(value: Any, calendar: Calendar) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else calendar.at_wall_clock(value)


def _same(stands: Any, told: Any, calendar: Calendar) -> bool:
    if isinstance(stands, datetime):
        return _instant(told, calendar) == stands
    return isinstance(stands, date) and str(told)[:10] == stands.isoformat()


def _shown(named: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in named.items())


# -- drafting ---------------------------------------------------------------------------------------------------------


def draft(pack: Pack, calendar: Calendar) -> str:
    """worked.toml as the rules stand, each counted from a moment at which one more or one less would show."""
    text = [f"# {pack.title}：各项期限的算例。改动期限而不改算例，bihuan packs check 会指出。"]
    for procedure in pack.procedures.values():
        for length in lengths(procedure):
            start = telling_start(length, calendar)
            rows = {**length.where, "from": start, **length.values(start, calendar)}
            text += ["", "[[worked]]", *(f"{name} = {_toml(value)}" for name, value in rows.items())]
    return "\n".join(text) + "\n"


def telling_start(length: Length, calendar: Calendar) -> datetime:
    """The first morning from which the length, one less and one more end at three different moments."""
    span = length.span
    for days in range(MOST_DAYS):
        start = calendar.at_wall_clock(FIRST + timedelta(days=days))
        if not calendar.is_working(start.date()):
            continue
        ends = [calendar.add(start, Span(span.n + more, span.unit))[0] for more in (-1, 0, 1) if span.n + more > 0]
        if len({calendar.local(end).date() if "fact" in length.where else end for end in ends}) == len(ends):
            return start
    return calendar.at_wall_clock(FIRST)


def _toml(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return str(value) if isinstance(value, int) else value.isoformat() if isinstance(value, date) else f'"{value}"'
