"""The child process that parses one workbook under limits of memory and time: a bad file kills it, not the server.

Reads the file from standard input and writes one msgpack message to standard output: {"refused": key} or
{"sheet", "others", "rows": [[line, [cell, ...]], ...]}. Dates travel as {"at"|"on"|"time"|"span": text}. No Django here.
"""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from bihuan.exchange.archive import ArchiveRefusedError, check_declarations, check_directory
from bihuan.exchange.table import MAX_CELL, MAX_COLUMNS, MAX_ROWS
from bihuan.files.child import answer


def plain(cell: Any) -> Any:
    """A cell as msgpack can carry it without losing what kind of value it is."""
    if isinstance(cell, datetime):
        return {"at": cell.isoformat()}
    if isinstance(cell, date):
        return {"on": cell.isoformat()}
    if isinstance(cell, time):
        return {"time": cell.isoformat()}
    if isinstance(cell, timedelta):
        return {"span": cell.total_seconds()}
    if isinstance(cell, str) and len(cell) > MAX_CELL:
        raise ArchiveRefusedError("cell")
    return cell


def parse(content: bytes) -> dict[str, Any]:
    """The first visible sheet that is not empty. Raises ArchiveRefusedError."""
    archive = check_directory(content)
    check_declarations(archive)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    except CalamineError as error:
        raise ArchiveRefusedError("damaged") from error
    shown = [
        meta.name
        for meta in book.sheets_metadata
        if meta.typ == SheetTypeEnum.WorkSheet and meta.visible == SheetVisibleEnum.Visible
    ]
    for name in shown:
        try:
            sheet = book.get_sheet_by_name(name)
        except CalamineError as error:
            raise ArchiveRefusedError("damaged") from error
        if sheet.total_height > MAX_ROWS or sheet.total_width > MAX_COLUMNS:
            raise ArchiveRefusedError("too_large")
        lines: list[list[Any]] = [[plain(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
        if any(cell not in ("", None) for cells in lines for cell in cells):
            rows = list(enumerate(lines, start=1))  # from the first line on, so that a row's place is its line
            return {"sheet": name, "others": [other for other in shown if other != name], "rows": rows}
    raise ArchiveRefusedError("empty")


if __name__ == "__main__":
    raise SystemExit(answer(parse, ArchiveRefusedError))
