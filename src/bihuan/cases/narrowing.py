"""What a filter of the case list asks of threads and clocks, and what of them a line shows where it asked."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

from bihuan.cases.counts import ended_since
from bihuan.cases.lines import OPEN_LIGHTS, THREAD_FIELDS, by_limit, light_is
from bihuan.cases.models import Clock, Mark, Thread
from bihuan.cases.shapes import MAIN, CaseFilter
from bihuan.cases.viewing import is_short, viewed

SHORT = timedelta(days=100)
"""A window of days of registration that leaves few cases, however many there ever were."""


def narrowed(filters: CaseFilter, now: datetime) -> Q:
    """The condition on cases. Both subqueries are short lists: open threads, and limits that ended in the days asked for."""
    wanted = Q()
    if (threads := threads_meant(filters, now)) is not None:
        wanted &= Q(pk__in=threads.values("case_id"))
    if filters.ended_since:
        wanted &= Q(pk__in=_limits_ended(filters, filters.ended_since).values("case_id"))
        if filters.ended_kept:
            wanted &= ~Q(pk__in=_late(_limits_ended(filters, filters.ended_since)).values("case_id"))
    if filters.mark and filters.marked_since:
        wanted &= Q(pk__in=_marked(filters, filters.marked_since).values("case_id"))
    if filters.view.facts:
        wanted &= viewed(filters.view, now)
    if filters.opened_since:
        wanted &= Q(opened_at__gte=filters.opened_since)
    if filters.opened_until:
        wanted &= Q(opened_at__lt=filters.opened_until)
    if filters.closed_since:
        wanted &= Q(closed_at__gte=filters.closed_since)
    return wanted


def is_narrow(filters: CaseFilter, now: datetime) -> bool:
    """True where the condition alone leaves few cases, however many there ever were."""
    window = filters.opened_since and filters.opened_until and filters.opened_until - filters.opened_since <= SHORT
    marked = filters.mark and filters.marked_since
    return (
        threads_meant(filters, now) is not None
        or is_short(filters.view)
        or bool(filters.ended_since or filters.closed_since or marked or window)
    )


def threads_meant(filters: CaseFilter, now: datetime) -> QuerySet[Thread] | None:
    """The open threads one of which a case must have; None when the filter asks for none."""
    holder = 0 if filters.ended_since or filters.mark else filters.holder_unit
    light = filters.light if filters.light in OPEN_LIGHTS else ""
    if not (holder or light or filters.beside):
        return None
    threads = Thread.objects.filter(open=True)
    if holder:
        threads = threads.filter(holder_unit=holder)
    if light:
        threads = threads.filter(light_is(light, now))
    if filters.beside:
        return threads.exclude(name=MAIN)
    return threads.filter(name=MAIN) if filters.state else threads


def found_in(filters: CaseFilter, ids: Collection[int], now: datetime) -> dict[int, dict[str, Any]]:
    """For each case the columns of what the filter found in it, to stand for its main thread's; one statement or none.

    Of several open threads the one with the earliest limit, of several limits the one that ended last.
    """
    if not ids:
        return {}
    if filters.ended_since:
        ended = _limits_ended(filters, filters.ended_since).filter(case_id__in=ids).order_by("stopped_at", "pk")
        return {
            row["case_id"]: {"main__due_at": row["due_at"], "main__stopped_at": row["stopped_at"], "clock": row["key"]}
            for row in ended.values("case_id", "key", "due_at", "stopped_at")
        }
    if (threads := threads_meant(filters, now)) is None:
        return {}
    rows = by_limit(threads.filter(case_id__in=ids), "").values("case_id", *THREAD_FIELDS)
    return {row["case_id"]: {f"main__{name}": row[name] for name in THREAD_FIELDS} for row in reversed(list(rows))}


def _limits_ended(filters: CaseFilter, since: datetime) -> QuerySet[Clock]:
    ended = ended_since(since)
    if filters.holder_unit:
        ended = ended.filter(charged_unit=filters.holder_unit)
    if filters.ended_until:
        ended = ended.filter(stopped_at__lt=filters.ended_until)
    return _late(ended) if filters.ended_late else ended


def _late(ended: QuerySet[Clock]) -> QuerySet[Clock]:
    return ended.filter(stopped_at__gt=F("due_at"))


def _marked(filters: CaseFilter, since: datetime) -> QuerySet[Mark]:
    marks = Mark.objects.filter(key=filters.mark, at__gte=since)
    if filters.marked_until:
        marks = marks.filter(at__lt=filters.marked_until)
    return marks.filter(unit=filters.holder_unit) if filters.holder_unit else marks
