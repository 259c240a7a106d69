"""Workbooks: read in a child process; what would hurt is refused with a sentence."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

import pytest
import xlsxwriter

from bihuan.exchange import archive
from bihuan.exchange.archive import ArchiveRefusedError, check_directory
from bihuan.exchange.faults import FileRefused
from bihuan.exchange.workbook import read_workbook

WRITTEN = datetime.fromisoformat("2026-04-03T09:05")  # cells hold no zone


def book(fill, **options):
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out, {"in_memory": True, **options})
    fill(workbook)
    workbook.close()
    return out.getvalue()


def with_part(content, name, data):
    """The same archive with one part replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry, old.read(entry))
        new.writestr(name, data)
    return out.getvalue()


def simple(workbook):
    sheet = workbook.add_worksheet("留言")
    sheet.write_row(0, 0, ["编号", "时间", "内容"])
    sheet.write_number(1, 0, 188006)
    sheet.write_datetime(1, 1, WRITTEN, workbook.add_format({"num_format": "yyyy/m/d h:mm"}))
    sheet.write_string(1, 2, "路灯坏了")


def test_cells_keep_their_kind():
    table = read_workbook(book(simple))
    assert table.origin == "留言"
    assert table.rows[1].cells == (188006.0, WRITTEN, "路灯坏了")


def test_dates_counted_from_1904_are_the_same_dates():
    table = read_workbook(book(simple, date_1904=True))
    assert table.rows[1].cells[1] == WRITTEN


def test_hidden_sheets_are_not_read_and_other_sheets_are_named():
    def fill(workbook):
        hidden = workbook.add_worksheet("隐藏")
        hidden.write_string(0, 0, "不应读到")
        simple(workbook)
        workbook.get_worksheet_by_name("留言").activate()
        workbook.get_worksheet_by_name("留言").set_first_sheet()
        hidden.hide()
        workbook.add_worksheet("备注").write_string(0, 0, "x")

    table = read_workbook(book(fill))
    assert (table.origin, table.other_sheets) == ("留言", ("备注",))


def test_merged_cells_and_formulas_give_what_is_shown():
    def fill(workbook):
        sheet = workbook.add_worksheet()
        sheet.merge_range("A1:C1", "汇总表")
        sheet.write_row(1, 0, ["编号", "内容", "金额"])
        sheet.write_row(2, 0, ["1", "甲"])
        sheet.write_formula(2, 2, "=1+1", None, 2)

    rows = read_workbook(book(fill)).rows
    assert rows[0].cells == ("汇总表", None, None)
    assert rows[2].cells == ("1", "甲", 2.0)


def test_a_bomb_is_refused_before_it_is_unpacked():
    bomb = with_part(book(simple), "xl/media/zeros.xml", b"0" * (300 * 1024 * 1024))
    assert len(bomb) < 1_000_000
    with pytest.raises(ArchiveRefusedError):
        check_directory(bomb)
    with pytest.raises(FileRefused):
        read_workbook(bomb)


def test_a_directory_that_lies_about_sizes_kills_only_the_child():
    content = bytearray(with_part(book(simple), "xl/worksheets/sheet1.xml", b"<a>" + b" " * 3_000_000 + b"</a>"))
    directory = content.rindex(b"PK\x01\x02", 0, content.rindex(b"PK\x05\x06"))
    content[directory + 24 : directory + 28] = (100).to_bytes(4, "little")  # the size after unpacking, as the directory says
    with pytest.raises(FileRefused):
        read_workbook(bytes(content))


@pytest.mark.parametrize(
    "declaration",
    ['<!DOCTYPE x [<!ENTITY a "b">]>', '<!ENTITY a "b">'],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_declarations_are_refused(declaration, encoding):
    part = f'<?xml version="1.0" encoding="{encoding}"?>{declaration}<worksheet/>'.encode(encoding)
    with pytest.raises(FileRefused):
        read_workbook(with_part(book(simple), "xl/worksheets/sheet1.xml", part))


def test_a_declaration_across_two_pieces_is_seen(monkeypatch):
    monkeypatch.setattr(archive, "CHUNK", 7)
    content = with_part(book(simple), "docProps/extra.xml", b"<?xml version='1.0'?><!DOCTYPE a><a/>")
    with pytest.raises(ArchiveRefusedError, match="dtd"):
        archive.check_declarations(check_directory(content))


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 not a zip",
        b"\xd0\xcf\x11\xe0 old",
        with_part(b"PK\x05\x06" + b"\0" * 18, "a.txt", b"x"),
        book(lambda workbook: workbook.add_worksheet()),
    ],
    ids=["damaged", "xls", "some zip", "empty"],
)
def test_what_is_no_workbook_is_refused(content):
    with pytest.raises(FileRefused):
        read_workbook(content)


def test_a_far_cell_does_not_blow_up_the_reader():
    def fill(workbook):
        sheet = workbook.add_worksheet()
        sheet.write_string(0, 0, "内容")
        sheet.write_string(1_048_575, 16_383, "x")

    with pytest.raises(FileRefused):
        read_workbook(book(fill))
