"""Working days and office hours: where a span of time ends, and why.

The day of receipt is not counted (Civil Code §201). ``n`` working days end with the n-th working day after it; a month
ends on the same date or, where there is none, on the month's last day (§202); a last day that is a day off moves to the
next working day (§203, a pack setting). A day ends at the close of office hours or at midnight (§203, a pack setting).
Days off and make-up working days come from outside, year by year; a date in a year that nobody has published follows
the weekday rule and makes the result provisional.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from bihuan.rules.terms import Span, SpanUnit

EndsAt = Literal["close", "midnight"]
DayOffRule = Literal["next_working_day", "stay"]

OFFICE_HOURS = ((time(9), time(12)), (time(13, 30), time(17, 30)))
_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)
_HOUR = 3_600_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCounted:
    """One day in a deadline's explanation.

    ``kind``: counted, make_up (a counted make-up working day), provisional (counted, in a year not yet published),
    day_off, paused (the clock did not run at its close), receipt (the first day, never counted), moved (the working day
    to which a last day on a day off moves). ``n`` numbers the counted days, 0 = not counted.
    """

    day: date
    kind: str
    n: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Where a span ends: the instant (in the pack's zone), and whether an unpublished year had to be guessed."""

    at: datetime
    provisional: bool
    start: datetime = field(repr=False)
    span: Span = field(repr=False)
    calendar: Calendar = field(repr=False, compare=False)

    @property
    def days(self) -> tuple[DayCounted, ...]:
        """Day by day from the receipt to the end: what was counted and what was not. Made on request."""
        first = self.calendar.local(self.start).date()
        return self.calendar.days_counted(first, self.at.date(), self.span)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The calendar of a jurisdiction: zone, office periods, what ends a day, days off and make-up days by published year.

    ``off``/``made_up`` name only what departs from the weekday rule; ``known_years`` are those published.
    ``calendar_day_ends``/``month_ends``: what happens to a last day on a day off.
    """

    zone: str = "Asia/Shanghai"
    periods: tuple[tuple[time, time], ...] = OFFICE_HOURS
    ends_at: EndsAt = "close"
    calendar_day_ends: DayOffRule = "next_working_day"
    month_ends: DayOffRule = "next_working_day"
    off: frozenset[date] = frozenset()
    made_up: frozenset[date] = frozenset()
    known_years: frozenset[int] = frozenset()
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)
    _end: time = field(init=False, repr=False, compare=False)
    _periods: tuple[tuple[int, int], ...] = field(init=False, repr=False, compare=False)
    _day_length: int = field(init=False, repr=False, compare=False)
    _years: dict[int, list[int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the office periods and lay out the tables. Raises ValueError for periods that overlap or are empty."""
        periods = tuple((_of_day(opens), _of_day(closes)) for opens, closes in self.periods)
        edges = [edge for period in periods for edge in period]
        if not periods or any(later <= earlier for earlier, later in pairwise(edges)):
            raise ValueError(f"office periods must follow one another: {self.periods!r}")
        set_ = object.__setattr__
        set_(self, "_zone", ZoneInfo(self.zone))
        set_(self, "_end", self.periods[-1][1] if self.ends_at == "close" else time.max)
        set_(self, "_periods", periods)
        set_(self, "_day_length", sum(closes - opens for opens, closes in periods))
        set_(self, "_years", {})

    # -- days ---------------------------------------------------------------------------------------------------------

    def is_known(self, day: date) -> bool:
        """True when the day's year has been published."""
        return day.year in self.known_years

    def is_working(self, day: date) -> bool:
        """True on a working day: Monday to Friday but for days off, and make-up days."""
        if day.weekday() < 5:
            return day not in self.off
        return day in self.made_up

    def is_made_up(self, day: date) -> bool:
        """True on a weekend day that was made a working day (调休)."""
        return day.weekday() >= 5 and day in self.made_up

    def working_day_after(self, day: date, n: int = 1) -> date:
        """The n-th working day after ``day`` (n >= 1)."""
        year, table = day.year, self._year(day.year)
        index = bisect_right(table, day.toordinal()) + n - 1
        while index >= len(table):
            index -= len(table)
            year += 1
            table = self._year(year)
        return date.fromordinal(table[index])

    def working_day_before(self, day: date, n: int = 1) -> date:
        """The n-th working day before ``day`` (n >= 1)."""
        year, table = day.year, self._year(day.year)
        index = bisect_left(table, day.toordinal()) - n
        while index < 0:
            year -= 1
            table = self._year(year)
            index += len(table)
        return date.fromordinal(table[index])

    def working_day_from(self, day: date) -> date:
        """The day itself when it is a working day, else the next one."""
        return day if self.is_working(day) else self.working_day_after(day)

    def working_days_between(self, first: date, last: date) -> int:
        """How many working days lie in first..last, both included; 0 when last is before first."""
        if last < first:
            return 0
        count = 0
        for year in range(first.year, last.year + 1):
            table = self._year(year)
            low = bisect_left(table, first.toordinal()) if year == first.year else 0
            high = bisect_right(table, last.toordinal()) if year == last.year else len(table)
            count += high - low
        return count

    def unpublished(self, first: date, last: date) -> bool:
        """True when a day of first..last lies in a year that has not been published."""
        return any(year not in self.known_years for year in range(first.year, last.year + 1))

    def _year(self, year: int) -> list[int]:
        """The ordinals of a year's working days, made once for each year and calendar."""
        table = self._years.get(year)
        if table is None:
            day, table = date(year, 1, 1), []
            for ordinal in range(day.toordinal(), date(year, 12, 31).toordinal() + 1):
                if self.is_working(date.fromordinal(ordinal)):
                    table.append(ordinal)
            if not table:
                raise ValueError(f"the calendar has no working day in {year}")
            self._years[year] = table
        return table

    # -- instants -----------------------------------------------------------------------------------------------------

    def local(self, at: datetime) -> datetime:
        """The instant as the office's wall clock shows it. Raises ValueError for an instant without a zone."""
        if at.tzinfo is None:
            raise ValueError("an instant needs its zone")
        return at.astimezone(self._zone)

    def later(self, at: datetime, by: timedelta) -> datetime:
        """The instant so much natural time later (or earlier), also across a change of the clocks."""
        return self.local(self.local(at).astimezone(UTC) + by)

    def at_wall_clock(self, naive: datetime) -> datetime:
        """The instant at which the office's wall clock shows the given date and time (without a zone)."""
        return naive.replace(tzinfo=self._zone)

    def open_of(self, day: date) -> datetime:
        """When office hours of a day begin (whether or not it is a working day)."""
        return datetime.combine(day, self.periods[0][0], self._zone)

    def close_of(self, day: date) -> datetime:
        """When office hours of a day end (whether or not it is a working day)."""
        return datetime.combine(day, self.periods[-1][1], self._zone)

    def end_of(self, day: date) -> datetime:
        """The last moment that still counts as that day: close of office hours, or the last instant before midnight."""
        return datetime.combine(day, self._end, self._zone)

    def first_day_ending(self, at: datetime) -> date:
        """The first day that ends at or after the instant."""
        local = self.local(at)
        return local.date() if local.time() <= self._end else local.date() + _DAY

    def last_day_ended(self, at: datetime) -> date:
        """The last day that ended before the instant."""
        local = self.local(at)
        return local.date() if local.time() > self._end else local.date() - _DAY

    def opening_from(self, at: datetime) -> datetime:
        """The instant itself inside office hours of a working day, else when they next begin."""
        local = self.local(at)
        day = local.date()
        if self.is_working(day):
            for opens, closes in self.periods:
                begins = datetime.combine(day, opens, self._zone)
                if local <= begins:
                    return begins
                if local < datetime.combine(day, closes, self._zone):
                    return local
        return self.open_of(self.working_day_after(day))

    def working_minutes_between(self, start: datetime, end: datetime) -> int:
        """Whole minutes of office hours between two instants; 0 when end is not after start."""
        return self._working_time(start, end) // 60_000_000

    def due(self, start: datetime, span: Span) -> Due:
        """Where ``span`` ends when it starts at ``start`` (aware)."""
        at, provisional = self.add(start, span)
        return Due(at=at, provisional=provisional, start=start, span=span, calendar=self)

    def add(self, start: datetime, span: Span) -> tuple[datetime, bool]:
        """The instant where the span ends and whether it is provisional; ``due`` without the explanation."""
        if span.unit == "hour":
            return self.later(start, timedelta(hours=span.n)), False
        if span.unit == "working_hour":
            return self._add_working(start, span.n * _HOUR)
        first = self.local(start).date()
        if span.unit == "working_day":
            last = self.working_day_after(first, span.n) if span.n > 0 else self.working_day_from(first)
            return self.end_of(last), self.unpublished(first + _DAY, max(last, first + _DAY))
        last = self.unmoved(first, span)
        moved = self.moved(last, span.unit)
        return self.end_of(moved), self.moves(span.unit) and self.unpublished(last, moved)

    def unmoved(self, first: date, span: Span) -> date:
        """The last day of a span of calendar days or months counted from ``first``, before any move off a day off."""
        return add_months(first, span.n) if span.unit == "month" else first + span.n * _DAY

    def moved(self, last: date, unit: SpanUnit) -> date:
        """A last day of that unit, moved to the next working day where the pack says so."""
        return self.working_day_from(last) if self.moves(unit) else last

    def moves(self, unit: SpanUnit) -> bool:
        """True when a last day of that unit moves off a day off."""
        return (self.month_ends if unit == "month" else self.calendar_day_ends) == "next_working_day"

    def back(self, at: datetime, span: Span) -> datetime:
        """The instant that lies ``span`` before ``at``: days keep the time of day, working hours run back in office hours."""
        if span.unit == "hour":
            return self.later(at, timedelta(hours=-span.n))
        if span.unit == "working_hour":
            return self._back_working(at, span.n * _HOUR)
        local = self.local(at)
        day = local.date()
        if span.unit == "working_day":
            earlier = self.working_day_before(day, span.n) if span.n > 0 else day
        else:
            earlier = add_months(day, -span.n) if span.unit == "month" else day - span.n * _DAY
        return datetime.combine(earlier, local.timetz())

    def _instant(self, day: date, moment: int) -> datetime:
        return datetime.combine(day, time(tzinfo=self._zone)) + timedelta(microseconds=moment)

    def _split(self, at: datetime) -> tuple[date, int]:
        local = self.local(at)
        return local.date(), _of_day(local.time())

    def _worked(self, day: date, moment: int) -> int:
        """Microseconds of office hours of that day that lie before the moment."""
        if not self.is_working(day):
            return 0
        return sum(max(0, min(moment, closes) - opens) for opens, closes in self._periods)

    def _moment(self, worked: int, *, latest: bool = False) -> int:
        """The moment of a day by which so much of its office hours has passed: the earliest such, or the latest."""
        for opens, closes in self._periods:
            length = closes - opens
            if worked < length or (worked == length and not latest):
                return opens + worked
            worked -= length
        return self._periods[-1][1]

    def _working_time(self, start: datetime, end: datetime) -> int:
        if end <= start:
            return 0
        (first, begins), (last, ends) = self._split(start), self._split(end)
        whole = self.working_days_between(first, last - _DAY) * self._day_length
        return whole + self._worked(last, ends) - self._worked(first, begins)

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """Office hours between two instants, exactly; zero when end is not after start."""
        return timedelta(microseconds=self._working_time(start, end))

    def add_working_time(self, start: datetime, length: timedelta) -> datetime:
        """The instant by which ``length`` of office hours has passed since ``start``."""
        return self._add_working(start, length // _MICROSECOND)[0]

    def back_working_time(self, at: datetime, length: timedelta) -> datetime:
        """The latest instant from which ``length`` of office hours passes until ``at``."""
        return self._back_working(at, length // _MICROSECOND)

    def _add_working(self, start: datetime, length: int) -> tuple[datetime, bool]:
        day, moment = self._split(start)
        first, left = day, length
        if self.is_working(day):
            worked = self._worked(day, moment)
            if worked + length <= self._day_length:
                at = self._instant(day, max(moment, self._moment(worked + length)))
                return at, not self.is_known(day)
            left = worked + length - self._day_length
        if left > 0:
            whole = -(-left // self._day_length)
            day = self.working_day_after(day, whole)
            left -= (whole - 1) * self._day_length
        return self._instant(day, self._moment(left)), self.unpublished(first, day)

    def _back_working(self, at: datetime, length: int) -> datetime:
        day, moment = self._split(at)
        worked = self._worked(day, moment)
        if length <= worked:
            return self._instant(day, min(moment, self._moment(worked - length, latest=True)))
        left = length - worked
        whole = -(-left // self._day_length)
        day = self.working_day_before(day, whole)
        left -= (whole - 1) * self._day_length
        return self._instant(day, self._moment(self._day_length - left, latest=True))

    # -- why ----------------------------------------------------------------------------------------------------------

    def days_counted(
        self,
        first: date,
        last: date,
        span: Span,
        paused: Callable[[date], bool] | None = None,
        extra: int = 0,
    ) -> tuple[DayCounted, ...]:
        """Every day from the receipt to the end of a span with what it was: counted, off, made up, paused, guessed.

        ``paused(day)`` says that the clock did not run at that day's end; ``extra`` days were added by extensions.
        In spans of hours the days are listed, not numbered.
        """
        rows = [DayCounted(day=first, kind="receipt")]
        counted = 0
        full = span.n + extra if span.unit in ("working_day", "calendar_day") else None
        end = self.unmoved(first, span) + extra * _DAY if span.unit == "month" else None
        for ordinal in range(first.toordinal() + 1, last.toordinal() + 1):
            day = date.fromordinal(ordinal)
            row = self._day_counted(day, span.unit, counted + 1)
            if paused is not None and row.kind != "day_off" and paused(day):
                row = DayCounted(day=day, kind="paused")
                end = end + _DAY if end is not None else None
            elif (full is not None and counted >= full) or (end is not None and day > end):
                row = DayCounted(day=day, kind="moved" if day == last else "day_off")
            counted += 1 if row.n else 0
            rows.append(row)
        return tuple(rows)

    def _day_counted(self, day: date, unit: SpanUnit, n: int) -> DayCounted:
        by_work = unit in ("working_day", "working_hour")
        if by_work and not self.is_working(day):
            return DayCounted(day=day, kind="day_off")
        kind = "counted"
        if by_work:
            kind = "make_up" if self.is_made_up(day) else "counted" if self.is_known(day) else "provisional"
        return DayCounted(day=day, kind=kind, n=0 if unit in ("hour", "working_hour") else n)


def add_months(day: date, n: int) -> date:
    """The same date ``n`` months on (or back), or the last day of that month where it has no such date."""
    months = day.year * 12 + day.month - 1 + n
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _of_day(moment: time) -> int:
    """Microseconds since midnight."""
    seconds = (moment.hour * 60 + moment.minute) * 60 + moment.second
    return seconds * 1_000_000 + moment.microsecond
