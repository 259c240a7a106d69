"""Where a clock's limit falls, given its pauses and extensions, and when it is near.

A day is counted iff the clock ran at that day's end (close of office hours, or midnight where the pack says so). Hours
are counted to the moment. A pause that begins after the limit has passed moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bihuan.rules.calendar import Calendar
from bihuan.rules.clocks.shape import ClockSpec, Limit
from bihuan.rules.terms import Facts, Span

Pause = tuple[datetime, datetime | None]
Pauses = Sequence[tuple[datetime, datetime]]

ONE_WORKING_DAY = Span(1, "working_day")
FOUR_WORKING_HOURS = Span(4, "working_hour")
_DAY = timedelta(days=1)
_HOURS = ("hour", "working_hour")
_LONGEST_EXTENSION = 3660


@dataclass(frozen=True, slots=True)
class Ends:
    """When a limit passes; ``due_at`` None while a pause holds it open, or when the fact that names it is missing."""

    due_at: datetime | None
    provisional: bool = False


OPEN = Ends(None)


def ends_of(
    clock: ClockSpec,
    limit: Limit,
    started_at: datetime,
    extra: int,
    pauses: Sequence[Pause],
    marks: Sequence[datetime],
    facts: Facts,
    calendar: Calendar,
) -> Ends:
    """Where the limit falls for a run that began at ``started_at``.

    ``extra``: what extensions added, in the limit's own unit (days for months and dates). ``marks``: the events that
    answered a clock with ``every``; the limit is then the end of the first period without one.
    """
    extra = min(extra, _LONGEST_EXTENSION)
    if limit.fact:
        return _fact_ends(facts.get(limit.fact), started_at, extra, pauses, calendar)
    if limit.span is None:
        return OPEN
    if clock.every is None:
        return _span_ends(started_at, limit.span, extra, pauses, calendar)
    period = 1
    for mark in marks:
        ends = _span_ends(started_at, _times(limit.span, period), extra, pauses, calendar)
        while ends.due_at is not None and ends.due_at < mark:
            period += 1
            ends = _span_ends(started_at, _times(limit.span, period), extra, pauses, calendar)
        before = _span_ends(started_at, _times(limit.span, period - 1), extra, pauses, calendar)
        if period == 1 or before.due_at is None or before.due_at < mark:
            period += 1
    return _span_ends(started_at, _times(limit.span, period), extra, pauses, calendar)


def day_paused(day: date, pauses: Pauses, calendar: Calendar) -> bool:
    """True when the clock did not run at the end of that day."""
    end = calendar.end_of(day)
    return any(begins <= end < ends for begins, ends in pauses)


def amber_of(clock: ClockSpec, limit: Limit, started_at: datetime, due_at: datetime, calendar: Calendar) -> datetime:
    """When the limit is near: one working day before it, or the pack's own span.

    An amber as long as the limit itself says nothing: a limit of one day turns amber four working hours before its end,
    of hours in its last quarter. Amber never lies before the start, nor after the limit (a date can have passed before
    the clock that runs to it starts).
    """
    if due_at <= started_at:
        return due_at
    span, before = limit.span, limit.amber or clock.amber or ONE_WORKING_DAY
    if span is not None and span.unit in _HOURS and before.unit not in _HOURS:
        return _last_quarter(span, started_at, due_at, calendar)
    if span is not None and span.n == 1 and span.unit.endswith("_day") and before.unit not in _HOURS:
        before = FOUR_WORKING_HOURS
    for wanted in (before, FOUR_WORKING_HOURS):
        amber_at = calendar.back(due_at, wanted)
        if amber_at > started_at:
            return amber_at
    return calendar.later(due_at, -_between(started_at, due_at) / 4)


def remind_of(limit: Limit, started_at: datetime, amber_at: datetime, calendar: Calendar) -> datetime | None:
    """When a first reminder is due before the light turns near; None where that would lie before the clock's start."""
    if limit.remind is None:
        return None
    at = calendar.back(amber_at, limit.remind)
    return at if at > started_at else None


def _last_quarter(span: Span, started_at: datetime, due_at: datetime, calendar: Calendar) -> datetime:
    quarter = timedelta(hours=span.n) / 4
    amber_at = calendar.later(due_at, -quarter) if span.unit == "hour" else calendar.back_working_time(due_at, quarter)
    return max(calendar.local(started_at), amber_at)


