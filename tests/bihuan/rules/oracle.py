"""An independent reckoning of limits: no tables, no arithmetic on days, only one step after another.

It reads the published days itself and walks: day by day for days and months, minute by minute for office hours. Slow and
plain on purpose; nothing of the product is used.
"""

from __future__ import annotations

import csv
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
Break = tuple[datetime, datetime]


@dataclass(frozen=True)
class Published:
    """The days as the State Council published them: day -> is it a day off."""

    days: dict[date, bool]

    @classmethod
    def read(cls, path: Path) -> Published:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return cls({date.fromisoformat(row["date"]): row["is_off_day"] == "1" for row in csv.DictReader(lines)})

    @property
    def years(self) -> frozenset[int]:
        return frozenset(day.year for day in self.days)

    def works(self, day: date) -> bool:
        return not self.days[day] if day in self.days else day.isoweekday() not in (6, 7)


def closing(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 17, 30, tzinfo=SHANGHAI)


def ran_at_close(day: date, breaks: Sequence[Break]) -> bool:
    return not any(begins <= closing(day) and closing(day) < ends for begins, ends in breaks)


def after_working_days(published: Published, start: datetime, n: int, breaks: Sequence[Break] = ()) -> datetime:
    """Tick off one working day after another, leaving out those at whose close the clock stood still."""
    day = start.astimezone(SHANGHAI).date()
    while n:
        day += DAY
        if published.works(day) and ran_at_close(day, breaks):
            n -= 1
    return closing(day)


def after_calendar_days(published: Published, start: datetime, n: int, breaks: Sequence[Break] = ()) -> datetime:
    day = start.astimezone(SHANGHAI).date()
    while n:
        day += DAY
        n -= ran_at_close(day, breaks)
    while not (published.works(day) and ran_at_close(day, breaks)):
        day += DAY
    return closing(day)


def after_months(published: Published, start: datetime, n: int) -> datetime:
    """Walk to the n-th month on, stop at the same date or at the month's last day, then on to a working day."""
    first = day = start.astimezone(SHANGHAI).date()
    passed = 0
    while True:
        day += DAY
        passed += day.day == 1
        last_of_month = day.day == monthrange(day.year, day.month)[1]
        if passed == n and (day.day == first.day or (last_of_month and day.day < first.day)):
            break
    while not published.works(day):
        day += DAY
    return closing(day)


def in_office(published: Published, moment: datetime) -> bool:
    """True when the minute that begins at ``moment`` lies in office hours."""
    clock = (moment.hour, moment.minute)
    return published.works(moment.date()) and ((9, 0) <= clock < (12, 0) or (13, 30) <= clock < (17, 30))


def after_office_minutes(published: Published, start: datetime, minutes: int) -> datetime:
    """Live through the minutes one by one (``start`` on a whole minute)."""
    moment = start.astimezone(SHANGHAI)
    while minutes:
        minutes -= in_office(published, moment)
        moment += MINUTE
    return moment


def before_office_minutes(published: Published, end: datetime, minutes: int) -> datetime:
    moment = end.astimezone(SHANGHAI)
    while minutes:
        moment -= MINUTE
        minutes -= in_office(published, moment)
    return moment


def office_minutes(published: Published, start: datetime, end: datetime) -> int:
    moment, last, count = start.astimezone(SHANGHAI), end.astimezone(SHANGHAI), 0
    while moment < last:
        count += in_office(published, moment)
        moment += MINUTE
    return count


def after_minutes(published: Published | None, start: datetime, minutes: int, breaks: Sequence[Break]) -> datetime:
    """Minutes of office hours (of the day and night without ``published``), leaving out those inside a break."""
    moment = start.astimezone(SHANGHAI)
    while minutes:
        still = any(begins <= moment < ends for begins, ends in breaks)
        minutes -= not still and (published is None or in_office(published, moment))
        moment += MINUTE
    return moment
