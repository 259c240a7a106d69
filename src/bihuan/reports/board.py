"""The board: who holds how much open work, in which stage and light, and how the last days went.

Every figure is of an office's work and names the list of cases that it counts; none is of a resident, and nothing is
ordered by how much or how little was reported. Avoidance holds: what is about the actor's own units is in no figure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from bihuan.access.actors import Actor
from bihuan.cases import counts, daily
from bihuan.cases.counts import BesideLine, Closed, Ended, OpenCount
from bihuan.places import selectors as places
from bihuan.places.selectors import AreaFact
from bihuan.rules.calendar import Calendar
from bihuan.rules.lights import Light

DAYS = 30
"""The window of what ended lately, in days, today included."""


@dataclass(slots=True)
class Work:
    """Open cases somebody has: all of them, by light, by stage of those whose main thread it is, and with a thread beside it.

    ``stages`` by the state's key, ``types`` by the case type: states of two types may have one key, so stages are for one type.

    A case with two open threads in one unit counts once in ``n`` and ``beside``, and once in each light it has there.
    """

    n: int = 0
    lights: Counter[str] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    beside: int = 0


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit that holds open work, and the cases in which a limit charged to it has ended in the window.

    ``days``: such cases on each day of the window, the oldest first.
    """

    unit: int
    work: Work
    ended: int
    late: int
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AreaRow:
    """Open and late cases of one area right below the actor's; ``area`` None = placed in the actor's own area, no further."""

    area: AreaFact | None
    n: int
    late: int


@dataclass(frozen=True, slots=True)
class Board:
    """The board of an actor. ``unit``: the one unit it is about, 0 = everybody who works on the actor's area.

    ``units``: most late cases first, then most that are due soon. ``total``: all cases, each once. ``since``: the first day of
    the window.
    """

    unit: int
    since: date
    units: tuple[UnitRow, ...]
    areas: tuple[AreaRow, ...]
    total: Work
    closed: Closed
    closed_days: tuple[int, ...]


def board(actor: Actor, calendar: Calendar, now: datetime, *, procedure: str = "") -> Board:
    """The figures of the actor's area, or of the actor's unit where the post sees no area. Four statements, one more while
    matters wait for the daily sums.

    ``calendar`` says where a day begins. ``procedure``: of cases of this type alone.
    """
    unit = 0 if any(actor.scope.area_codes) or actor.scope.everything else actor.unit
    since, days = window(calendar, now)
    main = counts.open_main(actor, now, below=actor.area_code, unit=unit, procedure=procedure)
    beside = counts.open_beside(actor, now, below=actor.area_code, unit=unit, procedure=procedure)
    found = daily.recent(actor, calendar, days, now, unit=unit, procedure=procedure)
    ended = found.ended if found else counts.limits_ended(actor, days, unit=unit, procedure=procedure)
    closed = found.closed if found else counts.closed(actor, days, procedure=procedure)
    rows = [
        UnitRow(
            one, work_of(own, lines, whole=True), (lately := ended.get(one, Ended())).cases, lately.late, _of_days(lately.days)
        )
        for one, (own, lines) in by_unit(main, beside).items()
    ]
    return Board(
        unit=unit,
        since=since,
        units=tuple(sorted(rows, key=_by_lateness)),
        areas=_areas(actor, main, beside, whole=bool(unit)),
        total=work_of(main, beside, whole=bool(unit)),
        closed=closed,
        closed_days=_of_days(closed.days),
    )


def window(calendar: Calendar, now: datetime) -> tuple[date, list[datetime]]:
    """The first day of the window, and the instants at which its days begin."""
    first = calendar.local(now).date() - timedelta(days=DAYS - 1)
    return first, [begins(calendar, first + timedelta(days=n)) for n in range(DAYS)]


def begins(calendar: Calendar, day: date) -> datetime:
    """The instant at which a day begins in the place."""
    return calendar.at_wall_clock(datetime.combine(day, time()))


def _by_lateness(row: UnitRow) -> tuple[int, int, int]:
    """Most late first, then most due soon; never by how much there is."""
    return (-row.work.lights[Light.OVER], -row.work.lights[Light.NEAR], row.unit)


def by_unit(main: Iterable[OpenCount], beside: Iterable[BesideLine]) -> dict[int, tuple[list[OpenCount], list[BesideLine]]]:
    """What each unit holds; what nobody holds is in no row."""
    held: dict[int, tuple[list[OpenCount], list[BesideLine]]] = defaultdict(lambda: ([], []))
    for each in main:
        held[each.unit][0].append(each)
    for line in beside:
        held[line.unit][1].append(line)
    held.pop(0, None)
    return held


def work_of(main: Sequence[OpenCount], beside: Sequence[BesideLine], *, whole: bool) -> Work:
    """The counts of these threads as cases, each counted once.

    ``whole``: ``n`` counts a case for any of the threads; else for its main thread alone (a case that has ended but for a
    thread beside it is not open).
    """
    work = Work(beside=len({line.case_id for line in beside}))
    units = {each.unit for each in main}
    for each in main:
        work.n += each.n
        work.stages[each.state] += each.n
        work.types[each.procedure] += each.n
        work.lights[each.light] += each.n
    more: dict[int, str] = {}
    more_by_light: defaultdict[str, set[int]] = defaultdict(set)
    for line in beside:
        counted = line.main_unit is not None and line.main_unit in units
        if not counted:
            more[line.case_id] = line.procedure
        if not counted or line.main_light != line.light:
            more_by_light[line.light].add(line.case_id)
    if whole:
        work.n += len(more)
        work.types.update(more.values())
    work.lights.update({light: len(cases) for light, cases in more_by_light.items()})
    return work


def _areas(actor: Actor, main: Sequence[OpenCount], beside: Sequence[BesideLine], *, whole: bool) -> tuple[AreaRow, ...]:
    """A row for each area right below the actor's, in the order of their codes, and one for what is not placed further."""
    named = places.children(actor.area_code) if actor.area_code else []
    rows = []
    for area in (*named, None):
        code = area.code if area else ""
        work = work_of([each for each in main if each.area == code], [line for line in beside if line.area == code], whole=whole)
        if area or work.n:
            rows.append(AreaRow(area, work.n, work.lights[Light.OVER]))
    return tuple(rows)


def _of_days(days: Mapping[int, int]) -> tuple[int, ...]:
    return tuple(days.get(n, 0) for n in range(DAYS))