def _between(begins: datetime, ends: datetime) -> timedelta:
    """Natural time from one instant to another; none when they are the wrong way round."""
    return max(ends.astimezone(UTC) - begins.astimezone(UTC), timedelta())


def _times(span: Span, n: int) -> Span:
    return Span(span.n * n, span.unit)


def _span_ends(started_at: datetime, span: Span, extra: int, pauses: Sequence[Pause], calendar: Calendar) -> Ends:
    if span.unit in _HOURS:
        return _hours_end(started_at, Span(span.n + extra, span.unit), pauses, calendar)
    first = calendar.local(started_at).date()
    if span.unit == "working_day":
        last = calendar.working_day_after(first, max(span.n + extra, 1))
    else:
        last = calendar.unmoved(first, span) + extra * _DAY
    if pauses:
        shifted = _shift(first, last, span, pauses, calendar)
        if shifted is None:
            return OPEN
        last = shifted
    if span.unit == "working_day":
        return Ends(calendar.end_of(last), calendar.unpublished(first + _DAY, last))
    moved = calendar.moved(last, span.unit)
    if pauses:
        shifted = _shift_moved(moved, span, pauses, calendar)
        if shifted is None:
            return OPEN
        moved = shifted
    return Ends(calendar.end_of(moved), calendar.moves(span.unit) and calendar.unpublished(last, moved))


def put_off(first: date, last: date, pauses: Sequence[Pause], calendar: Calendar) -> date | None:
    """A last day of working days, put off by those lost to pauses; None while one still holds it open."""
    return _shift(first, last, Span(0, "working_day"), pauses, calendar)


def _shift(first: date, last: date, span: Span, pauses: Sequence[Pause], calendar: Calendar) -> date | None:
    """The last day, put off by the days at whose end the clock was paused; None while it still is."""
    for begins, ends in pauses:
        lost_from = calendar.first_day_ending(begins)
        if lost_from > last:
            break
        if ends is None:
            return None
        lost_from, lost_to = max(lost_from, first + _DAY), calendar.last_day_ended(ends)
        if span.unit == "working_day":
            lost = calendar.working_days_between(lost_from, lost_to)
            last = calendar.working_day_after(last, lost) if lost else last
        else:
            last += max((lost_to - lost_from).days + 1, 0) * _DAY
    return last


def _shift_moved(moved: date, span: Span, pauses: Sequence[Pause], calendar: Calendar) -> date | None:
    """The day to which an end was moved off days off, put off while the clock is paused at its end."""
    for begins, ends in pauses:
        if calendar.first_day_ending(begins) > moved:
            break
        if ends is None:
            return None
        ended = calendar.last_day_ended(ends)
        if ended >= moved:
            moved = calendar.moved(ended + _DAY, span.unit)
    return moved


def _hours_end(started_at: datetime, span: Span, pauses: Sequence[Pause], calendar: Calendar) -> Ends:
    due_at, provisional = calendar.add(started_at, span)
    for begins, ends in pauses:
        if begins >= due_at:
            break
        if ends is None:
            return OPEN
        if span.unit == "hour":
            due_at = calendar.later(due_at, _between(begins, ends))
        else:
            due_at = calendar.add_working_time(ends, calendar.working_time(begins, due_at))
            first = calendar.local(started_at).date()
            provisional = calendar.unpublished(first, due_at.date())
    return Ends(due_at, provisional)


def _fact_ends(value: object, started_at: datetime, extra: int, pauses: Sequence[Pause], calendar: Calendar) -> Ends:
    """A limit that a fact names: a date ends with that day, as promised, an instant at itself; pauses put both off."""
    if not isinstance(value, str) or not value:
        return OPEN
    if len(value) == 10:
        first = calendar.local(started_at).date()
        last = _shift(first, date.fromisoformat(value) + extra * _DAY, Span(0, "calendar_day"), pauses, calendar)
        return OPEN if last is None else Ends(calendar.end_of(last))
    instant = datetime.fromisoformat(value)
    due_at = calendar.later(instant if instant.tzinfo else calendar.at_wall_clock(instant), extra * _DAY)
    for begins, ends in pauses:
        if begins >= due_at:
            break
        if ends is None:
            return OPEN
        due_at = calendar.later(due_at, _between(begins, ends))
    return Ends(due_at)
