"""Writing calendar years: those that come with the product into a new database, later ones one by one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256

from bihuan.ledger import clock
from bihuan.rulebook.models import CalendarYear
from bihuan.rulebook.published import known_years


def calendar_row(
    year: int, off: Sequence[date], made_up: Sequence[date], *, revision: int, source: str, at: datetime, by: int, before: str
) -> CalendarYear:
    """A row not yet saved; ``before`` is the stamp of the row before it, ``by`` an account id."""
    days = [day.isoformat() for day in off], [day.isoformat() for day in made_up]
    stamp = sha256(json.dumps([before, year, *days]).encode()).hexdigest()
    return CalendarYear(
        year=year, revision=revision, off=days[0], made_up=days[1], source=source[:200], loaded_at=at, loaded_by=by, stamp=stamp
    )


def seed_calendar_years() -> int:
    """Write every year the shipped library knows, if no year is loaded yet; how many. Part of setting a database up."""
    if CalendarYear.objects.exists():
        return 0
    moment, stamp, rows = clock.now(), "", []
    for year in known_years():
        row = calendar_row(year.year, year.off, year.made_up, revision=1, source=year.source, at=moment, by=0, before=stamp)
        rows.append(row)
        stamp = row.stamp
    return len(CalendarYear.objects.bulk_create(rows))
