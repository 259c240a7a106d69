"""What one case adds to the daily sums: on which day a limit ended for which unit, and on which day the case was closed.

A share follows from the rows of the case alone (and these from its ledger). It counts in every cell in which the case is
seen: the areas above it, its own, and each unit that holds or held it. Whom it is about goes along, so that avoidance can
be kept of a sum exactly as of a row.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from bihuan.ledger.rows import read_instant
from bihuan.places.models import WIDTHS
from bihuan.rulebook.selectors import pack
from bihuan.rules.events import MAIN

CLOSING = 0
"""Stands in place of the charged unit where the closing of the case as a whole is counted."""


class Numbers(NamedTuple):
    """What is added up. Of a unit's limits ``n``: cases in which one ended on that day; ``whole``: those in which none ended
    later, so that the days since any day add up to cases; ``late``: those whose last late end it was. Of closings: the cases
    closed, those that had a limit, those late by it.
    """

    n: int
    whole: int
    late: int


class Line(NamedTuple):
    """The numbers of one day and charged unit (``CLOSING`` = the closing)."""

    day: int
    unit: int
    numbers: Numbers


class Key(NamedTuple):
    """What a sum is of; the order is that of the table's columns. ``day`` counts as ``date.toordinal``."""

    cell: str
    day: int
    unit: int
    procedure: str
    about_unit: int
    about_account: int


@dataclass(frozen=True, slots=True)
class Share:
    """The share of one case. ``units``: those that hold or held it; ``lines``: day by day, a unit once a day."""

    procedure: str
    about_unit: int
    about_account: int
    area_code: str
    units: tuple[int, ...]
    lines: tuple[Line, ...]

    @property
    def last_day(self) -> int:
        """The last day on which something of it counts; 0 = nothing counts."""
        return max((line.day for line in self.lines), default=0)

    def in_cell(self, cell: str) -> bool:
        """True where the case counts in that cell."""
        return int(cell[1:]) in self.units if cell.startswith(HELD) else cell in areas_of(self.area_code)

    def counts(self) -> Iterator[tuple[Key, Numbers]]:
        """Every sum that it counts in. In a unit's cell only that unit's limits and the closing count."""
        about = (self.procedure, self.about_unit, self.about_account)
        for cell in areas_of(self.area_code):
            for line in self.lines:
                yield Key(cell, line.day, line.unit, *about), line.numbers
        for unit in self.units:
            for line in self.lines:
                if line.unit in (CLOSING, unit):
                    yield Key(cell_of_unit(unit), line.day, line.unit, *about), line.numbers

    def written(self) -> str:
        """As it is kept."""
        lines = [[line.day, line.unit, *line.numbers] for line in self.lines]
        whose = [self.procedure, self.about_unit, self.about_account, self.area_code]
        return json.dumps([*whose, self.units, lines], separators=(",", ":"))


def read(written: str) -> Share:
    """A share as it was kept."""
    procedure, about_unit, about_account, area_code, units, lines = json.loads(written)
    told = tuple(Line(day, unit, Numbers(*numbers)) for day, unit, *numbers in lines)
    return Share(procedure, about_unit, about_account, area_code, tuple(units), told)


HELD = "u"
"""Begins the name of a unit's cell; an area's is its code."""


def cell_of_unit(unit: int) -> str:
    """The cell of what a unit holds or held."""
    return f"{HELD}{unit}"


def areas_of(area_code: str) -> tuple[str, ...]:
    """The cells of the areas above a code and its own: one a level."""
    return tuple(area_code[:width] for width in WIDTHS if len(area_code) >= width)


def shares_of(case_ids: Sequence[int]) -> dict[int, Share]:
    """The shares of these cases as their rows now stand. One statement; a day is one of the wall clock of the case's pack."""
    if not case_ids:
        return {}
    units: defaultdict[int, list[int]] = defaultdict(list)
    ended: defaultdict[int, list[tuple[int, datetime, datetime | None]]] = defaultdict(list)
    cases = []
    with connection.cursor() as cursor:
        some = ", ".join(["%s"] * len(case_ids))
        cursor.execute(_ROWS.format(some=some), [*case_ids] * 3)
        for part, case_id, unit, stopped_at, due_at, *rest in cursor.fetchall():
            stopped, due = (read_instant(at) if at is not None else None for at in (stopped_at, due_at))
            if part == _CASE:
                cases.append((case_id, stopped, due, *rest))
            elif part == _UNIT:
                units[case_id].append(unit)
            elif stopped is not None:
                ended[case_id].append((unit, stopped, due))
    found = {}
    for case_id, stopped, due, digest, procedure, area_code, about_unit, about_account, closed_at in cases:
        zone = ZoneInfo(pack(digest).calendar.zone)
        lines = _ended(ended[case_id], zone)
        if closed_at is not None:
            numbers = Numbers(1, int(stopped is not None), int(stopped is not None and due is not None and stopped > due))
            lines.append(Line(_day(read_instant(closed_at), zone), CLOSING, numbers))
        found[case_id] = Share(
            procedure, about_unit, about_account, area_code, tuple(sorted(units[case_id])), tuple(sorted(lines))
        )
    return found


_CASE, _UNIT, _CLOCK = 0, 1, 2
_ROWS = f"""SELECT {_CASE}, one.id, 0, main.stopped_at, main.due_at, one.pack_digest, one.procedure, one.area_code,
        one.about_unit_id, one.about_account_id, one.closed_at
    FROM cases_case AS one LEFT JOIN cases_thread AS main ON main.case_id = one.id AND main.name = '{MAIN}'
    WHERE one.id IN ({{some}})
    UNION ALL SELECT {_UNIT}, case_id, unit_id, NULL, NULL, '', '', '', 0, 0, NULL FROM cases_involved WHERE case_id IN ({{some}})
    UNION ALL SELECT {_CLOCK}, case_id, charged_unit, stopped_at, due_at, '', '', '', 0, 0, NULL FROM cases_clock
    WHERE case_id IN ({{some}}) AND stopped_at IS NOT NULL AND lit AND charged_unit > 0"""  # noqa: S608 - words of our own


def _ended(clocks: Sequence[tuple[int, datetime, datetime | None]], zone: ZoneInfo) -> list[Line]:
    """The lines of limits that have ended: (charged unit, when it stopped, when it was due)."""
    days: defaultdict[int, set[int]] = defaultdict(set)
    late: defaultdict[int, int] = defaultdict(int)
    for unit, stopped_at, due_at in clocks:
        day = _day(stopped_at, zone)
        days[unit].add(day)
        if due_at is not None and stopped_at > due_at:
            late[unit] = max(late[unit], day)
    return [
        Line(day, unit, Numbers(1, int(day == max(own)), int(day == late[unit]))) for unit, own in days.items() for day in own
    ]


def _day(at: datetime, zone: ZoneInfo) -> int:
    return at.astimezone(zone).date().toordinal()
