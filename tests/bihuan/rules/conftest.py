"""The calendar of the published years, and the oracle that knows the same days by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from bihuan.rules.calendar import Calendar
from tests.bihuan.rules.oracle import Published


@pytest.fixture(scope="session")
def published(shared_data: Path) -> Published:
    path = shared_data / "holidays" / "cn_holidays_2016_2026.csv"
    if not path.is_file():
        pytest.skip(f"the published holidays are not here ({path})")
    return Published.read(path)


@pytest.fixture(scope="session")
def calendar(published: Published) -> Calendar:
    """The same days, as the product holds them."""
    return Calendar(
        off=frozenset(day for day, off in published.days.items() if off),
        made_up=frozenset(day for day, off in published.days.items() if not off),
        known_years=published.years,
    )
