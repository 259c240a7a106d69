"""Lists written out: a workbook or a csv of plain text cells, bounded in memory, entered in the ledger before it leaves.

A list holds no personal data (the duty says so): whoever composes the rows leaves contacts out. No cell is ever a formula,
a number or a link, whatever a resident may have typed.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Literal

from bihuan.access.actors import Actor, may
from bihuan.exchange import plain_rows
from bihuan.exchange.refused_rows import harmless
from bihuan.ledger.services import record
from bihuan.rules.scope import Duty
from bihuan.rules.terms import FactValue

Kind = Literal["xlsx", "csv"]
MOST_ROWS = 100_000
"""Rows of one file; what lies beyond is left out, and the file says so."""
IN_MEMORY = 1024 * 1024
"""Bytes of a file beyond which it lies on the disk, without a name."""
TYPES: Mapping[str, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


class ExportRefused(Exception):
    """The actor's post may not write lists out."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A written list: a file to be read from its beginning, on the disk without a name where it is large, gone once it is
    closed; how many rows it holds, whether rows were left out.
    """

    file: IO[bytes]
    rows: int
    cut: bool


def export(
    actor: Actor,
    *,
    what: str,
    kind: Kind,
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    widths: Sequence[int] = (),
    left_out: str = "",
    narrowed: Mapping[str, FactValue] | None = None,
) -> Exported:
    """Write the rows out page by page and enter who took what: ``what`` and ``narrowed`` (keys, never residents' words).

    ``left_out``: the sentence of the last line where there were more than ``MOST_ROWS``. Raises ExportRefused.
    """
    if not may(actor, Duty.EXPORT_RUN):
        raise ExportRefused
    out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    try:
        counted = _Counted(rows, left_out)
        if kind == "xlsx":
            plain_rows.write(out, heads, counted, widths)
        else:
            _csv(out, heads, counted)
        facts: dict[str, FactValue] = {"what": what, "kind": kind, "rows": counted.rows, **(narrowed or {})}
        record(f"export:{actor.account}", "exported", by=actor.doer(), facts=facts, area=actor.area_code)
        size = out.seek(0, io.SEEK_END)
        out.seek(0)
        if size <= IN_MEMORY:
            with out:
                return Exported(io.BytesIO(out.read()), counted.rows, counted.cut)
    except BaseException:
        out.close()
        raise
    return Exported(out, counted.rows, counted.cut)


class _Counted:
    """The rows up to the most that a file holds, counted as they pass; behind the last one what was left out."""

    def __init__(self, rows: Iterable[Sequence[str]], left_out: str) -> None:
        self._rows, self._left_out = rows, left_out
        self.rows, self.cut = 0, False

    def __iter__(self) -> Iterator[Sequence[str]]:
        for row in self._rows:
            if self.rows == MOST_ROWS:
                self.cut = True
                yield [self._left_out]
                return
            self.rows += 1
            yield row


def _csv(out: IO[bytes], heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """UTF-8 with a byte order mark, which Excel needs to read Chinese; a quotation mark before what could be a formula."""
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow([harmless(head) for head in heads])
    for cells in rows:
        writer.writerow([harmless(cell) for cell in cells])
    text.flush()
    text.detach()
