"""Cells: taken when they can be read in one way only."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bihuan.exchange.cells import as_moment, as_text
from bihuan.exchange.faults import CellRefused

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def moment(cell):
    return as_moment(cell, ZONE, now=NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026/4/3 9:05:12", "2026-04-03T09:05:12"),
        ("2026-04-03 09:05", "2026-04-03T09:05:00"),
        ("2026.4.3", "2026-04-03T00:00:00"),
        ("20260403", "2026-04-03T00:00:00"),
        ("20260403 0905", None),
        ("2026年4月3日", "2026-04-03T00:00:00"),
        ("2026年4月3日 下午3点20分", "2026-04-03T15:20:00"),
        ("2026年4月3日上午9时", "2026-04-03T09:00:00"),
        ("２０２６－０４－０３　１０：００", "2026-04-03T10:00:00"),
        ("2026-04-03T09:05:00", "2026-04-03T09:05:00"),
        ("2026-04-03 3:05 PM", "2026-04-03T15:05:00"),
        ("25/4/2026 08:00", "2026-04-25T08:00:00"),
        ("4/25/2026", "2026-04-25T00:00:00"),
        ("4/4/2026", "2026-04-04T00:00:00"),
    ],
)
def test_dates_as_text(text, expected):
    if expected is None:
        with pytest.raises(CellRefused):
            moment(text)
    else:
        assert moment(text).at == datetime.fromisoformat(expected).replace(tzinfo=ZONE)


def test_a_zone_in_the_text_is_kept():
    assert moment("2026-04-03T01:05:00Z").at == datetime(2026, 4, 3, 1, 5, tzinfo=UTC)
    assert moment("2026-04-03T09:05:00+08:00").at == datetime(2026, 4, 3, 1, 5, tzinfo=UTC)


def test_dates_as_a_workbook_holds_them():
    assert moment(datetime.fromisoformat("2026-04-03T09:00")).at == datetime(2026, 4, 3, 9, tzinfo=ZONE)
    found = moment(date(2026, 4, 3))
    assert found.at == datetime(2026, 4, 3, tzinfo=ZONE)
    assert not found.has_time
    assert moment(None) is None
    assert moment("  ") is None


@pytest.mark.parametrize(
    "cell",
    [
        "3/4/2026", "26/4/3", "4-3-26", "2026/13/1", "2026/2/30", "2026/4/3 25:00", "昨天", "2026", 46115.5, 46115, True,
        "2027/1/1", "1066/1/1", "2026/4/3 9:05 或者 10:05", time(9, 5),
    ],
)  # fmt: skip
def test_doubtful_dates_are_refused(cell):
    with pytest.raises(CellRefused):
        moment(cell)


@pytest.mark.parametrize(
    ("cell", "text"),
    [(188006.0, "188006"), (12, "12"), (1.5, "1.5"), (None, ""), ("  a\r\nb ", "a\nb"), (True, "TRUE"), (0.0, "0")],
)
def test_cells_as_text(cell, text):
    assert as_text(cell) == text


@pytest.mark.parametrize("cell", [430624199001011234.0, 4306241990010112, 1e20, "含\x00空", "\x07", "\ud800"])
def test_lost_digits_and_hidden_characters_are_refused(cell):
    with pytest.raises(CellRefused):
        as_text(cell)


def test_numbers_written_as_text_keep_every_digit():
    assert as_text("430624199001011234") == "430624199001011234"
    assert as_text("00123") == "00123"
