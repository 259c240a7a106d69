"""The calendar's own sentences, one by one (docs/rules/clocks.md)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bihuan.rules.calendar import Calendar, add_months
from bihuan.rules.terms import Span
from tests.bihuan.rules.story import OCTOBER_2026 as CALENDAR
from tests.bihuan.rules.story import on


def due(start: str, n: int, unit: str, calendar: Calendar = CALENDAR) -> str:
    return calendar.due(on(start), Span(n, unit)).at.strftime("%Y-%m-%d %H:%M")  # type: ignore[arg-type]


def test_the_day_of_receipt_is_not_counted() -> None:
    assert due("2026-10-12 08:00", 1, "working_day") == "2026-10-13 17:30"
    assert due("2026-10-12 23:59", 1, "working_day") == "2026-10-13 17:30"


def test_the_national_holiday_is_off_and_its_saturday_works() -> None:
    assert due("2026-09-30 16:00", 1, "working_day") == "2026-10-08 17:30"
    assert due("2026-09-30 16:00", 3, "working_day") == "2026-10-10 17:30"
    assert due("2026-09-30 16:00", 7, "working_day") == "2026-10-15 17:30"


def test_received_on_a_day_off_counts_from_the_next_working_day() -> None:
    assert due("2026-10-03 10:00", 1, "working_day") == "2026-10-08 17:30"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-01-31 10:00", "2026-02-28 17:30"),
        ("2026-08-31 10:00", "2026-09-30 17:30"),
        ("2026-09-03 10:00", "2026-10-08 17:30"),  # 3 October is a day off
        ("2026-09-10 10:00", "2026-10-10 17:30"),  # a Saturday made a working day
        ("2026-09-11 10:00", "2026-10-12 17:30"),  # a Sunday
    ],
)
def test_a_month_ends_on_its_date_or_last_day_and_moves_off_days_off(start: str, end: str) -> None:
    assert due(start, 1, "month", replace(CALENDAR, off=CALENDAR.off, made_up=CALENDAR.made_up | {date(2026, 2, 28)})) == end


def test_a_last_day_stays_where_the_pack_says_so() -> None:
    stays = replace(CALENDAR, month_ends="stay", calendar_day_ends="stay")
    assert due("2026-09-03 10:00", 1, "month", stays) == "2026-10-03 17:30"
    assert due("2026-09-28 10:00", 5, "calendar_day", stays) == "2026-10-03 17:30"
    assert due("2026-09-28 10:00", 5, "calendar_day") == "2026-10-08 17:30"


def test_a_day_can_end_at_midnight() -> None:
    midnight = replace(CALENDAR, ends_at="midnight")
    assert due("2026-10-12 10:00", 1, "working_day", midnight) == "2026-10-13 23:59"
    assert midnight.end_of(date(2026, 10, 13)) + timedelta(microseconds=1) == on("2026-10-14 00:00")


def test_working_hours_run_only_in_office_periods() -> None:
    assert due("2026-10-12 11:00", 2, "working_hour") == "2026-10-12 14:30"
    assert due("2026-10-12 10:00", 2, "working_hour") == "2026-10-12 12:00"
    assert due("2026-10-12 17:00", 1, "working_hour") == "2026-10-13 09:30"
    assert due("2026-10-11 12:00", 7, "working_hour") == "2026-10-12 17:30"
    assert due("2026-10-12 12:30", 1, "working_hour") == "2026-10-12 14:30"


def test_natural_hours_run_day_and_night() -> None:
    assert due("2026-10-02 22:00", 4, "hour") == "2026-10-03 02:00"


def test_four_working_hours_before_the_close_of_a_day() -> None:
    assert CALENDAR.back(on("2026-10-13 17:30"), Span(4, "working_hour")) == on("2026-10-13 13:30")
    assert CALENDAR.back(on("2026-10-13 10:00"), Span(4, "working_hour")) == on("2026-10-12 14:30")
    assert CALENDAR.back(on("2026-10-08 17:30"), Span(1, "working_day")) == on("2026-09-30 17:30")


def test_any_span_runs_back() -> None:
    assert CALENDAR.back(on("2026-10-13 17:30"), Span(3, "hour")) == on("2026-10-13 14:30")
    assert CALENDAR.back(on("2026-10-31 17:30"), Span(1, "month")) == on("2026-09-30 17:30")
    assert CALENDAR.back(on("2026-10-13 17:30"), Span(3, "calendar_day")) == on("2026-10-10 17:30")
    assert CALENDAR.back(on("2026-10-11 12:00"), Span(7, "working_hour")) == on("2026-10-10 09:00")
    assert CALENDAR.working_minutes_between(on("2026-10-13 17:30"), on("2026-10-13 09:00")) == 0
    assert CALENDAR.open_of(date(2026, 10, 13)) == on("2026-10-13 09:00")


def test_an_unpublished_year_follows_the_weekdays_and_says_so() -> None:
    over = CALENDAR.due(on("2026-12-30 10:00"), Span(7, "working_day"))
    assert (over.at, over.provisional) == (on("2027-01-08 17:30"), True)
    assert [row.kind for row in over.days if row.n > 1] == ["provisional"] * 6
    assert not CALENDAR.due(on("2026-12-30 10:00"), Span(1, "working_day")).provisional
    assert CALENDAR.due(on("2026-12-30 10:00"), Span(1, "month")).provisional
    assert not CALENDAR.due(on("2026-12-30 10:00"), Span(72, "hour")).provisional
    assert CALENDAR.due(on("2026-12-31 17:00"), Span(1, "working_hour")).provisional


def test_the_receipt_in_an_unpublished_year_is_not_counted_so_not_guessed() -> None:
    assert not CALENDAR.due(on("2025-12-31 10:00"), Span(1, "working_day")).provisional


def test_the_explanation_names_every_day() -> None:
    days = CALENDAR.due(on("2026-09-30 16:00"), Span(3, "working_day")).days
    assert [(row.day.day, row.kind, row.n) for row in days] == [
        (30, "receipt", 0),
        *[(day, "day_off", 0) for day in range(1, 8)],
        (8, "counted", 1),
        (9, "counted", 2),
        (10, "make_up", 3),
    ]


def test_the_explanation_of_a_moved_month_names_the_move() -> None:
    days = CALENDAR.due(on("2026-09-03 10:00"), Span(1, "month")).days
    assert [(row.day.day, row.kind) for row in days[-6:]] == [
        (3, "counted"),
        (4, "day_off"),
        (5, "day_off"),
        (6, "day_off"),
        (7, "day_off"),
        (8, "moved"),
    ]
    assert [row.n for row in days if row.n] == list(range(1, 31))


def test_months_and_leap_years() -> None:
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2023, 12, 31), 2) == date(2024, 2, 29)
    assert add_months(date(2024, 3, 31), -1) == date(2024, 2, 29)
    assert add_months(date(2024, 11, 30), 14) == date(2026, 1, 30)


def test_the_zone_is_the_offices_not_the_instants() -> None:
    assert CALENDAR.due(datetime(2026, 10, 11, 16, 30, tzinfo=UTC), Span(1, "working_day")).at == on("2026-10-13 17:30")
    assert CALENDAR.due(datetime(2026, 10, 11, 15, 30, tzinfo=UTC), Span(1, "working_day")).at == on("2026-10-12 17:30")


def test_a_zone_with_summer_time_keeps_office_hours() -> None:
    berlin = Calendar(zone="Europe/Berlin", known_years=frozenset({2026}))
    start = datetime(2026, 3, 27, 10, tzinfo=ZoneInfo("Europe/Berlin"))
    assert berlin.due(start, Span(1, "working_day")).at.isoformat() == "2026-03-30T17:30:00+02:00"
    assert berlin.due(start, Span(48, "hour")).at.astimezone(UTC) == start.astimezone(UTC) + timedelta(hours=48)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        CALENDAR.due(datetime(2026, 10, 12, 10), Span(1, "working_day"))


@pytest.mark.parametrize("periods", [(), ((time(9), time(9)),), ((time(9), time(12)), (time(11), time(17)))])
def test_office_periods_must_follow_one_another(periods: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValueError, match="periods"):
        Calendar(periods=periods)


def test_a_calendar_of_days_off_only_is_refused_not_searched_for_ever() -> None:
    year = [date(2027, 1, 1) + timedelta(days=n) for n in range(365)]
    with pytest.raises(ValueError, match="2027"):
        Calendar(off=frozenset(year)).working_day_after(date(2026, 12, 31), 300)
