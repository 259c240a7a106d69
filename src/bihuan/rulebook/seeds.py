"""Days off and make-up working days as the library ``chinesecalendar`` knows them."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from importlib.metadata import version
from typing import NamedTuple

from chinese_calendar import constants

from bihuan.ledger import clock
from bihuan.rulebook.models import CalendarYear


class YearDays(NamedTuple):
    """One year: weekdays that are off, weekend days that are worked, and who says so."""

    year: int
    off: tuple[date, ...]
    made_up: tuple[date, ...]
    source: str


def departing(off: set[date], made_up: set[date]) -> tuple[tuple[date, ...], tuple[date, ...]]:
    """Only what departs from the weekday rule: days off that are weekdays, worked days that are weekend days."""
    return (
        tuple(sorted(day for day in off if day.weekday() < 5)),
        tuple(sorted(day for day in made_up if day.weekday() >= 5)),
    )


def known_years() -> list[YearDays]:
    """Every year the installed library knows, oldest first."""
    off: dict[int, set[date]] = defaultdict(set)
    made_up: dict[int, set[date]] = defaultdict(set)
    for day in constants.holidays:
        off[day.year].add(day)
    for day in constants.workdays:
        made_up[day.year].add(day)
    source = f"chinesecalendar {version('chinesecalendar')}"
    return [YearDays(year, *departing(off[year], made_up[year]), source) for year in sorted(off)]


def seed_calendar_years() -> int:
    """Write every year the shipped library knows, if no year is loaded yet; how many. Part of setting a database up."""
    if CalendarYear.objects.exists():
        return 0
    moment = clock.now()
    rows = [
        CalendarYear(
            year=days.year, revision=1, off=[day.isoformat() for day in days.off],
            made_up=[day.isoformat() for day in days.made_up], source=days.source, loaded_at=moment, loaded_by=0,
        )
        for days in known_years()
    ]  # fmt: skip
    return len(CalendarYear.objects.bulk_create(rows))
