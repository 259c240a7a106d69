"""Grouped counts of cases for figures, always through the actor's scope: open work now, and what ended lately.

Open work is counted live in two statements; its cost follows the number of open threads. What ended is read from two
indexes by the instant it ended; its cost follows what ended in the window asked for, not how many cases there ever were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case as Choice
from django.db.models import CharField, Count, F, FilteredRelation, Func, IntegerField, Max, Q, QuerySet, Value, When

from bihuan.access.scope import as_q
from bihuan.cases.lines import OPEN_LIGHTS, light_is
from bihuan.cases.models import Case, Clock, Involved, Mark, Thread
from bihuan.cases.shapes import MAIN
from bihuan.cases.sheet import in_scope

if TYPE_CHECKING:
    from django.db.models.sql.compiler import SQLCompiler

    from bihuan.access.actors import Actor

LEVEL_COLUMNS = {6: "a9", 9: "a12", 12: "a15"}
"""The column that names the area one level below an area whose code has so many digits."""
_WHOLE = -1


@dataclass(frozen=True, slots=True)
class OpenCount:
    """So many cases whose main thread a unit holds in a state, in a light ("" = no clock), in an area right below the asked one.

    ``procedure``: the case type. ``area`` "" = in the asked area itself, placed no further; None = outside it.
    """

    unit: int
    procedure: str
    state: str
    light: str
    area: str | None
    n: int


@dataclass(frozen=True, slots=True)
class BesideLine:
    """One open thread beside the main one (an approval, a co-office), and who holds the main thread in which light.

    ``procedure``: the case type. ``main_unit`` and ``main_light`` are None where the main thread has ended.
    """

    case_id: int
    procedure: str
    unit: int
    light: str
    area: str | None
    main_unit: int | None
    main_light: str | None


@dataclass(slots=True)
class Ended:
    """Cases in which a limit of one unit ended: all of them, those where one ended late, and how many on each day."""

    cases: int = 0
    late: int = 0
    days: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Closed:
    """Cases closed: all of them, those with a limit, those late by it, and how many on each day."""

    cases: int
    judged: int
    late: int
    days: Mapping[int, int]


def open_main(actor: Actor, now: datetime, *, below: str, unit: int = 0, procedure: str = "") -> list[OpenCount]:
    """Open main threads by unit, case type, state, light and the area under ``below`` (an area's code). One statement.

    ``unit``: only those that this unit holds. ``procedure``: only cases of this type.
    """
    threads = _open_threads(actor, unit, procedure).filter(name=MAIN)
    rows = threads.values_list("holder_unit", "case__procedure", "state", _light(now), _area(below)).annotate(n=Count("pk"))
    return [OpenCount(*row) for row in rows.order_by()]


def open_beside(actor: Actor, now: datetime, *, below: str, unit: int = 0, procedure: str = "") -> list[BesideLine]:
    """Open threads beside the main one, each by itself: they are few. One statement. ``unit``: only those that it holds."""
    main = FilteredRelation("case__threads", condition=Q(case__threads__name=MAIN, case__threads__open=True))
    threads = _open_threads(actor, unit, procedure).exclude(name=MAIN).annotate(main=main)
    rows = threads.values_list(
        "case_id", "case__procedure", "holder_unit", _light(now), _area(below), "main__holder_unit", _light(now, "main__")
    )
    return [BesideLine(*row) for row in rows.order_by()]  # in no order: asked for one, SQLite goes through every thread there is


def limits_ended(
    actor: Actor, days: Sequence[datetime], *, unit: int = 0, until: datetime | None = None, procedure: str = ""
) -> dict[int, Ended]:
    """For each unit the cases in which a limit that is charged to it has ended since ``days[0]``. One statement.

    ``days``: when each day of the window began, in order. A case counts once for a unit, and late if one of its limits
    ended late there; on each day it counts once. A clock that began again after its end counts as it stands now.
    ``until``: only what ended before then; ``procedure``: only cases of this type.
    """
    ended = ended_since(days[0]).filter(as_q(actor.scope, Involved.objects.all(), prefix="case__"), charged_unit__gt=0)
    if procedure:
        ended = ended.filter(case__procedure=procedure)
    if unit:  # named by its clocks alone: else SQLite goes through every case the unit ever held
        ended = ended.filter(pk__in=ended_since(days[0]).filter(charged_unit=unit).values("pk"))
    if until:
        ended = ended.filter(stopped_at__lt=until)
    late = Max(Choice(When(stopped_at__gt=F("due_at"), then=Value(1)), default=Value(0), output_field=IntegerField()))
    each = (
        ended.annotate(day=_DayOf("stopped_at", days))
        .order_by()
        .values_list("charged_unit", "case_id", "day")
        .annotate(late=late)
    )
    try:
        sql, parameters = each.query.sql_with_params()
    except EmptyResultSet:  # a scope that sees nothing
        return {}
    found: dict[int, Ended] = {}
    with connection.cursor() as cursor:
        cursor.execute(_ENDED.format(each=sql), parameters)
        for charged, day, n, n_late in cursor.fetchall():
            of = found.setdefault(charged, Ended())
            if day == _WHOLE:
                of.cases, of.late = n, int(n_late)
            else:
                of.days[day] = n
    return found


_ENDED = f"""WITH each (unit, case_id, day, late) AS MATERIALIZED ({{each}}),
    whole AS (SELECT unit, case_id, max(late) AS late FROM each GROUP BY unit, case_id)
    SELECT unit, {_WHOLE} AS day, count(*), sum(late) FROM whole GROUP BY unit
    UNION ALL SELECT unit, day, count(*), 0 FROM each GROUP BY unit, day"""  # noqa: S608 - a number of our own
"""Each case once for a unit and a day, read once: counting it apart for the days and for the whole cost several sorts."""


def marked(
    actor: Actor, since: datetime, until: datetime, *, unit: int = 0, procedure: str = "", times: bool = False
) -> dict[int, dict[str, int]]:
    """For each unit the cases in which each of the pack's marks was made from ``since`` to before ``until``. One statement.

    A case counts once for a unit and a mark; with ``times`` each time. The cost follows what was done in that time.
    ``unit``: only what counts for this unit.
    """
    rows = Mark.objects.filter(as_q(actor.scope, Involved.objects.all(), prefix="case__"), at__gte=since, at__lt=until)
    if procedure:
        rows = rows.filter(case__procedure=procedure)
    if unit:
        rows = rows.filter(unit=unit)
    found: dict[int, dict[str, int]] = {}
    counted = Count("pk") if times else Count("case_id", distinct=True)
    for of, key, n in rows.order_by().values_list("unit", "key").annotate(n=counted):
        found.setdefault(of, {})[key] = n
    return found


def closed(actor: Actor, days: Sequence[datetime], *, procedure: str = "") -> Closed:
    """The cases of the scope that were closed since ``days[0]``, by the limit they had as a whole. One statement."""
    main = FilteredRelation("threads", condition=Q(threads__name=MAIN))
    rows = (
        Case.objects.filter(in_scope(actor, each=False), closed_at__gte=days[0])
        .annotate(main=main, day=_DayOf("closed_at", days))
        .order_by()
        .values_list("day")
        .annotate(
            n=Count("pk"),
            judged=Count("pk", filter=Q(main__stopped_at__isnull=False)),
            late=Count("pk", filter=Q(main__stopped_at__gt=F("main__due_at"))),
        )
    )
    found = list(rows.filter(procedure=procedure) if procedure else rows)
    return Closed(
        cases=sum(row[1] for row in found),
        judged=sum(row[2] for row in found),
        late=sum(row[3] for row in found),
        days={row[0]: row[1] for row in found},
    )


def ended_since(since: datetime) -> QuerySet[Clock]:
    """Clocks that measure somebody and have stopped since then; the index is by ``stopped_at``."""
    return Clock.objects.filter(stopped_at__gte=since, lit=True)


def _open_threads(actor: Actor, unit: int, procedure: str) -> QuerySet[Thread]:
    seen = as_q(actor.scope, Involved.objects.all(), prefix="case__", each=bool(unit))
    threads = Thread.objects.filter(seen, open=True)
    if procedure:
        threads = threads.filter(case__procedure=procedure)
    return threads.filter(holder_unit=unit) if unit else threads


def _light(now: datetime, prefix: str = "") -> Choice:
    """The light of an open thread as a value, "" without a clock; None where there is no thread."""
    whens = [When(light_is(light, now, prefix), then=Value(str(light))) for light in (*OPEN_LIGHTS, "")]
    if prefix:
        whens.insert(0, When(Q(**{f"{prefix}id": None}), then=None))
    return Choice(*whens, default=None, output_field=CharField())


def _area(below: str) -> Choice:
    """The area one level under an area; "" for what is placed in that area itself, None for what lies outside."""
    column = LEVEL_COLUMNS.get(len(below))
    inside = Q(**{f"case__a{len(below)}": below}) if column else Q(case__area_code=below)
    return Choice(When(inside, then=F(f"case__{column}") if column else Value("")), default=None, output_field=CharField())


class _DayOf(Func):
    """The number of the day in which an instant lies. One expression: thirty ``When`` take longer to prepare than to run."""

    output_field = IntegerField()

    def __init__(self, column: str, days: Sequence[datetime]) -> None:
        """``days``: when each day begins, in order."""
        super().__init__(F(column))
        self.days = tuple(days)

    def as_sql(self, compiler: SQLCompiler, connection: Any, *_how: Any, **_context: Any) -> tuple[str, tuple[Any, ...]]:
        """The newest day is asked first, for most of what is asked is new."""
        column, parameters = compiler.compile(self.source_expressions[0])
        begins = [connection.ops.adapt_datetimefield_value(day) for day in reversed(self.days)]
        last = len(begins) - 1
        sql = " ".join(f"WHEN {column} >= %s THEN {last - n}" for n in range(len(begins)))
        return f"CASE {sql} ELSE 0 END", tuple(one for day in begins for one in (*parameters, day))
