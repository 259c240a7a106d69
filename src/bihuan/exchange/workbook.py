"""A workbook (xlsx) as a table, parsed in a child process; whatever kills the child only refuses the file."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bihuan.exchange.archive import ArchiveRefusedError, check_directory
from bihuan.exchange.faults import FileRefused
from bihuan.exchange.table import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, Cell, Row, Table
from bihuan.files.child import ChildRefusedError, asked

OLD_EXCEL = b"\xd0\xcf\x11\xe0"
SENTENCES = {
    "not_zip": gettext_noop("This is not an Excel workbook (.xlsx)."),
    "not_workbook": gettext_noop("This is not an Excel workbook (.xlsx)."),
    "entries": gettext_noop("The workbook has too many parts; save it again in Excel and try once more."),
    "twice": gettext_noop("The workbook names one of its parts twice; it was not written by a spreadsheet program."),
    "encrypted": gettext_noop("The workbook is protected by a password; save it without one."),
    "unpacked": gettext_noop("Unpacked, the workbook would be far too large."),
    "ratio": gettext_noop("Unpacked, the workbook would be far too large."),
    "dtd": gettext_noop("The workbook contains a document type declaration, which no spreadsheet program writes."),
    "damaged": gettext_noop("The workbook is damaged; open it in Excel, save it again and try once more."),
    "cell": gettext_noop("A cell holds more text than a spreadsheet can."),
    "too_large": gettext_noop("The sheet is too large: at most %(rows)s rows and %(columns)s columns."),
    "empty": gettext_noop("No visible sheet of the workbook holds anything."),
    "memory": gettext_noop("Reading the workbook took too much memory; it was stopped."),
    "time": gettext_noop("Reading the workbook took too long; it was stopped."),
    "old": gettext_noop("This is the old Excel format (.xls); save it as .xlsx or .csv."),
}


def refuse(key: str) -> FileRefused:
    """The error with the sentence of ``key``."""
    return FileRefused(_(SENTENCES[key]) % {"rows": MAX_ROWS, "columns": MAX_COLUMNS})


def cell_of(value: Any) -> Cell:
    """A cell as the child sent it, with its kind restored."""
    if not isinstance(value, dict):
        return None if value == "" else value
    (kind, text), *_rest = value.items()
    if kind == "at":
        return datetime.fromisoformat(text)
    if kind == "on":
        return date.fromisoformat(text)
    if kind == "time":
        return time.fromisoformat(text)
    return timedelta(seconds=text)


def read_workbook(content: bytes) -> Table:
    """The first visible, non-empty sheet. Raises FileRefused with a sentence; never takes the process down."""
    if len(content) > MAX_BYTES:
        raise FileRefused(_("The file is larger than %(size)s MB.") % {"size": MAX_BYTES // 1024 // 1024})
    if content.startswith(OLD_EXCEL):
        raise refuse("old")
    try:
        check_directory(content)
    except ArchiveRefusedError as refused:
        raise refuse(str(refused)) from refused
    try:
        answer = asked("bihuan.exchange.sheet_child", content)
    except ChildRefusedError as refused:
        raise refuse(str(refused)) from refused
    rows = tuple(Row(line=line, cells=tuple(map(cell_of, cells))) for line, cells in answer["rows"])
    return Table(origin=answer["sheet"], rows=rows, other_sheets=tuple(answer["others"]))
