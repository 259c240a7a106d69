"""The files of a pack's folder, and of an overlay (``base``) the files of both: its own tables laid over its county's.

An overlay writes only what it changes, in the same language: a table with the key of one below changes the keys it names,
``guard`` adds conditions, ``remove = true`` takes an act out, anything else is new. What it may change is ``narrowing``'s matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bihuan.packs.faults import Finding
from bihuan.packs.source import Source, Where, read_source

KEYED = ("key", "level")
"""By which of its keys a table of an array is known."""
ADDED = frozenset({"guard"})
"""Arrays that are added to, never replaced."""
OWN = ("name", "title", "version", "published", "base", "area", "sources")
"""Keys of ``[pack]`` that an overlay has for itself."""


@dataclass(frozen=True, slots=True)
class Layers:
    """A folder, and the folder of the pack it narrows (None = it stands alone)."""

    folder: Path
    below: Path | None = None

    def has(self, name: str) -> bool:
        """True when there is such a file in either."""
        return (self.folder / name).is_file() or (self.below is not None and (self.below / name).is_file())

    def file(self, name: str) -> Path:
        """The file of that name: the folder's own, else the one below."""
        own = self.folder / name
        return self.below / name if self.below is not None and not own.is_file() else own

    def names(self, sub: str, pattern: str = "*.toml") -> list[str]:
        """The names ("sub/file") of a folder's files, in both, in order."""
        folders = [self.folder, *([self.below] if self.below else [])]
        return sorted({f"{sub}/{file.name}" for folder in folders for file in (folder / sub).glob(pattern) if file.is_file()})

    def source(self, name: str, faults: list[Finding]) -> Source:
        """One file, laid over the one below it. Stories are whole: a story of the same name takes its place."""
        if self.below is None or not (self.below / name).is_file() or name.startswith("stories/"):
            return read_source(self.file(name), name, faults)
        under = read_source(self.below / name, f"{self.below.name}:{name}", faults)
        if not (self.folder / name).is_file():
            return under
        return laid_over(under, read_source(self.folder / name, name, faults))


def base_of(folder: Path, shipped: Path, faults: list[Finding]) -> Path | None:
    """The folder of the pack that the one in ``folder`` narrows; None when it stands alone, or with a finding why not.

    ``base = "<name>@<version>"``: a shipped pack, or a folder of that name beside this one.
    """
    source = read_source(folder / "pack.toml", "pack.toml", [])
    written = source.data.get("pack", {}).get("base", "") if isinstance(source.data.get("pack"), dict) else ""
    if not written:
        return None
    line = source.line(("pack", "base"))
    name, at, version = str(written).partition("@")
    found = [one for one in (folder.parent / name, shipped / name) if name.isidentifier() and (one / "pack.toml").is_file()]
    say = ""
    if not at or not found:
        say = f"there is no pack {name!r}: write base as name@version of a shipped pack, or of a folder beside this one"
    else:
        head = read_source(found[0] / "pack.toml", "pack.toml", []).data.get("pack", {})
        if head.get("version") != version:
            say = f"{name} is at version {head.get('version')}, not {version}: see that this still narrows it, then write so"
        elif head.get("base"):
            say = f"{name} narrows another pack itself: an overlay lies on a pack that stands alone"
    if say:
        faults.append(Finding(file="pack.toml", key="pack.base", line=line, message=say, proof=1))
        return None
    return found[0]


def laid_over(under: Source, over: Source) -> Source:
    """Two sources as one; lines are those of the upper file."""
    places: dict[Where, Where] = {(): ()}
    data = _merged(under.data, over.data, (), (), places)
    if isinstance(over.data.get("pack"), dict) and isinstance(data.get("pack"), dict):
        for key in OWN:
            data["pack"].pop(key, None)
        data["pack"] |= {key: value for key, value in over.data["pack"].items() if key in OWN}
    lines: dict[Where, int] = {}
    for path, line in over.lines.items():
        size = next(size for size in range(len(path), -1, -1) if path[:size] in places)
        lines.setdefault((*places[path[:size]], *path[size:]), line)
    return Source(over.name, data, lines)


def _merged(under: Any, over: Any, at: Where, to: Where, places: dict[Where, Where]) -> Any:
    """``over`` laid over ``under``; ``places`` learns where each path of ``over`` comes to stand."""
    if isinstance(under, dict) and isinstance(over, dict):
        found = dict(under)
        for key, value in over.items():
            places[*at, key] = (*to, key)
            if key in ADDED and isinstance(value, list) and isinstance(under.get(key), list):
                found[key] = [*under[key], *value]
                _number(value, (*at, key), (*to, key), len(under[key]), places)
            else:
                found[key] = _merged(under[key], value, (*at, key), (*to, key), places) if key in under else value
        return found
    known = _by_key(under)
    if known is None or _by_key(over) is None:
        return over
    listed: list[Any] = list(under)
    gone = set()
    for n, table in enumerate(over):
        key = _key_of(table)
        index = known.get(key, len(listed))
        places[*at, n] = (*to, index)
        if index == len(listed):
            listed.append(table)
            known[key] = index
        elif table.get("remove") is True:
            gone.add(index)
        else:
            listed[index] = _merged(listed[index], table, (*at, n), (*to, index), places)
    return [table for index, table in enumerate(listed) if index not in gone]


def _number(value: list[Any], at: Where, to: Where, first: int, places: dict[Where, Where]) -> None:
    for n in range(len(value)):
        places[*at, n] = (*to, first + n)


def _key_of(table: dict[str, Any]) -> str:
    return next((str(table[name]) for name in KEYED if name in table), "")


def _by_key(tables: Any) -> dict[str, int] | None:
    """Index of each table of an array by its key; None when it is no array of tables that have keys."""
    if not isinstance(tables, list) or not all(isinstance(table, dict) and _key_of(table) for table in tables):
        return None
    return {_key_of(table): index for index, table in enumerate(tables)}
