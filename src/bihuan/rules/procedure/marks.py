"""Marks: what counts in the figures of an office, as folds over events. Figures are of offices, never of residents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from bihuan.rules.calendar import Calendar
from bihuan.rules.clocks.reading import HOLDER_UNIT, kind_of, read
from bihuan.rules.events import MAIN, Event
from bihuan.rules.procedure.course import ASKED_BY_UNIT, index_of
from bihuan.rules.procedure.shape import Procedure
from bihuan.rules.terms import Where

DOER, HOLDER = "doer", "holder"
MET, MISSED = "met", "missed"
OFS: Final = (DOER, HOLDER)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkSpec:
    """Something that counts (indicators.toml ``[[mark]]``): on these events, where their facts are so.

    ``of``: the unit it counts for: the ``doer`` (who asked, where another granted), the ``holder`` from then on, or who did
    the latest event of that name. ``clocks``: it counts only where one of these stopped with the event, as ``<key>_met`` or
    ``<key>_missed``. ``thread``: a kind of thread instead of the main one.
    """

    key: str
    title: str = ""
    on: tuple[str, ...]
    of: str = DOER
    where: Where = Where()
    clocks: tuple[str, ...] = ()
    thread: str = ""


class Mark(NamedTuple):
    """One thing that counted: with which event, under which key, for which unit, when."""

    seq: int
    key: str
    unit: int
    at: datetime


def marks_of(
    specs: Iterable[MarkSpec], procedure: Procedure, events: Sequence[Event], calendar: Calendar, *, after: int = 0
) -> list[Mark]:
    """What counted from the ``after``-th event on. Where no unit can be named nothing counts."""
    kinds = {event.kind for event in events[after:]}
    wanted = [spec for spec in specs if not kinds.isdisjoint(spec.on)]
    found = []
    for index in range(after, len(events)) if wanted else ():
        event = events[index]
        for spec in wanted:
            if event.kind not in spec.on or not _same_thread(spec, event) or not spec.where.holds(event.facts):
                continue
            ending = _ending(spec, procedure, events[: index + 1], calendar) if spec.clocks else ""
            unit = _unit(spec, events[: index + 1])
            if unit and (ending or not spec.clocks):
                found.append(Mark(event.seq, f"{spec.key}_{ending}" if ending else spec.key, unit, event.at))
    return found


def _same_thread(spec: MarkSpec, event: Event) -> bool:
    return kind_of(event.thread) == spec.thread if spec.thread else event.thread == MAIN


def _ending(spec: MarkSpec, procedure: Procedure, events: Sequence[Event], calendar: Calendar) -> str:
    """Whether the clocks that stopped with the last event were met; "" when none of them stopped with it."""
    event, index = events[-1], index_of(procedure)
    ending = ""
    for key in spec.clocks:
        clock = index.clock(spec.thread or MAIN, key)
        if clock is None or event.kind not in clock.stops or ending == MISSED:
            continue
        before = read(clock, events[:-1], calendar, event.at, thread=event.thread)
        if before.state in ("running", "paused"):
            ending = MISSED if before.due_at is not None and event.at > before.due_at else MET
    return ending


def _unit(spec: MarkSpec, events: Sequence[Event]) -> int:
    event = events[-1]
    if spec.of == HOLDER:
        held = next((one for one in reversed(events) if one.thread == event.thread and HOLDER_UNIT in one.facts), event)
        return _number(held.facts.get(HOLDER_UNIT))
    doing = event if spec.of == DOER else next((one for one in reversed(events) if one.kind == spec.of), None)
    return (_number(doing.facts.get(ASKED_BY_UNIT)) or doing.by.unit) if doing else 0


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
