"""Rows as messages: whole, or refused with every reason."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bihuan.exchange.columns import map_columns
from bihuan.exchange.messages import Choices, by_time, read_messages, subject_from
from bihuan.exchange.texts import read_csv

CHOICES = Choices(
    kinds={"complaint": "complaint", "投诉": "complaint"},
    channels={"phone": "phone", "来电": "phone"},
    areas={"东塘镇": "430624101", "430624101": "430624101"},
    doubtful_areas=frozenset({"第1网格"}),
)


def messages(text):
    table = read_csv(text.encode())
    return read_messages(
        table, map_columns(table), choices=CHOICES, zone=ZoneInfo("Asia/Shanghai"), now=datetime(2026, 11, 22, tzinfo=UTC)
    )


def test_a_whole_row():
    read = messages("编号,时间,主题,内容,类型,渠道,姓名,区域\n7,2026/4/3 9:05,路灯,坏了,投诉,来电,王女士,东塘镇\n")
    (one,) = read.ready
    assert (one.number, one.subject, one.text, one.kind, one.channel, one.name, one.area_code, one.line) == (
        "7", "路灯", "坏了", "complaint", "phone", "王女士", "430624101", 2,
    )  # fmt: skip
    assert one.written.at == datetime(2026, 4, 3, 1, 5, tzinfo=UTC)


def test_every_fault_of_a_row_is_told_and_the_other_rows_are_taken():
    read = messages("编号,时间,主题,内容,类型,区域\n1,3/4/2026,x,,怒骂,第1网格\n2,2026/4/3,y,好,,\n")
    assert [one.number for one in read.ready] == ["2"]
    assert [fault.column for fault in read.faults] == ["时间", "内容", "类型", "区域"]
    assert {fault.line for fault in read.faults} == read.refused_lines == {2}


def test_empty_lines_are_nothing_and_short_rows_are_rows():
    read = messages("内容,主题\n\n,,\n只有内容\n")
    assert [(one.line, one.text, one.subject) for one in read.ready] == [(4, "只有内容", "只有内容")]


def test_the_same_number_or_the_same_words_twice_are_told():
    read = messages("编号,内容\n1,甲\n1,乙\n2,丙\n")
    assert [one.text for one in read.ready] == ["甲", "丙"]
    assert [fault.line for fault in read.faults] == [3]
    assert [fault.line for fault in messages("内容\n甲\n甲\n").faults] == [3]


def test_the_key_of_a_row_stays_and_changes_with_what_it_says():
    first = messages("编号,内容\n1,甲\n").ready[0].row_key
    assert messages("内容,编号\n乙,9\n甲,1\n").ready[1].row_key == first
    assert messages("编号,内容\n1,甲甲\n").ready[0].row_key != first


def test_a_subject_is_made_of_the_first_sentence():
    assert subject_from("路灯坏了。已经两周了。") == "路灯坏了"
    assert subject_from("一" * 60) == "一" * 39 + "…"


def test_oldest_first():
    read = messages("编号,时间,内容\n1,2026/5/1,a\n2,,b\n3,2026/4/1,c\n")
    assert [one.number for one in by_time(read.ready)] == ["3", "1", "2"]
