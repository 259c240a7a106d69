"""Writing the calendar years that come with the product into a new database."""

from __future__ import annotations

from bihuan.ledger import clock
from bihuan.rulebook.models import CalendarYear
from bihuan.rulebook.published import YearDays, departing, known_years

__all__ = ["YearDays", "departing", "known_years", "seed_calendar_years"]


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
