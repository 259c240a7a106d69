"""What limits of a period would have been under other rules: told before a version is published, nothing is written."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q

from bihuan.cases.fold import ClockRow, rows_of
from bihuan.cases.models import Case, Clock
from bihuan.cases.selectors import kept_from
from bihuan.cases.sheet import load
from bihuan.ledger import clock
from bihuan.people.selectors import units_within
from bihuan.rules.calendar import Calendar

if TYPE_CHECKING:
    from bihuan.access.actors import Actor
    from bihuan.packs.shape import Pack

AT_ONCE = 200
MOST = 1000
"""Cases looked at in one question, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """One limit that was kept and would have been missed (``late``), or the other way round."""

    case_id: int
    number: str
    procedure: str
    thread: str
    clock: str
    unit: int
    before: datetime
    after: datetime
    ended: datetime | None
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoned:
    """``looked_at`` cases, of ``of`` whose limits ended in the period; what would have been otherwise, earliest first."""

    looked_at: int
    of: int
    turned: tuple[Turned, ...]


def would_be_late(
    actor: Actor, changed: Pack, clocks: Collection[tuple[str, str]], period: tuple[datetime, datetime], calendar: Calendar
) -> Reckoned:
    """The limits that ended or fell due in a period and would have been kept or missed otherwise under ``changed``.

    ``clocks``: (procedure, clock) of those that it changes; ``calendar``: its office hours over the loaded years. Matters about
    the actor, his unit or a unit above it are left out (avoidance). The events are taken as they were: who knows a shorter
    limit may have been faster. Of an overlay only cases that begin under it. Two statements for two hundred cases.
    """
    if not clocks:
        return Reckoned(looked_at=0, of=0, turned=())
    begins, ends = period
    wanted = Q()
    for procedure, key in clocks:
        wanted |= Q(case__procedure=procedure, key=key)
    fell = Q(stopped_at__gte=begins, stopped_at__lt=ends) | Q(stopped_at=None, due_at__gte=begins, due_at__lt=ends)
    rows = Clock.objects.filter(wanted & fell, lit=True).exclude(case_id__in=kept_from(actor).values("pk"))
    if changed.covers:
        rows = rows.filter(case__area_code__startswith=changed.covers, case__centre_id__in=units_within(changed.covers))
    ids = list(rows.order_by("-case_id").values_list("case_id", flat=True).distinct())
    now, found = clock.now(), list[Turned]()
    for start in range(0, min(len(ids), MOST), AT_ONCE):
        for case_id, sheet in load(Case.objects.filter(pk__in=ids[start : min(start + AT_ONCE, MOST)])).items():
            was = rows_of(sheet.procedure, sheet.events, sheet.ground.calendar, sheet.standing, sheet.eras)
            then = rows_of(changed.procedures[sheet.procedure.key], sheet.events, calendar)
            after = {(row.thread, row.key): row for row in then.clocks}
            for row in was.clocks:
                other = after.get((row.thread, row.key))
                if other is None or (sheet.procedure.key, row.key) not in clocks or not _fell(row, begins, ends):
                    continue
                late, was_late = _late(other, now), _late(row, now)
                if late != was_late and row.due_at and other.due_at:
                    found.append(
                        Turned(
                            case_id=case_id,
                            number=sheet.number,
                            procedure=sheet.procedure.key,
                            thread=row.thread,
                            clock=row.key,
                            unit=row.charged_unit or other.charged_unit,
                            before=row.due_at,
                            after=other.due_at,
                            ended=row.stopped_at,
                            late=late,
                        )
                    )
    turned = tuple(sorted(found, key=lambda one: (not one.late, one.before, one.case_id)))
    return Reckoned(looked_at=min(len(ids), MOST), of=len(ids), turned=turned)


def _fell(row: ClockRow, begins: datetime, ends: datetime) -> bool:
    at = row.stopped_at or row.due_at
    return row.lit and at is not None and begins <= at < ends


def _late(row: ClockRow, now: datetime) -> bool:
    return row.due_at is not None and (row.stopped_at or now) > row.due_at
