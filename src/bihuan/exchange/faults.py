"""Why a file, or one row of it, is not taken in: a sentence for the person, and where to look."""

from __future__ import annotations

from dataclasses import dataclass


class FileRefused(Exception):
    """Nothing of the file is taken in. ``say`` is the sentence that the person reads."""

    def __init__(self, say: str) -> None:
        super().__init__(say)
        self.say = say


class CellRefused(Exception):
    """One cell cannot be read without guessing. ``say`` is the sentence that the person reads."""

    def __init__(self, say: str) -> None:
        super().__init__(say)
        self.say = say


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """One thing wrong with one row. ``line`` counts from 1 as the spreadsheet does; ``column`` is the header, "" = the row."""

    line: int
    column: str
    say: str
