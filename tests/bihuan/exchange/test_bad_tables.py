"""Tables as offices really send them, and worse: each either read in one way only, or refused in a sentence that says where."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
import xlsxwriter

from bihuan.cases.models import Case, Words
from bihuan.exchange import importer, table, texts
from bihuan.exchange.faults import FileRefused
from tests.factories.matters import found_matters, shipped_pack
from tests.factories.organisation import County

pytestmark = pytest.mark.django_db
HEAD = ("编号", "时间", "主题", "内容", "姓名", "电话", "区域")
SAID = "村口路灯坏了两个星期没人修，请尽快处理。"
ROW = ("A1", "2026-10-09 09:30", "路灯", SAID, "王小明", "13800138000", "青石村")


@pytest.fixture
def county(clock: object) -> County:
    return found_matters()


def csv_of(*rows: tuple[str, ...], head: tuple[str, ...] = HEAD) -> str:
    return "\n".join(",".join(cells) for cells in (head, *rows)) + "\n"


def book(*rows: tuple[Any, ...], head: tuple[str, ...] = HEAD, more: Any = None, **options: Any) -> bytes:
    """A workbook; ``more(workbook, sheet)`` does what a row cannot."""
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, **options})
    sheet = workbook.add_worksheet()
    for line, cells in enumerate((head, *rows)):
        for column, cell in enumerate(cells):
            (sheet.write_number if isinstance(cell, int | float) else sheet.write_string)(line, column, cell)
    if more:
        more(workbook, sheet)
    workbook.close()
    return out.getvalue()


def looked_at(content: bytes) -> importer.Reading:
    return importer.read_file(content, shipped_pack(), kind="complaint")


def faults(content: bytes) -> list[tuple[int, str]]:
    return [(fault.line, fault.say) for fault in looked_at(content).messages.faults]


def refused(content: bytes) -> str:
    with pytest.raises(FileRefused) as error:
        looked_at(content)
    return error.value.say


def taken(county: County, content: bytes) -> int:
    importer.import_file(content, actor=county.actor("dispatcher"), pack=shipped_pack(), kind="complaint")
    return Case.objects.count()


# -- encodings -------------------------------------------------------------------------------------------------------

TEXT = csv_of((*ROW[:3], "𠀀𬺓路灯坏了，请尽快来修理。", *ROW[4:]))
ENCODINGS = {
    "UTF-8": TEXT.encode(), "UTF-8 with its mark": b"\xef\xbb\xbf" + TEXT.encode(), "GB18030": TEXT.encode("gb18030"),
    "UTF-16": b"\xff\xfe" + TEXT.encode("utf-16-le"), "UTF-16, the other way": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "UTF-16 without its mark": TEXT.encode("utf-16-le"), "line ends of Windows": TEXT.replace("\n", "\r\n").encode("gb18030"),
    "semicolons": TEXT.replace(",", ";").encode(), "tabulators": TEXT.replace(",", "\t").encode("gb18030"),
}  # fmt: skip


@pytest.mark.parametrize("name", ENCODINGS)
def test_every_encoding_gives_the_same_matter_to_the_letter(county: County, name: str) -> None:
    assert taken(county, ENCODINGS[name]) == 1
    assert Words.objects.get(name="what").text == "𠀀𬺓路灯坏了，请尽快来修理。"


def test_gbk_as_offices_write_it(county: County) -> None:
    assert taken(county, csv_of(ROW).encode("gbk")) == 1
    assert Words.objects.get(name="what").text == SAID


@pytest.mark.parametrize(
    ("harm", "line", "position"),
    [(b"\xff", 2, 20), (b"\x80", 2, 20), (b"\xed\xa0\x80", 2, 20), (b"\x00\xff", 2, 21)],
)
def test_a_byte_that_is_no_character_is_named_by_its_place(county: County, harm: bytes, line: int, position: int) -> None:
    content = TEXT.encode()
    at = content.index(b"\n") + position
    said = refused(content[:at] + b"\xff\xff" + content[at:]) if harm == b"\xff" else ""
    broken = content[:at] + harm + content[at:]
    said = said or refused(broken)
    assert "?" not in said
    assert f"第 {line} 行" in said or "NUL" in said


def test_nothing_is_ever_replaced_by_a_question_mark(county: County) -> None:
    """The control: a reader that replaces would have taken this in."""
    broken = TEXT.encode()[:-4] + b"\xfe\xff\n"
    assert broken.decode("utf-8", "replace")
    refused(broken)


# -- numbers, dates, formulas ----------------------------------------------------------------------------------------


def test_long_numbers_that_the_spreadsheet_has_already_spoilt_refuse_their_row_alone(county: County) -> None:
    spoilt = (430102199003078888, *ROW[1:])
    content = book(spoilt, ("A2", *ROW[1:]), ("A3", *ROW[1:5], 1.3800138e10, ROW[6]))
    assert [line for line, _say in faults(content)] == [2]
    assert "18" in faults(content)[0][1]
    assert len(looked_at(content).messages.ready) == 2


@pytest.mark.parametrize(
    "written",
    [
        "3/4/2026",
        "2026-02-30",
        "26-10-9",
        "2026-10-09 25:00",
        "9999-12-31",
        "1900-02-29",
        "2026-10-20",
        "45000",
        "昨天",
        "0000-00-00",
    ],
)
def test_a_time_that_could_be_several_or_none_refuses_its_row(county: County, written: str) -> None:
    rows = csv_of((ROW[0], written, *ROW[2:]), ("A2", *ROW[1:]))
    assert [line for line, _say in faults(rows.encode())] == [2]


@pytest.mark.parametrize("written", ["2026-10-09", "2026/10/9 9:30", "2026年10月9日 9时30分", "20261009", "13/9/2026"])
def test_a_time_that_can_only_be_one_is_taken(county: County, written: str) -> None:
    assert faults(csv_of((ROW[0], written, *ROW[2:])).encode()) == []


def test_a_time_to_come_is_refused(county: County) -> None:
    """By a minute, by a day; written as text or kept as a date."""
    assert [line for line, _ in faults(csv_of(("A", "2026-10-12 10:01", *ROW[2:])).encode())] == [2]
    assert faults(csv_of(("A", "2026-10-12 09:59", *ROW[2:])).encode()) == []


def test_formulas_give_what_they_show_and_errors_are_not_taken_for_words(county: County) -> None:
    def more(_workbook: Any, sheet: Any) -> None:
        sheet.write_formula(1, 3, '=CONCATENATE("路灯","坏了两周")', None, "路灯坏了两周没有人修")
        sheet.write_formula(2, 3, "=1/0", None, "#DIV/0!")
        sheet.write_formula(3, 3, "=VLOOKUP(1,A:B,2)", None, "#N/A")

    content = book(ROW, ("A2", *ROW[1:]), ("A3", *ROW[1:]), more=more)
    reading = looked_at(content)
    assert [message.text for message in reading.messages.ready] == ["路灯坏了两周没有人修"]
    assert {fault.line for fault in reading.messages.faults} == {3, 4}


def test_a_cell_that_begins_like_a_formula_is_words(county: County) -> None:
    assert taken(county, csv_of((*ROW[:3], "=cmd|'/c calc'!A1 这是群众原话", *ROW[4:])).encode()) == 1
    assert Words.objects.get(name="what").text.startswith("=cmd")


# -- the shape of the table ------------------------------------------------------------------------------------------


def test_merged_cells_belong_to_their_first_row_alone(county: County) -> None:
    """A place merged over two rows: the second row says no place, so that the centre places it; nothing is guessed."""

    def more(workbook: Any, sheet: Any) -> None:
        sheet.merge_range("G2:G3", "青石村", workbook.add_format())

    ready = looked_at(book(ROW, ("A2", *ROW[1:3], SAID + "另一处。", *ROW[4:6], ""), more=more)).messages.ready
    assert [bool(message.area_code) for message in ready] == [True, False]


def test_hidden_sheets_are_not_read(county: County) -> None:
    def more(workbook: Any, sheet: Any) -> None:
        secret = workbook.add_worksheet("隐藏")
        secret.write_row(0, 0, HEAD)
        secret.write_row(1, 0, ROW)
        secret.very_hidden()

    assert len(looked_at(book(ROW, more=more)).messages.ready) == 1


@pytest.mark.parametrize("twice", ["内容", "电话", "区域"])
def test_two_columns_with_one_name_are_refused(county: County, twice: str) -> None:
    said = refused(csv_of((*ROW, "x"), head=(*HEAD, twice)).encode())
    assert twice in said


def test_unknown_and_doubtful_places(county: County) -> None:
    rows = csv_of((*ROW[:6], "没有这个村"), ("A2", *ROW[1:6], "第1网格"), ("A3", *ROW[1:6], "990101001201"))
    found = dict(faults(rows.encode()))
    assert set(found) == {2, 3}
    assert "没有这个村" in found[2]


@pytest.mark.parametrize("bad", ["\x01", "\x7f", "\u0085", "\u009f"])
def test_invisible_characters_refuse_their_row_by_position(county: County, bad: str) -> None:
    found = faults(csv_of((*ROW[:3], f"路灯{bad}坏了两个星期", *ROW[4:]), ("A2", *ROW[1:])).encode())
    assert [line for line, _say in found] == [2]
    assert "3" in found[0][1]


@pytest.mark.parametrize("kept", ["\u202e村口路灯坏了\u202c", "e\u0301路灯坏了两周", "👨‍👩‍👧路灯坏了两周", "𠀀𪚥路灯坏了两周"])
def test_other_rare_characters_are_kept_to_the_letter(county: County, kept: str) -> None:
    assert taken(county, csv_of((*ROW[:3], kept, *ROW[4:])).encode()) == 1
    assert Words.objects.get(name="what").text == kept


# -- too much, and what only looks like a table ----------------------------------------------------------------------


def with_part(content: bytes, name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry, old.read(entry))
        new.writestr(name, data)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
XML = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
BAD_BOOKS = {
    "nested tags": with_part(book(ROW), SHEET, XML + b"<row>" * 100_000),
    "no end": with_part(book(ROW), SHEET, XML + b'<row r="1"><c r="A1" t="inlineStr"><is><t>a'),
    "a cell of a strange place": with_part(book(ROW), SHEET, XML + b'<row r="1"><c r="ZZZZZZ99999999999"><v>1</v></c></row>'),
    "no strings": with_part(book(ROW), "xl/sharedStrings.xml", b"<sst/>"),
    "not even XML": with_part(book(ROW), "xl/workbook.xml", b"\x00\xff\xfe"),
    "entities": with_part(book(ROW), SHEET, b'<!DOCTYPE a [<!ENTITY b "c">]>' + XML),
    "zeros": with_part(book(ROW), "xl/media/a.xml", b"0" * (210 * 1024 * 1024)),
    "two parts of one name": book(ROW) and b"PK\x03\x04",
    "only a beginning": book(ROW)[:700],
    "an office document that is no table": with_part(b"PK\x05\x06" + b"\0" * 18, "word/document.xml", b"<w/>"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_BOOKS)
def test_workbooks_that_are_none(county: County, name: str) -> None:
    """Refused in a sentence, or read without a row; never anything worse."""
    try:
        ready = looked_at(BAD_BOOKS[name]).messages.ready
    except FileRefused as error:
        ready = () if error.say else (error,)
    assert ready == ()


def test_too_many_rows_and_too_many_bytes(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "MAX_ROWS", 10)
    assert "10" in refused(csv_of(*(ROW for _ in range(12))).encode())
    assert "20 MB" in refused(b"a" * (table.MAX_BYTES + 1))


@pytest.mark.parametrize(
    "content", [b"", b"\n\n\n", b"\x00" * 100, b"%PDF-1.4", b"\xff\xd8\xff\xe0", b'"a', b"a\n", b"\xef\xbb\xbf", b"{}", b"<html>"]
)
def test_files_that_are_no_tables(county: County, content: bytes) -> None:
    assert refused(content)


def test_one_bad_row_costs_no_other(county: County) -> None:
    """The control of them all: ten rows, one of them bad; nine matters."""
    rows = [(f"A{n}", *ROW[1:3], f"{SAID}第{n}处。", *ROW[4:]) for n in range(10)]
    rows[4] = ("A4", "明天", *ROW[2:])
    assert taken(county, csv_of(*rows).encode("gbk")) == 9
