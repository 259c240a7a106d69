"""A file as a table of plain cells, whatever it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

Cell = str | float | int | bool | datetime | date | time | timedelta | None

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_CELL = 100_000  # characters; a spreadsheet cell holds at most 32,767


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row with the number the person sees in the spreadsheet (counting from 1, empty rows counted)."""

    line: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of one sheet, or of one csv file. ``origin`` says what was read: an encoding or a sheet's name."""

    origin: str
    rows: tuple[Row, ...]
    other_sheets: tuple[str, ...] = ()


def is_empty(cell: Cell) -> bool:
    """True for nothing, and for text of blanks only."""
    return cell is None or (isinstance(cell, str) and not cell.strip())
