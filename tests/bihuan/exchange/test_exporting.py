"""Lists written out: every cell plain text, bounded in memory, entered in the ledger before a byte leaves."""

from __future__ import annotations

import csv
import io
import tracemalloc
import zipfile
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from bihuan.exchange import exporting
from bihuan.exchange.exporting import ExportRefused, export
from bihuan.ledger.models import Entry
from tests.factories.matters import found_matters
from tests.factories.organisation import County

NASTY = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\x00=1",
    "00012345678901234567",
    "https://x.example",
    "𠀀",
    "坏\ud800字",
    "a" * 40_000,
]


@pytest.fixture
def county(db: None, clock: Any) -> County:
    return found_matters()


def written(county: County, kind: Any, rows: list[list[str]], **more: Any) -> tuple[bytes, int, bool]:
    """The bytes of the file, its rows, whether some were left out."""
    done = export(county.actor("dispatcher"), what="cases", kind=kind, heads=["甲", "乙"], rows=rows, **more)
    with done.file:
        return done.file.read(), done.rows, done.cut


def test_no_cell_of_a_workbook_is_a_formula_a_number_or_a_link(county: County) -> None:
    data, _rows, _cut = written(county, "xlsx", [[text, "x"] for text in NASTY])
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert rows[0] == ["甲", "乙"]
    assert all(isinstance(cell, str) for row in rows for cell in row)
    assert rows[1][0] == "=1+1", "as it was typed, as text"
    assert rows[8][0] == "00012345678901234567"
    sheet = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet


def test_no_cell_of_a_csv_begins_like_a_formula(county: County) -> None:
    data = written(county, "csv", [[text, "x"] for text in NASTY])[0]
    assert data.startswith("\ufeff".encode())
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    for row in rows[1:]:
        assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert rows[1][0] == "'=1+1"


def test_more_rows_than_a_file_holds_are_left_out_and_the_file_says_so(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST_ROWS", 3)
    data, rows, cut = written(county, "csv", [[str(n), "x"] for n in range(5)], left_out="还有")
    assert (rows, cut) == (3, True)
    assert data.decode("utf-8-sig").split("\r\n")[4] == "还有"
    assert written(county, "csv", [[str(n), "x"] for n in range(3)], left_out="还有")[1:] == (3, False)


def test_who_took_what_is_an_entry(county: County) -> None:
    written(county, "xlsx", [["1", "2"]], narrowed={"light": "over"})
    entry = Entry.objects.get(kind="exported")
    assert entry.account == county.accounts["dispatcher"]
    assert entry.facts == {"what": "cases", "kind": "xlsx", "rows": 1, "light": "over"}


def test_without_the_duty_nothing_is_written(county: County) -> None:
    with pytest.raises(ExportRefused):
        export(county.actor("officer"), what="cases", kind="csv", heads=["甲"], rows=[["1"]])
    assert not Entry.objects.filter(kind="exported").exists()


def test_a_large_file_lies_on_the_disk_without_a_name_and_is_never_whole_in_memory(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: held in memory as before, the same file is seven times what may be allocated at once."""
    rows, cell = 4000, "路灯" * 300

    def peak(in_memory: int) -> int:
        monkeypatch.setattr(exporting, "IN_MEMORY", in_memory)
        tracemalloc.start()
        try:
            done = export(
                county.actor("dispatcher"), what="cases", kind="csv", heads=["甲"], rows=([f"{n}{cell}"] for n in range(rows))
            )
            with done.file:
                assert done.file.seek(0, io.SEEK_END) > 7_000_000
                assert not isinstance(getattr(done.file, "name", 0), str)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(1024 * 1024) < 1_000_000
    assert peak(2**40) > 7_000_000
