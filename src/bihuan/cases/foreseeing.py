"""What the open limits would be under other working days: told before a calendar year is loaded, nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from bihuan.cases.fold import rows_of
from bihuan.cases.models import Case, Clock
from bihuan.cases.selectors import kept_from
from bihuan.cases.sheet import load
from bihuan.rules.calendar import Calendar

if TYPE_CHECKING:
    from bihuan.access.actors import Actor
    from bihuan.packs.shape import Pack

AT_ONCE = 400
OPEN = ("running", "paused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """One open limit that would fall at another instant, or would no longer be provisional (then both are equal)."""

    case_id: int
    number: str
    unit: int
    procedure: str
    thread: str
    clock: str
    before: datetime
    after: datetime
    settled: bool

    @property
    def moves(self) -> bool:
        """True when the instant changes."""
        return self.before != self.after


def touched_by(year: int) -> Q:
    """Clocks that the working days of a year can have to do with: open ones that end in it or later, or are provisional."""
    begins = datetime(year, 1, 1, tzinfo=UTC) - timedelta(days=2)
    return Q(state__in=OPEN) & (Q(due_at__gte=begins) | Q(provisional=True))


def open_cases_of(year: int) -> list[int]:
    """The open cases whose limits the working days of a year can have to do with, in order. One statement."""
    found = Clock.objects.filter(touched_by(year), case__closed_at=None).order_by("case_id")
    return list(found.values_list("case_id", flat=True).distinct())


def foresee(actor: Actor, year: int, calendar_of: Callable[[Pack], Calendar]) -> list[Foreseen]:
    """The open limits that the given calendars would move, earliest first; two statements for four hundred cases.

    Matters about the actor, his unit or a unit above it are left out (avoidance).
    """
    hidden = set(kept_from(actor).values_list("pk", flat=True))
    ids = [case_id for case_id in open_cases_of(year) if case_id not in hidden]
    calendars: dict[str, Calendar] = {}
    found: list[Foreseen] = []
    for start in range(0, len(ids), AT_ONCE):
        for case_id, sheet in load(Case.objects.filter(pk__in=ids[start : start + AT_ONCE])).items():
            pack = sheet.ground.pack
            if pack.digest not in calendars:
                calendars[pack.digest] = calendar_of(pack)
            now = rows_of(sheet.procedure, sheet.events, sheet.ground.calendar, sheet.standing, sheet.eras)
            then = rows_of(sheet.procedure, sheet.events, calendars[pack.digest], sheet.standing, sheet.eras)
            after = {(row.thread, row.key): row for row in then.clocks}
            for row in now.clocks:
                other = after[row.thread, row.key]
                if row.state != "running" or row.due_at is None or other.due_at is None:
                    continue
                settled = row.provisional and not other.provisional
                if row.due_at == other.due_at and not settled:
                    continue
                holder = sheet.standing[row.thread].position.holder.unit if row.thread in sheet.standing else 0
                found.append(
                    Foreseen(
                        case_id=case_id,
                        number=sheet.number,
                        unit=holder,
                        procedure=sheet.procedure.key,
                        thread=row.thread,
                        clock=row.key,
                        before=row.due_at,
                        after=other.due_at,
                        settled=settled,
                    )
                )
    return sorted(found, key=lambda one: (not one.moves, one.before, one.case_id, one.clock))
