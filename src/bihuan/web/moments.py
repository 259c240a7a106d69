"""Instants and stretches of time in the words of an office: "today 17:30", "2 working days left", "1 working day over".

Everything is computed from the pack's calendar, so that a make-up Saturday counts and a holiday does not.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from bihuan.rules.terms import Span

MINUTES_IN_HOUR = 60
DAYS_LOOKED_AT = 800
LAST_MINUTE = time(23, 59)


class OfficeCalendar(Protocol):
    """What this module asks of ``rules.calendar.Calendar``."""

    @property
    def zone(self) -> str:
        """The zone's name ("Asia/Shanghai")."""

    def is_working(self, day: date) -> bool:
        """True for a working day, make-up days included."""

    def close_of(self, day: date) -> datetime:
        """When the office closes on a day."""

    def working_minutes_between(self, start: datetime, end: datetime) -> int:
        """Minutes of office hours between two instants."""


def local(at: datetime, zone: str) -> datetime:
    """The instant on the wall clock of the place."""
    return at.astimezone(ZoneInfo(zone))


def moment(at: datetime, now: datetime, zone: str) -> str:
    """An instant the way a person says it: "today 17:30", "tomorrow 17:30", "27 Nov 17:30", with the year if another."""
    there, here = local(at, zone), local(now, zone)
    clock = there.strftime("%H:%M")
    days = (there.date() - here.date()).days
    if days == 0:
        return _("today %(clock)s") % {"clock": clock}
    if days == 1:
        return _("tomorrow %(clock)s") % {"clock": clock}
    if days == -1:
        return _("yesterday %(clock)s") % {"clock": clock}
    return date_format(there, _day_format(there, here) + " H:i", use_l10n=False)


def day(at: datetime, now: datetime, zone: str) -> str:
    """The day of an instant: "27 Nov", with the year if it is another one."""
    there, here = local(at, zone), local(now, zone)
    return date_format(there, _day_format(there, here), use_l10n=False)


def full_moment(at: datetime, zone: str) -> str:
    """An instant for paper: year, month, day, weekday and time."""
    return date_format(local(at, zone), pgettext("date format", "l j F Y H:i"), use_l10n=False)


def plain_day(value: date) -> str:
    """A calendar day without a year, for the explanation of a deadline."""
    return date_format(value, pgettext("date format", "D j M"), use_l10n=False)


def told_day(value: date, year: int) -> str:
    """A calendar day that somebody named, with its year where that is not ``year`` (this one)."""
    if value.year == year:
        return plain_day(value)
    return date_format(value, pgettext("date format", "D j M Y"), use_l10n=False)


def _day_format(there: datetime, here: datetime) -> str:
    if there.year == here.year:
        return pgettext("date format", "j M")
    return pgettext("date format", "j M Y")


def working_days_after(first: date, last: date, calendar: OfficeCalendar) -> int:
    """Working days d with ``first`` < d <= ``last`` (at most the next 800 days are looked at)."""
    count, step = 0, first
    for _unused in range(min((last - first).days, DAYS_LOOKED_AT)):
        step += timedelta(days=1)
        count += calendar.is_working(step)
    return count


def left_in_words(due_at: datetime, now: datetime, calendar: OfficeCalendar) -> str:
    """How long until a limit, or how long past it, in working days; inside the last day in office hours.

    A limit that does not end with a day's office runs in natural hours: then it is said in those, whatever day it is.
    """
    zone = calendar.zone
    if not ends_with_the_day(due_at, calendar):
        return _natural(due_at, now)
    if now <= due_at:
        days = working_days_after(local(now, zone).date(), local(due_at, zone).date(), calendar)
        if days:
            return ngettext("%(n)d working day left", "%(n)d working days left", days) % {"n": days}
        return _hours_left(due_at, now, calendar)
    days = working_days_after(local(due_at, zone).date(), local(now, zone).date(), calendar)
    if days:
        return ngettext("%(n)d working day over", "%(n)d working days over", days) % {"n": days}
    hours = calendar.working_minutes_between(due_at, now) // MINUTES_IN_HOUR
    if hours:
        return ngettext("%(n)d hour over", "%(n)d hours over", hours) % {"n": hours}
    return _("just over")


def ends_with_the_day(due_at: datetime, calendar: OfficeCalendar) -> bool:
    """True for an instant at which a day's office closes, or the day itself ends."""
    there = local(due_at, calendar.zone)
    return due_at == calendar.close_of(there.date()) or there.time() == time(0) or there.time() >= LAST_MINUTE


def _natural(due_at: datetime, now: datetime) -> str:
    """A stretch of natural time: days and hours, hours, or minutes."""
    minutes = int(abs((due_at - now).total_seconds())) // 60
    days, hours = divmod(minutes // MINUTES_IN_HOUR, 24)
    if days and not hours:
        told = ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    elif days:
        told = _("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    elif hours:
        told = ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    else:
        told = ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    return (_("%(time)s left") if now <= due_at else _("%(time)s over")) % {"time": told}


def _hours_left(due_at: datetime, now: datetime, calendar: OfficeCalendar) -> str:
    minutes = calendar.working_minutes_between(now, due_at)
    if minutes >= MINUTES_IN_HOUR:
        hours = minutes // MINUTES_IN_HOUR
        return ngettext("%(n)d office hour left", "%(n)d office hours left", hours) % {"n": hours}
    if not minutes:  # outside office hours: a limit in natural hours
        minutes = int((due_at - now).total_seconds()) // MINUTES_IN_HOUR
        if minutes >= MINUTES_IN_HOUR:
            hours = minutes // MINUTES_IN_HOUR
            return ngettext("%(n)d hour left", "%(n)d hours left", hours) % {"n": hours}
    return ngettext("%(n)d minute left", "%(n)d minutes left", minutes) % {"n": minutes}


def span_words(span: Span | None) -> str:
    """A length of time as a limit says it: "7 working days"."""
    if span is None:
        return ""
    n = {"n": span.n}
    return {
        "working_day": ngettext("%(n)d working day", "%(n)d working days", span.n),
        "calendar_day": ngettext("%(n)d calendar day", "%(n)d calendar days", span.n),
        "month": ngettext("%(n)d month", "%(n)d months", span.n),
        "working_hour": ngettext("%(n)d office hour", "%(n)d office hours", span.n),
        "hour": ngettext("%(n)d hour", "%(n)d hours", span.n),
    }[span.unit] % n
