"""Calendar years: seeded with all that is published, loaded one by one afterwards, recorded, never silently guessed."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bihuan.config.statements import counted
from bihuan.ledger.selectors import records
from bihuan.packs import Pack, load
from bihuan.rulebook import selectors, services
from bihuan.rulebook.errors import BadYear
from bihuan.rulebook.models import CalendarYear
from bihuan.rulebook.published import known_years
from bihuan.rulebook.seeds import seed_calendar_years
from bihuan.rules.calendar import Calendar

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
NEW_YEAR = [date(2027, 1, 1), date(2027, 1, 2), date(2027, 1, 3)]
MADE_UP = [date(2027, 1, 9)]


@pytest.fixture
def pack() -> Pack:
    """The shipped pack, published."""
    shipped = load("xiangyin")
    services.publish(shipped, at=AT)
    return shipped


@pytest.fixture(autouse=True)
def _no_rooms(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rooms above have registered themselves; here only the rulebook is tested."""
    monkeypatch.setattr(services, "_recomputes", {})


@pytest.fixture
def recomputed() -> list[int]:
    """A room that recomputes open clocks, registered for one test."""
    called: list[int] = []

    def recompute(year: int) -> int:
        called.append(year)
        return 17

    services.on_calendar_loaded("test", recompute)
    return called


def test_a_new_database_knows_every_published_year() -> None:
    years = selectors.calendar_years()
    assert set(years) == {year.year for year in known_years()}
    assert {2016, 2026} <= set(years)
    assert 2027 not in years
    assert seed_calendar_years() == 0


def test_it_says_what_the_state_council_said(pack: Pack, shared_data: Path) -> None:
    calendar = selectors.calendar_for(pack)
    with (shared_data / "holidays" / "cn_holidays_2016_2026.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 300
    wrong = [row for row in rows if calendar.is_working(date.fromisoformat(row["date"])) == (row["is_off_day"] == "1")]
    assert wrong == []


def test_a_calendar_is_made_once_for_each_stamp(pack: Pack) -> None:
    first = selectors.calendar_for(pack)
    with counted() as count:
        assert selectors.calendar_for(pack) is first
    assert len(count) == 1
    with counted() as count:
        assert selectors.calendar_for(pack, stamp=selectors.calendar_stamp()) is first
    assert len(count) == 1


def test_a_request_takes_the_calendar_that_its_session_saw(pack: Pack) -> None:
    """No statement then; where days are loaded within it, those count at once."""
    calendar = selectors.calendar_for(pack)
    known: list[bool] = []

    def look(_year: int) -> int:
        known.append(selectors.calendar_for(pack).is_known(date(2027, 1, 1)))
        return 0

    services.on_calendar_loaded("look", look)
    with selectors.calendar_seen(selectors.calendar_stamp()):
        with counted() as count:
            assert selectors.calendar_for(pack) is calendar
        assert len(count) == 0
        services.load_calendar_year(2027, NEW_YEAR, MADE_UP, source="s", at=AT)
        assert known == [True]
        assert not selectors.calendar_for(pack).is_known(date(2027, 1, 1))
    assert selectors.calendar_for(pack).is_known(date(2027, 1, 1))


def test_loading_a_year_makes_it_known_and_is_recorded(pack: Pack, recomputed: list[int]) -> None:
    before: Calendar = selectors.calendar_for(pack)
    assert not before.is_known(date(2027, 1, 1))
    loaded = services.load_calendar_year(2027, NEW_YEAR, MADE_UP, source="国办发明电〔2026〕1号", at=AT)
    assert (loaded.revision, loaded.moved) == (1, {"test": 17})
    assert recomputed == [2027]
    after = selectors.calendar_for(pack)
    assert after.is_known(date(2027, 1, 1))
    assert not after.is_working(date(2027, 1, 1))
    assert after.is_working(date(2027, 1, 9))
    (line,) = records(prefix="calendar")
    assert line.kind == "calendar_loaded"
    assert line.facts == {"year": 2027, "revision": 1, "off": ["2027-01-01"], "made_up": ["2027-01-09"], "moved": 17}


def test_a_dry_run_tells_and_keeps_nothing(pack: Pack, recomputed: list[int]) -> None:
    stamp = selectors.calendar_stamp()
    assert services.load_calendar_year(2027, NEW_YEAR, MADE_UP, source="s", at=AT, dry_run=True).moved == {"test": 17}
    assert recomputed == [2027]
    assert selectors.calendar_stamp() == stamp
    assert not selectors.calendar_for(pack).is_known(date(2027, 1, 1))
    assert records(prefix="calendar") == []


def test_what_a_dry_run_saw_is_not_taken_for_what_is_loaded_later(pack: Pack) -> None:
    """Row ids come back after a rollback; a calendar cached under such an id would be another year's."""

    def look(_year: int) -> int:
        return int(selectors.calendar_for(pack).is_working(date(2027, 1, 9)))

    services.on_calendar_loaded("look", look)
    assert services.load_calendar_year(2027, NEW_YEAR, MADE_UP, source="s", at=AT, dry_run=True).moved == {"look": 1}
    assert services.load_calendar_year(2027, NEW_YEAR, [], source="s", at=AT).moved == {"look": 0}


def test_a_correction_is_a_revision_and_the_same_again_is_nothing(pack: Pack) -> None:
    services.load_calendar_year(2027, NEW_YEAR, MADE_UP, source="s", at=AT)
    stamp = selectors.calendar_stamp()
    assert services.load_calendar_year(2027, NEW_YEAR, MADE_UP, source="s", at=AT).revision == 1
    assert selectors.calendar_stamp() == stamp
    assert services.load_calendar_year(2027, NEW_YEAR, [], source="s", at=AT).revision == 2
    assert not selectors.calendar_for(pack).is_working(date(2027, 1, 9))
    assert CalendarYear.objects.filter(year=2027).count() == 2


@pytest.mark.parametrize(("off", "made_up"), [([date(2026, 12, 31)], []), ([date(2027, 1, 2)], [date(2027, 1, 2)])])
def test_days_that_contradict_are_refused(off: list[date], made_up: list[date]) -> None:
    with pytest.raises(BadYear):
        services.load_calendar_year(2027, off, made_up, source="s", at=AT)
