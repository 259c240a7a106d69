"""csv files: the encoding is found; what fits none is named by its place."""

from __future__ import annotations

import pytest

from bihuan.exchange.faults import FileRefused
from bihuan.exchange.table import MAX_ROWS
from bihuan.exchange.texts import read_csv

TEXT = "编号,主题,内容\n1,路灯坏了,“晚上”看不见𠀀\n2,水管,漏水\n"


@pytest.mark.parametrize(
    ("encoding", "mark", "name"),
    [
        ("utf-8", b"", "UTF-8"),
        ("utf-8", b"\xef\xbb\xbf", "UTF-8"),
        ("gb18030", b"", "GB18030"),
        ("utf-16-le", b"\xff\xfe", "UTF-16"),
        ("utf-16-be", b"\xfe\xff", "UTF-16"),
        ("utf-16-le", b"", "UTF-16"),
        ("utf-16-be", b"", "UTF-16"),
    ],
)
def test_every_encoding_says_the_same(encoding, mark, name):
    table = read_csv(mark + TEXT.encode(encoding))
    assert table.origin == name
    assert [row.cells for row in table.rows] == [
        ("编号", "主题", "内容"),
        ("1", "路灯坏了", "“晚上”看不见𠀀"),
        ("2", "水管", "漏水"),
    ]


def test_an_undecodable_byte_is_named_by_its_position():
    content = "编号,内容\n1,好\n2,".encode() + b"\xe8\xb7\xff" + "灯\n".encode()
    with pytest.raises(FileRefused) as refused:
        read_csv(content)
    offset = content.index(b"\xe8\xb7\xff")
    assert "3" in refused.value.say
    assert str(offset) in refused.value.say
    assert "0xE8" in refused.value.say


def test_nothing_is_ever_replaced_by_a_question_mark():
    with pytest.raises(FileRefused):
        read_csv("内容\n坏".encode() + b"\xff\xff\n")


def test_a_row_keeps_the_line_it_starts_on():
    table = read_csv('编号,内容\n1,"两\n行"\n2,一行\n'.encode())
    assert [(row.line, row.cells[1]) for row in table.rows] == [(1, "内容"), (2, "两\n行"), (4, "一行")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_read_from_the_headers(delimiter):
    table = read_csv(f"编号{delimiter}主题{delimiter}内容\n1{delimiter}甲{delimiter}乙\n".encode())
    assert table.rows[1].cells == ("1", "甲", "乙")


@pytest.mark.parametrize("content", [b"", b"\n\n", "内容\n\x00\n".encode(), '内容\n"没有结束\n'.encode()])
def test_what_is_no_table_is_refused(content):
    with pytest.raises(FileRefused):
        read_csv(content)


def test_too_many_rows_are_refused():
    with pytest.raises(FileRefused):
        read_csv(b"text\n" + b"a\n" * (MAX_ROWS + 2))
