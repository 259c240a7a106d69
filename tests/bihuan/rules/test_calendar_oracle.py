"""Working-day arithmetic against an oracle that only walks, over every published year and in any process's time zone."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.rules.calendar import Calendar
from bihuan.rules.terms import Span
from tests.bihuan.rules import oracle
from tests.bihuan.rules.oracle import SHANGHAI, Published

FIRST, LAST = date(2016, 1, 1), date(2026, 12, 31)
instants = st.datetimes(
    datetime(2016, 1, 1),
    datetime(2026, 9, 30),
    timezones=st.sampled_from([UTC, SHANGHAI, ZoneInfo("America/New_York")]),
).map(lambda at: at.replace(second=0, microsecond=0))
ZONES = ("UTC", "Asia/Shanghai", "America/New_York")


@pytest.fixture(params=ZONES)
def process_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """The process's own time zone, which must not matter."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def every_day() -> Iterator[date]:
    day = FIRST
    while day <= LAST:
        yield day
        day += timedelta(days=1)


def differences(calendar: Calendar, published: Published, most: int) -> int:
    """How often calendar and oracle disagree over 1..most working days from every published day."""
    wrong = 0
    for day in every_day():
        walker, n = day, 0
        while n < most:
            walker += timedelta(days=1)
            if published.works(walker):
                n += 1
                wrong += calendar.working_day_after(day, n) != walker
    return wrong


def test_every_published_day_agrees(calendar: Calendar, published: Published) -> None:
    assert [day for day in every_day() if calendar.is_working(day) != published.works(day)] == []


def test_a_hundred_thousand_limits_agree(calendar: Calendar, published: Published) -> None:
    assert differences(calendar, published, 30) == 0  # 4,018 days x 30


def test_a_calendar_without_make_up_days_is_caught(calendar: Calendar, published: Published) -> None:
    assert differences(replace(calendar, made_up=frozenset()), published, 7) > 1000


def test_a_calendar_without_holidays_is_caught(calendar: Calendar, published: Published) -> None:
    assert differences(replace(calendar, off=frozenset()), published, 7) > 1000


@pytest.mark.usefixtures("process_zone")
@settings(deadline=None, max_examples=300)
@given(start=instants, n=st.integers(1, 45))
def test_days_agree_in_any_zone(calendar: Calendar, published: Published, start: datetime, n: int) -> None:
    assert calendar.due(start, Span(n, "working_day")).at == oracle.after_working_days(published, start, n)
    assert calendar.due(start, Span(n, "calendar_day")).at == oracle.after_calendar_days(published, start, n)


@pytest.mark.usefixtures("process_zone")
@settings(deadline=None, max_examples=150)
@given(start=instants, n=st.integers(1, 14))
def test_months_agree_in_any_zone(calendar: Calendar, published: Published, start: datetime, n: int) -> None:
    assert calendar.due(start, Span(n, "month")).at == oracle.after_months(published, start, n)


@pytest.mark.usefixtures("process_zone")
@settings(deadline=None, max_examples=40)
@given(start=instants, hours=st.integers(1, 24))
def test_office_hours_agree_in_any_zone(calendar: Calendar, published: Published, start: datetime, hours: int) -> None:
    end = calendar.due(start, Span(hours, "working_hour")).at
    assert end == oracle.after_office_minutes(published, start, hours * 60)
    assert calendar.working_minutes_between(start, end) == oracle.office_minutes(published, start, end) == hours * 60
    back = calendar.back(end, Span(hours, "working_hour"))
    assert back == oracle.before_office_minutes(published, end, hours * 60)


@settings(deadline=None, max_examples=200)
@given(start=instants, n=st.integers(1, 60))
def test_forward_and_back_meet(calendar: Calendar, start: datetime, n: int) -> None:
    day = calendar.local(start).date()
    assert calendar.working_day_before(calendar.working_day_after(day, n), n) == calendar.working_day_before(
        calendar.working_day_after(day)
    ) or calendar.is_working(day)
    later = calendar.working_day_after(day, n)
    assert calendar.working_days_between(day + timedelta(days=1), later) == n


@settings(deadline=None, max_examples=200)
@given(start=instants, n=st.integers(1, 60))
def test_the_explanation_counts_to_the_same_day(calendar: Calendar, start: datetime, n: int) -> None:
    for unit in ("working_day", "calendar_day"):
        due = calendar.due(start, Span(n, unit))
        numbered = [row.n for row in due.days if row.n]
        assert numbered == list(range(1, n + 1))
        assert due.days[0].kind == "receipt"
        assert due.days[-1].day == due.at.date()


@pytest.mark.parametrize("when", ["natural", "office"])
def test_hours_are_exact(calendar: Calendar, when: str) -> None:
    start = datetime(2026, 10, 8, 16, 20, 30, 250, tzinfo=SHANGHAI)
    spans: dict[str, tuple[Span, datetime]] = {
        "natural": (Span(24, "hour"), start + timedelta(hours=24)),
        "office": (Span(2, "working_hour"), datetime(2026, 10, 9, 9, 50, 30, 250, tzinfo=SHANGHAI)),
    }
    span, expected = spans[when]
    assert calendar.due(start, span).at == expected


def test_the_oracle_is_not_the_product() -> None:
    assert not any(name.startswith("bihuan") for name in vars(oracle)), "the oracle must use nothing of the product"
    walkers: list[Callable[..., datetime]] = [oracle.after_working_days, oracle.after_months]
    assert all(walker.__module__.endswith("oracle") for walker in walkers)
