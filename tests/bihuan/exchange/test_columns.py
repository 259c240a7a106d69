"""Columns are found by the words over them."""

from __future__ import annotations

import pytest

from bihuan.exchange.columns import FIELD_OF, WORDS, map_columns
from bihuan.exchange.faults import FileRefused
from bihuan.exchange.table import Row, Table


def table(*rows):
    return Table(origin="x", rows=tuple(Row(line=n, cells=cells) for n, cells in enumerate(rows, 1)))


def fields(mapped):
    return {column.header: column.field for column in mapped.columns}


def test_the_headers_of_a_message_board_map_by_themselves():
    mapped = map_columns(
        table(("留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "反对数", "点赞数"), (1, "A", "b", "c", "d", 0, 0))
    )
    assert fields(mapped) == {
        "留言编号": "number", "留言用户": None, "留言主题": "subject", "留言时间": "time", "留言详情": "text",
        "反对数": None, "点赞数": None,
    }  # fmt: skip


def test_english_headers_case_width_and_remarks():
    mapped = map_columns(table(("ID", "Created_At", " Subject ", "ＴＥＸＴ（必填）", "联系电话(选填)")))
    assert list(fields(mapped).values()) == ["number", "time", "subject", "text", "phone"]


def test_headers_may_stand_below_a_title():
    mapped = map_columns(table(("湘某县留言汇总", None), (None, None), ("时间", "内容"), ("2026/1/1", "甲")))
    assert mapped.line == 3
    assert mapped.index_of("text") == 1


def test_a_column_may_be_chosen_by_hand():
    mapped = map_columns(table(("时间", "说了什么"), ("2026/1/1", "甲")), {"text": 1})
    assert mapped.index_of("text") == 1
    assert mapped.index_of("time") == 0


@pytest.mark.parametrize(
    "headers",
    [("时间", "主题"), ("甲", "乙"), ("内容", "详情"), ("内容", "内容", "时间")],
    ids=["no text", "no header", "two texts", "twice"],
)
def test_what_cannot_be_decided_is_refused(headers):
    with pytest.raises(FileRefused):
        map_columns(table(headers, ("a", "b", "c")))


def test_a_column_out_of_range_is_refused():
    with pytest.raises(FileRefused):
        map_columns(table(("时间", "内容")), {"subject": 9})


def test_no_word_stands_for_two_fields():
    words = [word for listed in WORDS.values() for word in listed.split()]
    assert len(words) == len(set(words)) == len(FIELD_OF)
