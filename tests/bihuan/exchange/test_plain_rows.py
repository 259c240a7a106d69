"""Rows written straight into a workbook read back as those that the library writes a cell at a time."""

from __future__ import annotations

import io
import zipfile

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from bihuan.exchange import plain_rows
from bihuan.exchange.refused_rows import clean

CELLS = [
    "路灯坏了", "a & b", "<b>x</b>", "]]>", "_x0041_", "_x", " vorn", "hinten ", "zwei\nZeilen", "\ttab", "\x00=1", "坏\ud800字",
    "𠀀", "00012", "", "=1+1", "&amp;", '"quoted"', "\ufffe", "a" * 40_000, "_", "·", "\u3000",
]  # fmt: skip
HEADS = ["甲", "b & c"]


def by_library(rows: list[list[str]]) -> bytes:
    """The same book through the library alone."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    sheet = book.add_worksheet()
    for line, cells in enumerate([HEADS, *rows]):
        for column, text in enumerate(cells):
            if text:
                sheet.write_string(line, column, clean(text))
    book.close()
    return out.getvalue()


def read(book: bytes) -> list[list[object]]:
    return [list(row) for row in CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()]


def written(rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    plain_rows.write(out, HEADS, rows, (10, 20))
    return out.getvalue()


@pytest.mark.parametrize("width", [1, 3, 30])
def test_every_cell_reads_as_the_library_would_have_written_it(width: int) -> None:
    rows = [[text, *["x"] * (width - 1)] for text in CELLS]
    assert read(written(rows)) == read(by_library(rows))


def test_more_rows_than_are_in_memory_at_once_keep_their_order() -> None:
    rows = [[str(n), f"第{n}条"] for n in range(2 * plain_rows.AT_ONCE + 3)]
    assert read(written(rows))[1:] == rows


def test_the_control_what_is_not_escaped_reads_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [["a <i/> b", "_x0041_"]]
    assert read(written(rows)) == read(by_library(rows))
    monkeypatch.setattr(plain_rows, "_NOT_XML", {})
    assert read(written(rows)) != read(by_library(rows))


def test_the_sheet_is_well_formed_and_says_nothing_of_its_size() -> None:
    sheet = zipfile.ZipFile(io.BytesIO(written([["a", "b"]]))).read(plain_rows.SHEET)
    assert b"<dimension" not in sheet, "the library's would be that of the first line alone"
    assert sheet.endswith(b"</worksheet>")
    assert sheet.count(b"<sheetData>") == sheet.count(b"</sheetData>") == 1


def test_a_list_wider_than_a_sheet_here_is_an_error_and_loses_nothing_silently() -> None:
    with pytest.raises(ValueError, match="columns"):
        plain_rows.write(io.BytesIO(), ["甲"] * (plain_rows.MOST_COLUMNS + 1), [], [10])
