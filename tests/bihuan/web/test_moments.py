"""Times in the words of an office, from the calendar of working days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from bihuan.rules.calendar import Calendar
from bihuan.rules.terms import Span
from bihuan.web import moments

ZONE = ZoneInfo("Asia/Shanghai")
# National Day 2026: 1 to 7 October off, Saturday 10 October made up
CALENDAR = Calendar(
    off=frozenset(date(2026, 10, day) for day in range(1, 8)),
    made_up=frozenset({date(2026, 10, 10)}),
    known_years=frozenset({2026}),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("due", "now", "chinese", "english"),
    [
        ("2026-10-12 17:30", "2026-10-08 09:00", "还剩 3 个工作日", "3 working days left"),  # 9, made-up 10, 12
        ("2026-10-08 17:30", "2026-09-30 10:00", "还剩 1 个工作日", "1 working day left"),  # over the holiday
        ("2026-10-12 17:30", "2026-10-12 10:00", "还剩 6 个办公小时", "6 office hours left"),  # the noon break is not counted
        ("2026-10-12 17:30", "2026-10-12 16:31", "还剩 59 分钟", "59 minutes left"),
        ("2026-10-12 17:30", "2026-10-12 17:30", "还剩 0 分钟", "0 minutes left"),  # the due instant itself is in time
        ("2026-10-12 23:00", "2026-10-12 18:00", "还剩 5 小时", "5 hours left"),  # natural hours after the close
        ("2026-10-12 17:30", "2026-10-12 17:31", "刚刚超期", "just over"),
        ("2026-10-12 10:00", "2026-10-12 14:30", "超期 4 小时", "4 hours over"),  # a limit in natural hours: the noon counts
        ("2026-10-13 14:30", "2026-10-12 10:00", "还剩 1 天 4 小时", "1 d 4 h left"),
        ("2026-10-04 10:00", "2026-10-01 10:00", "还剩 3 天", "3 days left"),  # over the holiday, for it does not wait
        ("2026-10-12 02:00", "2026-10-11 22:30", "还剩 3 小时", "3 hours left"),
        ("2026-10-12 02:00", "2026-10-12 02:20", "超期 20 分钟", "20 minutes over"),
        ("2026-09-30 17:30", "2026-10-08 09:00", "超期 1 个工作日", "1 working day over"),
        ("2026-09-30 17:30", "2026-10-05 09:00", "刚刚超期", "just over"),  # no office hour has passed since
    ],
)
def test_left_in_words(due: str, now: str, chinese: str, english: str) -> None:
    with translation.override("zh-hans"):
        assert moments.left_in_words(at(due), at(now), CALENDAR) == chinese
    with translation.override("en"):
        assert moments.left_in_words(at(due), at(now), CALENDAR) == english


@pytest.mark.parametrize(
    ("instant", "now", "chinese", "english"),
    [
        ("2026-10-12 17:30", "2026-10-12 00:01", "今天 17:30", "today 17:30"),
        ("2026-10-13 17:30", "2026-10-12 23:59", "明天 17:30", "tomorrow 17:30"),
        ("2026-10-11 08:00", "2026-10-12 00:00", "昨天 08:00", "yesterday 08:00"),
        ("2026-11-27 17:30", "2026-10-12 10:00", "11月27日 17:30", "27 Nov 17:30"),
        ("2025-12-31 09:05", "2026-10-12 10:00", "2025年12月31日 09:05", "31 Dec 2025 09:05"),
    ],
)
def test_moment(instant: str, now: str, chinese: str, english: str) -> None:
    with translation.override("zh-hans"):
        assert moments.moment(at(instant), at(now), "Asia/Shanghai") == chinese
    with translation.override("en"):
        assert moments.moment(at(instant), at(now), "Asia/Shanghai") == english


def test_paper_says_the_weekday() -> None:
    with translation.override("zh-hans"):
        assert moments.full_moment(at("2026-10-12 17:30"), "Asia/Shanghai") == "2026年10月12日（星期一）17:30"


@pytest.mark.parametrize(("unit", "words"), [("working_day", "7 个工作日"), ("month", "7 个月"), ("hour", "7 小时")])
def test_span_words(unit: str, words: str) -> None:
    with translation.override("zh-hans"):
        assert moments.span_words(Span(7, unit)) == words  # type: ignore[arg-type]
        assert moments.span_words(None) == ""


@pytest.mark.parametrize(("year", "said"), [(2026, "4月24日 周五"), (2025, "2026年4月24日 周五")])
def test_a_day_of_another_year_says_its_year(year: int, said: str) -> None:
    with translation.override("zh-hans"):
        assert moments.told_day(date(2026, 4, 24), year) == said
