"""Days off and make-up days as the library ``chinesecalendar`` knows them, and the rules' calendar over such days.

Knows no tables, so that the command line can count days without a database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, time
from importlib.metadata import version
from typing import NamedTuple

from chinese_calendar import constants

from bihuan.packs import Pack
from bihuan.rules.calendar import Calendar


class YearDays(NamedTuple):
    """One year: weekdays that are off, weekend days that are worked, and who says so."""

    year: int
    off: tuple[date, ...]
    made_up: tuple[date, ...]
    source: str


class Days(NamedTuple):
    """The days of several years that depart from the weekday rule, and which years they are."""

    off: frozenset[date]
    made_up: frozenset[date]
    known_years: frozenset[int]


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


def days_of(years: Iterable[YearDays]) -> Days:
    """Several years together."""
    listed = list(years)
    return Days(
        frozenset(day for year in listed for day in year.off),
        frozenset(day for year in listed for day in year.made_up),
        frozenset(year.year for year in listed),
    )


def build_calendar(pack: Pack, days: Days) -> Calendar:
    """The rules' calendar of a pack over given days."""
    spec = pack.calendar
    rules = spec.ends_on_day_off
    return Calendar(
        zone=spec.zone,
        periods=tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in spec.periods),
        ends_at=spec.ends_at,
        calendar_day_ends=rules.get("calendar_day", "next_working_day"),
        month_ends=rules.get("month", "next_working_day"),
        off=days.off,
        made_up=days.made_up,
        known_years=days.known_years,
    )
