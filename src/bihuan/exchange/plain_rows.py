"""Many rows of plain text in a workbook: the library lays the book out, the rows are written straight into its sheet.

The library takes a cell at a time, each with a format, a place and a kind to be found out. A list of a hundred thousand rows
holds nothing but text, so its cells are written as what they are in the file: strings that stand in their cells.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import IO

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from bihuan.exchange.refused_rows import MAX_CELL, clean

SHEET = "xl/worksheets/sheet1.xml"
AT_ONCE = 500
"""Rows that are in memory at a time."""
MOST_COLUMNS = 200
_END = b"</sheetData>"
_SIZE = b"<dimension "
_SPECIAL = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff&<>_]")
"""What has to be cleaned away, escaped or looked at; other text stands in a cell as it is."""
_LOOKS_ESCAPED = re.compile(r"(_x[0-9a-fA-F]{4}_)")
_NOT_XML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def write(out: IO[bytes], heads: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int] = ()) -> None:
    """Write a workbook of one sheet to ``out``: a bold first line that stays in sight, then the rows, every cell text.

    An empty text leaves its cell empty. Memory holds a few hundred rows, whatever their number.
    """
    frame = zipfile.ZipFile(io.BytesIO(_frame(heads, widths)))
    before, end, after = frame.read(SHEET).partition(_END)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as book:
        for part in frame.infolist():
            if part.filename != SHEET:
                book.writestr(part, frame.read(part))
        place = zipfile.ZipInfo(SHEET, frame.getinfo(SHEET).date_time)
        place.compress_type = zipfile.ZIP_DEFLATED
        with book.open(place, "w", force_zip64=True) as sheet:
            size = before.index(_SIZE)
            sheet.write(before[:size] + before[before.index(b">", size) + 1 :])
            for part_of_rows in _lines(rows):
                sheet.write(part_of_rows)
            sheet.write(end + after)


def _frame(heads: Sequence[str], widths: Sequence[int]) -> bytes:
    """The book with its first line alone, as the library makes it."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True, "bottom": 1})
    if len(heads) > MOST_COLUMNS:
        raise ValueError(f"a list has at most {MOST_COLUMNS} columns, not {len(heads)}")
    sheet.freeze_panes(1, 0)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    for column, text in enumerate(heads):
        sheet.write_string(0, column, clean(text), bold)
    book.close()
    return out.getvalue()


def _lines(rows: Iterable[Sequence[str]]) -> Iterable[bytes]:
    """The rows as the sheet holds them, from its second line on, some hundreds at a time."""
    numbered = enumerate(rows, 2)
    names = [xl_col_to_name(column) for column in range(MOST_COLUMNS)]
    while some := list(islice(numbered, AT_ONCE)):
        parts: list[str] = []
        for line, cells in some:
            parts.append(f'<row r="{line}">')
            parts += [
                f'<c r="{name}{line}" t="inlineStr"><is>{_cell(text)}</is></c>'
                for name, text in zip(names, cells, strict=False)
                if text
            ]
            parts.append("</row>")
        yield "".join(parts).encode()


def _cell(text: str) -> str:
    """A text in its cell: cleaned, escaped, spaces at its ends and ends of lines kept."""
    if not _SPECIAL.search(text) and text == text.strip() and len(text) <= MAX_CELL:
        return f"<t>{text}</t>"
    shown = _LOOKS_ESCAPED.sub(r"_x005F\1", clean(text)).translate(_NOT_XML)
    return f'<t xml:space="preserve">{shown}</t>'
