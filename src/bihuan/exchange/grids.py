"""Grids (or villages) out of a table: every row looked at first, then taken in; the same table again adds nothing."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import xlsxwriter
from django.utils.translation import gettext as _

from bihuan.exchange.cells import as_text
from bihuan.exchange.columns import Column, Mapped, headers_of, plain_word
from bihuan.exchange.faults import CellRefused, FileRefused, RowFault
from bihuan.exchange.importer import read_table
from bihuan.exchange.table import Cell, Row, Table, is_empty
from bihuan.packs import Pack
from bihuan.places import selectors as places
from bihuan.places.selectors import AreaFact

WORDS: Mapping[str, tuple[str, ...]] = {
    "above": ("村", "村社区", "所属村", "所属村社区", "上级", "上级区域", "上级代码", "village", "above", "parent"),
    "name": ("网格", "网格名称", "名称", "区域名称", "name", "grid"),
    "code": ("网格代码", "网格编码", "代码", "编码", "code", "gridcode"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewArea:
    """A row that can be taken in. ``code`` "" = the next free one below ``above``."""

    line: int
    above: str
    name: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GridList:
    """A table as read: what can be taken in, the lines that are there already, what is wrong with which line."""

    table: Table
    mapped: Mapped
    ready: tuple[NewArea, ...]
    already: tuple[int, ...]
    faults: tuple[RowFault, ...]

    @property
    def refused_lines(self) -> set[int]:
        """Lines with something wrong."""
        return {fault.line for fault in self.faults}


def template(pack: Pack) -> bytes:
    """An empty table to fill in, with the names of its columns and one example."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    above = pack.levels[-2].title if len(pack.levels) > 1 else ""
    for column, words in enumerate((above or "村", "网格名称", "网格代码")):
        sheet.write_string(0, column, words)
        sheet.set_column(column, column, 24)
    for column, words in enumerate(
        (_("name with the township, or the code"), pack.area.grid_name.format(n=1), _("may stay empty"))
    ):
        sheet.write_string(1, column, f"（{words}）")
    book.close()
    return out.getvalue()


def read_grids(content: bytes, pack: Pack) -> GridList:
    """Read a table of areas of the pack's lowest level. Writes nothing. Raises FileRefused."""
    table = read_table(content)
    header, columns = _header(table)
    lowest, above = pack.levels[-1], pack.levels[-2]
    parents = _names(places.of_level(above.key))
    known = {(fact.parent, fact.name): fact for fact in places.of_level(lowest.key) if fact.valid_to is None}
    codes = {fact.code for fact in places.of_level(lowest.key)}
    ready: list[NewArea] = []
    already: list[int] = []
    faults: list[RowFault] = []
    seen: set[tuple[str, str]] = set()
    for row in table.rows:
        if row.line <= header.line or all(is_empty(cell) for cell in row.cells) or _is_example(row):
            continue
        try:
            area = _area(row, columns, parents)
            if (area.above, area.name) in known:
                already.append(row.line)
                continue
            _check(area, lowest.digits, codes, seen)
        except CellRefused as refused:
            faults.append(RowFault(line=row.line, column="", say=refused.say))
            continue
        seen.add((area.above, area.name))
        codes.add(area.code)
        ready.append(area)
    mapped = Mapped(
        line=header.line,
        columns=tuple(Column(index=n, header=word, field=None) for n, word in enumerate(headers_of(header))),
    )
    return GridList(table=table, mapped=mapped, ready=tuple(ready), already=tuple(already), faults=tuple(faults))


def _header(table: Table) -> tuple[Row, dict[str, int]]:
    for row in table.rows[:10]:
        words = [plain_word(word) for word in headers_of(row)]
        found = {
            field: next((n for n, word in enumerate(words) if word in {plain_word(one) for one in known}), -1)
            for field, known in WORDS.items()
        }
        if found["above"] >= 0 and found["name"] >= 0:
            return row, found
    raise FileRefused(_("The table needs a column for the village and one for the grid's name; download the template."))


def _is_example(row: Row) -> bool:
    words = [str(cell) for cell in row.cells if not is_empty(cell)]
    return bool(words) and all(word.startswith("（") for word in words)


def _names(facts: list[AreaFact]) -> dict[str, list[AreaFact]]:
    """Areas by their code, their own name, and their name with those above it."""
    paths = places.path_names(fact.code for fact in facts)
    found: dict[str, list[AreaFact]] = {}
    for fact in facts:
        if fact.valid_to is None:
            path = paths[fact.code]
            for word in {fact.code, fact.name, path, path.replace("·", "")}:
                found.setdefault(word, []).append(fact)
    return found


def _cell(row: Row, column: int) -> str:
    cell: Cell = row.cells[column] if 0 <= column < len(row.cells) else None
    return " ".join(as_text(cell).split())


def _area(row: Row, columns: Mapping[str, int], parents: Mapping[str, list[AreaFact]]) -> NewArea:
    above, name, code = (_cell(row, columns[field]) for field in ("above", "name", "code"))
    if not above or not name:
        raise CellRefused(_("The village or the name of the grid is missing."))
    if len(name) > 80:
        raise CellRefused(_("This is too long: at most %(limit)s characters.") % {"limit": 80})
    found = parents.get(above.replace(" ", ""), parents.get(above, []))
    if not found:
        raise CellRefused(_("There is no “%(name)s” here.") % {"name": above})
    if len(found) > 1:
        raise CellRefused(_("There are several “%(name)s”: write the township before it, or the code.") % {"name": above})
    return NewArea(line=row.line, above=found[0].code, name=name, code=code)


def _check(area: NewArea, digits: int, codes: set[str], seen: set[tuple[str, str]]) -> None:
    if (area.above, area.name) in seen:
        raise CellRefused(_("This grid stands twice in the table."))
    if not area.code:
        return
    if not (area.code.isascii() and area.code.isdigit() and len(area.code) == digits and area.code.startswith(area.above)):
        raise CellRefused(_("The code must have %(n)d digits and begin with the village's.") % {"n": digits})
    if area.code in codes:
        raise CellRefused(_("The code %(code)s has been used already.") % {"code": area.code})
