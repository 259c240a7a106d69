"""Refused rows go out as they came in, with what is wrong, and never as a formula."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bihuan.exchange.columns import map_columns
from bihuan.exchange.messages import Choices, read_messages
from bihuan.exchange.refused_rows import as_csv, as_workbook, clean, harmless
from bihuan.exchange.texts import read_csv
from bihuan.exchange.workbook import read_workbook

FILE = '编号,时间,内容\n1,不知道,=HYPERLINK("http://x")\n2,2026/4/3,好\n430624199001011234,也不知道,@SUM(1)\n'


@pytest.fixture
def refused():
    table = read_csv(FILE.encode())
    mapped = map_columns(table)
    now = datetime(2026, 11, 22, tzinfo=UTC)
    read = read_messages(table, mapped, choices=Choices(), zone=ZoneInfo("Asia/Shanghai"), now=now)
    return table, mapped, read.faults


def test_the_workbook_holds_text_only(refused):
    rows = read_workbook(as_workbook(*refused)).rows
    assert [row.cells[0] for row in rows[1:]] == ["2", "4"]
    assert rows[1].cells[4] == '=HYPERLINK("http://x")'
    assert rows[2].cells[2] == "430624199001011234"


def test_the_csv_guards_against_formulas(refused):
    rows = read_csv(as_csv(*refused)).rows
    assert rows[1].cells[4].startswith("'=")
    assert rows[2].cells[4] == "'@SUM(1)"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\x00"])
def test_cells_that_could_be_formulas_get_a_quote(start):
    assert harmless(f"{start}1").startswith("'")


def test_cells_are_cleaned():
    assert clean("a\x00b\x0bc\ud800d\uffffe") == "abcde"
    assert len(clean("x" * 40_000)) == 32_767


def test_the_file_of_refused_rows_can_be_brought_again(refused):
    table = read_csv(as_csv(*refused))
    assert map_columns(table).index_of("text") == 4
