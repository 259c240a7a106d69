"""The rows that were not taken in, as a file to correct and bring again: their cells as they were, and what is wrong."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

import xlsxwriter
from django.utils.translation import gettext as _

from bihuan.exchange.cells import as_text
from bihuan.exchange.columns import Mapped
from bihuan.exchange.faults import CellRefused, RowFault
from bihuan.exchange.table import Cell, Row, Table

MAX_CELL = 32_767  # characters that a cell of a workbook holds
_UNREADABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00")


def clean(text: str) -> str:
    """Text without what makes a workbook unreadable: control characters and lone surrogates, and cut to a cell's length."""
    return _UNREADABLE.sub("", text)[:MAX_CELL]


def harmless(text: str) -> str:
    """Text that no spreadsheet program takes for a formula: a quotation mark stands before what could be one."""
    return f"'{clean(text)}" if text.startswith(FORMULA_STARTS) else clean(text)


def shown(cell: Cell) -> str:
    """A cell as text whatever it holds; nothing is refused here."""
    try:
        return as_text(cell)
    except CellRefused:
        return str(int(cell)) if isinstance(cell, float) else str(cell)


def lines(table: Table, mapped: Mapped, faults: Sequence[RowFault]) -> Iterable[list[str]]:
    """The header line and one line for each refused row: line number, all that is wrong, the row's own cells."""
    wrong: dict[int, list[str]] = {}
    for fault in faults:
        wrong.setdefault(fault.line, []).append(f"{fault.column}: {fault.say}" if fault.column else fault.say)
    width = max((column.index for column in mapped.columns), default=-1) + 1
    heads = {column.index: column.header for column in mapped.columns}
    yield [_("line"), _("what is wrong"), *(heads.get(index, "") for index in range(width))]
    rows: dict[int, Row] = {row.line: row for row in table.rows}
    for line in sorted(wrong):
        cells = [shown(cell) for cell in rows[line].cells[:width]] if line in rows else []
        yield [str(line), "; ".join(wrong[line]), *cells]


def as_workbook(table: Table, mapped: Mapped, faults: Sequence[RowFault]) -> bytes:
    """The refused rows as xlsx; every cell is written as text, none as number, formula or link."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 2)
    sheet.set_column(0, 0, 6)
    sheet.set_column(1, 1, 48)
    for at, cells in enumerate(lines(table, mapped, faults)):
        for column, text in enumerate(cells):
            sheet.write_string(at, column, clean(text))
    book.close()
    return out.getvalue()


def as_csv(table: Table, mapped: Mapped, faults: Sequence[RowFault]) -> bytes:
    """The refused rows as csv in UTF-8 with a byte order mark, which Excel needs to read Chinese."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for cells in lines(table, mapped, faults):
        writer.writerow([harmless(text) for text in cells])
    return out.getvalue().encode("utf-8-sig")
