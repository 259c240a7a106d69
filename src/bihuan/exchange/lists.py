"""Short lists that administrators keep in a spreadsheet: rows by the words over their columns, and a template to fill in.

The file is read by the same code as every other (archive, workbook, texts); here its columns become fields.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import xlsxwriter
from django.utils.translation import gettext as _

from bihuan.exchange.cells import as_text
from bihuan.exchange.columns import LOOK_FOR_HEADERS, Column, Mapped, headers_of, plain_word
from bihuan.exchange.faults import CellRefused, FileRefused, RowFault
from bihuan.exchange.importer import read_table
from bihuan.exchange.refused_rows import as_workbook, clean
from bihuan.exchange.table import Cell, Row, Table, is_empty

MOST_ROWS = 5000
"""Rows of one list: more is not what somebody keeps by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListField:
    """One column that a list may have. ``words``: what may stand over it, the first one in the template."""

    key: str
    words: tuple[str, ...]
    example: str = ""
    needed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """One row: its line in the file and its cells by field; fields without a column are absent."""

    line: int
    cells: Mapping[str, Cell]

    def text(self, key: str) -> str:
        """A cell as text. Raises CellRefused."""
        return as_text(self.cells.get(key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A list as read."""

    table: Table
    mapped: Mapped
    rows: tuple[ListRow, ...]


@dataclass(slots=True)
class Planned:
    """What would become of a list, or became of it: words for each row taken, faults for each refused, counts by outcome."""

    listed: Listed
    lines: list[tuple[int, str, str]] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def take(self, line: int, words: str, outcome: str) -> None:
        """Note one row and its outcome."""
        self.lines.append((line, words, outcome))
        self.counts[outcome] = self.counts.get(outcome, 0) + 1

    def refuse(self, line: int, say: str, column: str = "") -> None:
        """Note what is wrong with one row."""
        self.faults.append(RowFault(line=line, column=column, say=say))

    @property
    def refused(self) -> int:
        """How many rows have something wrong."""
        return len({fault.line for fault in self.faults})

    def refused_file(self) -> bytes:
        """The refused rows as a workbook, each with what is wrong."""
        return as_workbook(self.listed.table, self.listed.mapped, self.faults)


def read_list(content: bytes, fields: Sequence[ListField]) -> Listed:
    """Read a list: find the line of its headers, take every row below. Raises FileRefused."""
    table = read_table(content)
    known = {plain_word(word): one.key for one in fields for word in one.words}
    head: Row | None = None
    keys: list[str] = []
    for row in table.rows[:LOOK_FOR_HEADERS]:
        found = [known.get(plain_word(word), "") for word in headers_of(row)]
        if sum(map(bool, found)) > sum(map(bool, keys)):
            head, keys = row, found
    missing = [one.words[0] for one in fields if one.needed and one.key not in keys]
    if head is None or missing:
        raise FileRefused(_("These columns are missing: %(columns)s. Use the template.") % {"columns": ", ".join(missing)})
    twice = next((one.words[0] for one in fields if keys.count(one.key) > 1), "")
    if twice:
        raise FileRefused(_("Two columns are called “%(column)s”; rename or remove one of them.") % {"column": twice})
    line = head.line
    columns = tuple(Column(index=index, header=header, field=None) for index, header in enumerate(headers_of(head)) if header)
    rows = tuple(
        ListRow(line=row.line, cells={key: row.cells[at] for at, key in enumerate(keys) if key and at < len(row.cells)})
        for row in table.rows
        if row.line > line and any(not is_empty(cell) for cell in row.cells)
    )
    if len(rows) > MOST_ROWS:
        raise FileRefused(_("The list is longer than %(n)s rows; split it.") % {"n": MOST_ROWS})
    return Listed(table=table, mapped=Mapped(line=line, columns=columns), rows=rows)


def header_of(fields: Sequence[ListField], key: str) -> str:
    """What a field is called over its column, for a fault."""
    return next((one.words[0] for one in fields if one.key == key), "")


def refused_cell(row: ListRow, fields: Sequence[ListField]) -> RowFault | None:
    """The first cell of a row that cannot be read as text, None when all can."""
    for one in fields:
        try:
            row.text(one.key)
        except CellRefused as refused:
            return RowFault(line=row.line, column=one.words[0], say=refused.say)
    return None


def template(fields: Sequence[ListField], note: str) -> bytes:
    """An empty list to fill in: a note, the headers, one example row; every column is text so that no number loses its digits."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    as_words, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "num_format": "@"})
    sheet.set_column(0, len(fields) - 1, 18, as_words)
    sheet.write_string(0, 0, clean(note))
    for column, one in enumerate(fields):
        sheet.write_string(1, column, one.words[0], bold)
        sheet.write_string(2, column, one.example, as_words)
    sheet.freeze_panes(2, 0)
    book.close()
    return out.getvalue()
