"""TOML text with the line of every key, so that a finding can point at it (tomllib itself forgets lines)."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bihuan.packs.faults import Finding

Where = tuple[str | int, ...]
_PART = r"""(?:[A-Za-z0-9_\-]+|"[^"]*"|'[^']*')"""
_PARTS = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"^\s*(\[\[?)\s*({_PARTS})\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(rf"^\s*({_PARTS})\s*=")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")


@dataclass(slots=True)
class Source:
    """One TOML file: its name for people, its data, and where each key stands."""

    name: str
    data: dict[str, Any]
    lines: dict[Where, int] = field(default_factory=dict)

    def line(self, path: Where) -> int:
        """The line of a key, or of the nearest table around it; 1 when nothing nearer is known."""
        for size in range(len(path), 0, -1):
            if path[:size] in self.lines:
                return self.lines[path[:size]]
        return 1

    def under(self, path: Where) -> list[tuple[str, ...]]:
        """Every key that stands below this table, as its path from there."""
        size = len(path)
        below = [key[size:] for key in self.lines if len(key) > size and key[:size] == path]
        return [tuple(str(part) for part in key) for key in below]


def read_source(file: Path, name: str, faults: list[Finding]) -> Source:
    """Read one file. A missing, undecodable or malformed file adds a finding and gives an empty source."""
    try:
        text = file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        faults.append(Finding(file=name, key="", line=0, message="the file is missing: a pack must have it"))
        return Source(name, {})
    except UnicodeDecodeError as error:
        faults.append(Finding(file=name, key="", line=0, message=f"not UTF-8 at byte {error.start}: save it as UTF-8"))
        return Source(name, {})
    return parse(text, name, faults)


def parse(text: str, name: str, faults: list[Finding]) -> Source:
    """TOML text to data and lines; a syntax error becomes a finding with its line."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        line = int(found.group(1)) if found else text.count("\n") + 1
        faults.append(Finding(file=name, key="", line=line, message=f"not TOML: {error}"))
        return Source(name, {})
    return Source(name, data, key_lines(text))


def key_lines(text: str) -> dict[Where, int]:
    """Line numbers of headers and keys. Inside strings and arrays over several lines nothing is looked for."""
    lines: dict[Where, int] = {}
    counts: dict[Where, int] = {}
    table: Where = ()
    depth, quote = 0, ""
    for number, line in enumerate(text.split("\n"), start=1):
        if depth == 0 and not quote:
            header, key = _HEADER.match(line), _KEY.match(line)
            if header:
                table = _table(header.group(2), header.group(1) == "[[", counts)
                lines.setdefault(table, number)
                continue
            if key:
                lines.setdefault(table + _parts(key.group(1)), number)
        depth, quote = _open_after(line, depth, quote)
    return lines


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))


def _table(dotted: str, repeated: bool, counts: dict[Where, int]) -> Where:
    """The path of a header, with the index of each array of tables on the way."""
    path: Where = ()
    parts = _parts(dotted)
    for position, part in enumerate(parts):
        path = (*path, part)
        last = position == len(parts) - 1
        if last and repeated:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _open_after(line: str, depth: int, quote: str) -> tuple[int, str]:
    """How many brackets, and which string over several lines, are open after this line."""
    position = 0
    while position < len(line):
        three, one = line[position : position + 3], line[position]
        if quote:
            if one == "\\" and quote[0] == '"':
                position += 2
                continue
            if line.startswith(quote, position):
                position += len(quote)
                quote = ""
                continue
        elif three in ('"""', "'''"):
            quote = three
            position += 3
            continue
        elif one in "\"'":
            quote = one
        elif one == "#":
            break
        elif one in "[{":
            depth += 1
        elif one in "]}":
            depth -= 1
        position += 1
    return max(depth, 0), quote if len(quote) == 3 else ""
