"""From TOML data to the written structs, table by table, so that one reading shows every fault of a file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from bihuan.packs.faults import Finding
from bihuan.packs.source import Source, Where

T = TypeVar("T", bound=msgspec.Struct)
Place = tuple[str, ...]
_AT = re.compile(r"^(?P<what>.*?)(?: - at (?:the )?`?(?P<at>.*?)`?)?$")
_STEP = re.compile(r"\.?([A-Za-z0-9_]+)|\[(\d+)\]")
_UNKNOWN = re.compile(r"Object contains unknown field `(.+)`")
_MISSING = re.compile(r"Object missing required field `(.+)`")
_EXPECTED = re.compile(r"Expected `(.+)`, got `(.+)`")
_ENUM = re.compile(r"Invalid enum value (.+)")


@dataclass(slots=True)
class Reading:
    """What a reading gathers on its way: faults, and where each thing with a key was written."""

    faults: list[Finding] = field(default_factory=list)
    places: dict[Place, tuple[str, int]] = field(default_factory=dict)

    def fault(self, source: Source, path: Where, message: str) -> None:
        """Add a fault at a key of a source."""
        self.faults.append(Finding(file=source.name, key=dotted(path), line=source.line(path), message=message))

    def put(self, place: Place, source: Source, path: Where) -> None:
        """Remember where a thing stands, and refuse a second one of the same key."""
        if place in self.places:
            at = self.places[place]
            self.fault(source, path, f"the key {place[-1]!r} stands already at {at[0]}:{at[1]}; keys are unique")
            return
        self.places[place] = (source.name, source.line(path))

    def table(self, source: Source, path: Where, data: Any, shape: type[T]) -> T | None:
        """One table as its struct, or a fault and None."""
        try:
            return msgspec.convert(data, shape)
        except msgspec.ValidationError as error:
            found = _AT.match(str(error))
            what = found.group("what") if found else str(error)
            inner = _inner(found.group("at") or "" if found else "")
            named = _UNKNOWN.search(what) or _MISSING.search(what)
            if named:
                inner = (*inner, named.group(1))
            self.fault(source, (*path, *inner), _explain(what, shape, inner[:-1] if named else inner))
            return None

    def tables(self, source: Source, path: Where, data: Any, shape: type[T]) -> list[tuple[Where, T]]:
        """An array of tables, each with its path; those that cannot be read are left out with a fault."""
        if not isinstance(data, list):
            self.fault(source, path, f"write [[{path[-1]}]] once for each, not a single table or value")
            return []
        found = []
        for index, item in enumerate(data):
            table = self.table(source, (*path, index), item, shape)
            if table is not None:
                found.append(((*path, index), table))
        return found


def dotted(path: Where) -> str:
    """``("action", 2, "from")`` as ``action[2].from``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _inner(at: str) -> Where:
    """Msgspec's ``$.limits[0].unit`` as a path."""
    steps = _STEP.findall(at.removeprefix("$"))
    return tuple(int(index) if index else name for name, index in steps)


def _explain(what: str, shape: type[msgspec.Struct], inner: Where) -> str:
    """The fault in words, with what to do."""
    unknown = _UNKNOWN.search(what)
    if unknown:
        allowed = ", ".join(msgspec.structs.fields(shape)[i].encode_name for i in range(len(shape.__struct_fields__)))
        here = f"; known here: {allowed}" if not inner else ""
        return f"the language has no key {unknown.group(1)!r} here{here}. Correct the spelling or take it out"
    missing = _MISSING.search(what)
    if missing:
        return f"the key {missing.group(1)!r} is needed here: add it"
    expected = _EXPECTED.search(what)
    if expected:
        wanted = expected.group(1).replace(" | null", "")
        return f"should be {wanted}, but is {expected.group(2)}: write it so"
    value = _ENUM.search(what)
    if value:
        return f"{value.group(1)} is not one of the values the language knows here"
    return what
