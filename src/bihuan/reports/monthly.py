"""The monthly table: office by office what came in, which limits were kept, what is open, what residents said of it.

Every figure is of an office's work. Whoever was not reached stands apart from the rates: it says nothing about the matter.
What the follow-up found and what residents rated themselves are two things and never one number. Rows stand in the order
of the units; nothing is ranked by how much or how little was reported. Avoidance holds as in every list. The cost follows
what was done in the month and what is open now, not how many cases there ever were.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime

from bihuan.access.actors import Actor
from bihuan.cases import counts, daily
from bihuan.ledger import clock
from bihuan.reports.board import begins, by_unit, work_of
from bihuan.rulebook.selectors import calendar_for, pack
from bihuan.rules.calendar import Calendar
from bihuan.rules.lights import Light


@dataclass(frozen=True, slots=True)
class Share:
    """``n`` of ``of``; no percentage of nothing."""

    n: int
    of: int

    @property
    def percent(self) -> int | None:
        """The share in whole per cent, rounded down so that 100 means all; None where there is nothing to share."""
        return self.n * 100 // self.of if self.of else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One unit's month. ``unit`` 0 = the sum of all rows.

    ``received``: matters assigned to it. ``met``, ``missed``: cases in which a limit charged to it ended, none late or one
    late (as on the board). ``open``, ``late``: what it has now, and of that past its limit. ``response_*``,
    ``resolution_*``: first answers and completions in time and late. ``reached``, ``solved``, ``satisfied``: what the
    follow-up heard; ``not_reached``: archived after three tries. ``rated*``: what residents rated themselves.
    ``overdue``: matters of which a limit passed in its hands, also one that was begun anew since.
    """

    unit: int = 0
    received: int = 0
    met: int = 0
    missed: int = 0
    open: int = 0
    late: int = 0
    response_met: int = 0
    response_missed: int = 0
    resolution_met: int = 0
    resolution_missed: int = 0
    reached: int = 0
    not_reached: int = 0
    solved: int = 0
    satisfied: int = 0
    rated: int = 0
    rated_solved: int = 0
    rated_satisfied: int = 0
    reopened: int = 0
    sent_back: int = 0
    overdue: int = 0

    @property
    def kept(self) -> Share:
        """Cases with every limit kept, of those in which one ended."""
        return Share(self.met, self.met + self.missed)

    @property
    def response(self) -> Share:
        """First answers in time."""
        return Share(self.response_met, self.response_met + self.response_missed)

    @property
    def resolution(self) -> Share:
        """Completions in time."""
        return Share(self.resolution_met, self.resolution_met + self.resolution_missed)

    @property
    def solution(self) -> Share:
        """Solved, of those whom the follow-up reached."""
        return Share(self.solved, self.reached)

    @property
    def satisfaction(self) -> Share:
        """Satisfied or fairly so, of those whom the follow-up reached."""
        return Share(self.satisfied, self.reached)


COUNTED = frozenset(each.name for each in fields(Row)) - {"unit", "met", "missed", "open", "late"}
"""Columns that are the pack's marks of the same name."""


@dataclass(frozen=True, slots=True)
class Table:
    """A month's table. ``first``, ``last``: its days; ``until`` = now while the month runs. ``unit``: about one unit alone."""

    first: date
    last: date
    until: datetime
    unit: int
    rows: tuple[Row, ...]
    total: Row = field(default_factory=Row)


def month_of(words: str, today: date) -> date:
    """The first day of the month that is written ("2026-10"); of today's month for anything else, or one to come."""
    try:
        first = date.fromisoformat(f"{words}-01")
    except ValueError:
        first = today
    return min(first, today).replace(day=1)


def next_month(first: date) -> date:
    """The first day of the month after."""
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def table(
    actor: Actor, month: date, *, calendar: Calendar | None = None, now: datetime | None = None, procedure: str = ""
) -> Table:
    """The month of every unit that works on the actor's area, or of the actor's unit where the post sees no area.

    ``month``: any day of it; ``procedure``: cases of this type alone. At most five statements, one more while
    matters wait for the daily sums.
    ``open`` and ``late`` are as of now, whichever month is asked for.
    """
    days = calendar or calendar_for(pack(actor.pack_digest))
    moment = now or clock.now()
    first = month.replace(day=1)
    after = next_month(first)
    since, until = begins(days, first), min(begins(days, after), moment)
    unit = 0 if any(actor.scope.area_codes) or actor.scope.everything else actor.unit
    held = by_unit(
        counts.open_main(actor, moment, below=actor.area_code, unit=unit, procedure=procedure),
        counts.open_beside(actor, moment, below=actor.area_code, unit=unit, procedure=procedure),
    )
    ended = _ended(actor, first, days, moment, unit, procedure)
    marked = counts.marked(actor, since, begins(days, after), unit=unit, procedure=procedure)
    rows = []
    for each in sorted((held.keys() | ended.keys() | marked.keys()) - {0}):
        work = work_of(*held[each], whole=True) if each in held else work_of((), (), whole=True)
        limits = ended.get(each, counts.Ended())
        rows.append(
            Row(
                unit=each,
                met=limits.cases - limits.late,
                missed=limits.late,
                open=work.n,
                late=work.lights[Light.OVER],
                **_counted(marked.get(each, {})),
            )
        )
    last = min(date.fromordinal(after.toordinal() - 1), max(days.local(moment).date(), first))
    return Table(first, last, until, unit, tuple(rows), _sum(rows))


def _ended(actor: Actor, first: date, days: Calendar, now: datetime, unit: int, procedure: str) -> Mapping[int, counts.Ended]:
    """The limits that ended in the month: of the one that runs from the daily sums, of another one from the rows."""
    after, today = next_month(first), days.local(now).date()
    if today < after:
        each = [begins(days, first.replace(day=n)) for n in range(1, today.day + 1)]
        if found := daily.recent(actor, days, each, now, unit=unit, procedure=procedure):
            return found.ended
    return counts.limits_ended(actor, [begins(days, first)], unit=unit, until=begins(days, after), procedure=procedure)


def _counted(marks: Mapping[str, int]) -> dict[str, int]:
    return {key: n for key, n in marks.items() if key in COUNTED}


def _sum(rows: list[Row]) -> Row:
    """Every column added up: what offices did, so a case with two offices counts at each."""
    names = [each.name for each in fields(Row) if each.name != "unit"]
    return Row(**{name: sum(getattr(row, name) for row in rows) for name in names})
