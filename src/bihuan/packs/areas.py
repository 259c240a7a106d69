"""The areas that come with a pack: divisions.csv beside it, columns code, name, level, parents before children."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bihuan.packs.build import SHIPPED
from bihuan.packs.faults import Finding, PackError
from bihuan.packs.layers import Layers, base_of
from bihuan.packs.loading import folder_of, load
from bihuan.packs.shape import Pack


@dataclass(frozen=True, slots=True)
class Division:
    """One area. ``level`` is the pack's key of its level; ``parent`` the code of the area above, "" for the top."""

    code: str
    name: str
    level: str
    parent: str


def divisions(path_or_name: str | Path) -> tuple[Division, ...]:
    """The areas of a pack, parents first. Raises PackError for a code of the wrong width or without its parent.

    The level of a row must have the code's width (areas.toml ``digits``); the parent is the code cut to the width above.
    """
    return areas_of(load(path_or_name), folder_of(path_or_name))


def areas_of(pack: Pack, folder: Path) -> tuple[Division, ...]:
    """The areas of a pack already loaded from a folder; see ``divisions``."""
    if not pack.area.divisions:
        return (Division(pack.area.code, pack.area.name, pack.levels[0].key, ""),) if pack.levels else ()
    below = base_of(folder, SHIPPED, []) if pack.base else None
    file = Layers(folder, below).file(pack.area.divisions)
    if not file.is_file():
        message = f"areas.toml names {pack.area.divisions}, which is not there"
        raise PackError([Finding(file=pack.area.divisions, key="", line=0, message=message)])
    digits = {level.key: level.digits for level in pack.levels}
    widths = sorted(digits.values())
    found: dict[str, Division] = {}
    faults: list[Finding] = []
    for line, code, name, level in _rows(file):
        above = max((width for width in widths if width < len(code)), default=0)
        parent = code[:above]
        if digits.get(level) != len(code):
            message = f"{level!r} has codes of {digits.get(level)} digits, not {len(code)}"
        elif parent and parent not in found:
            message = f"the area above, {parent}, has no row before this one"
        elif code in found:
            message = "the code stands twice"
        else:
            found[code] = Division(code, name, level, parent)
            continue
        faults.append(Finding(file=pack.area.divisions, key=code, line=line, message=message))
    if faults:
        raise PackError(faults)
    return tuple(found.values())


def _rows(file: Path) -> Iterator[tuple[int, str, str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        for row in (reader := csv.DictReader(text)):
            yield reader.line_num, row["code"], row["name"], row["level"]
