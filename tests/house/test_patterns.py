"""Every regular expression of the product takes a time that grows with the text and no faster.

The structure is judged (``tests.house.linear``), so a new pattern is judged too, whoever thinks of a text for it or not.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import bihuan
from bihuan.exchange import cells
from bihuan.exchange.faults import CellRefused
from bihuan.packs import reading
from bihuan.web import dates
from tests.house.linear import slow
from tests.house.source import PACKAGE, python_files, shown, tree

CALLS = frozenset({"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"})
FROM_ITS_BEGINNING = frozenset({"match", "fullmatch"})
_CELL = "a cell that is longer than cells.LONGEST_MOMENT is no date"
_DECODER = "one line that the decoder says about a field of a pack"
SHORT = {
    **dict.fromkeys((one.pattern for one in (cells.DATE, cells.DIGITS, cells.DAY_FIRST, cells.TIME)), _CELL),
    **dict.fromkeys((one.pattern for one in (reading._AT, reading._UNKNOWN, reading._MISSING, reading._EXPECTED)), _DECODER),
    dates._SERIES.pattern: "a line that is longer than dates.LONGEST_LINE is no series",
}
"""Patterns that could be slow on a long text and never get one, each with what bounds it."""


@dataclass(frozen=True)
class Use:
    """One pattern as it is used: where, and whether it may begin anywhere or must read the text to its end."""

    where: str
    pattern: Any
    flags: int
    searched: bool
    whole: bool


@cache
def _calls() -> tuple[tuple[Path, str, ast.Call], ...]:
    """(file, name of what it is called on, call) of everything that looks like the use of a pattern."""
    found = []
    for path in python_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS:
                on = node.func.value
                name = on.id if isinstance(on, ast.Name) else on.attr if isinstance(on, ast.Attribute) else ""
                found.append((path, name, node))
    return tuple(found)


def _ways(name: str) -> set[str]:
    """With which methods a compiled pattern of this name is used anywhere in the product."""
    return {str(getattr(call.func, "attr", "")) for _, on, call in _calls() if on == name}


@cache
def _named() -> tuple[tuple[str, str, Any], ...]:
    """(module, name, pattern) of every compiled pattern that a module of the product holds, also inside a tuple or a table."""
    found = {}
    for one in pkgutil.walk_packages(bihuan.__path__, "bihuan."):
        if ".migrations" in one.name or one.name.endswith(("__main__", ".wsgi")):
            continue
        for name, value in vars(importlib.import_module(one.name)).items():
            for pattern in _patterns(value):
                found.setdefault((pattern.pattern, pattern.flags), (one.name, name, pattern))
    return tuple(found.values())


def _patterns(value: Any) -> Iterator[Any]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from (one for part in value.values() for one in _patterns(part))
    elif isinstance(value, tuple | list | frozenset | set):
        yield from (one for part in value for one in _patterns(part))


def _written() -> Iterator[Use]:
    """Patterns given straight to ``re.search`` and the like."""
    for path, on, call in _calls():
        way = str(getattr(call.func, "attr", ""))
        if on == "re" and way != "compile":
            said = call.args[0]
            pattern = said.value if isinstance(said, ast.Constant) else _constant(path, said)
            yield Use(shown(path), pattern, 0, way not in FROM_ITS_BEGINNING, way == "fullmatch")


def _constant(path: Path, said: ast.expr) -> Any:
    """The pattern that a module's constant holds; what is worked out on the spot cannot be judged, and so is refused."""
    assert isinstance(said, ast.Name), f"{shown(path)}: a pattern that is made where it is used"
    module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    return getattr(importlib.import_module(module), said.id)


def uses() -> list[Use]:
    """Every pattern of the product."""
    found = list(_written())
    for module, name, pattern in _named():
        ways = _ways(name) or {"search"}
        searched = bool(ways - FROM_ITS_BEGINNING)
        found.append(Use(f"{module}.{name}", pattern.pattern, pattern.flags, searched, "fullmatch" in ways))
    return found


@cache
def _judged(pattern: Any, flags: int, searched: bool, whole: bool) -> str:
    return slow(pattern, flags, searched=searched, whole=whole)


def slow_ones(found: list[Use]) -> list[str]:
    """What is wrong, a line each."""
    wrong = []
    for one in found:
        how = _judged(one.pattern, one.flags, one.searched, one.whole)
        if how and one.pattern not in SHORT:
            wrong.append(f"{one.where}: {how}: {one.pattern!r}")
    return wrong


def test_every_pattern_takes_linear_time() -> None:
    found = uses()
    assert len(found) > 80, "the patterns are not found any more"
    assert slow_ones(found) == []


@pytest.mark.parametrize(
    ("pattern", "how"),
    [
        (r"(a+)+$", "exponential"),
        (r"(\w+\s?)*$", "exponential"),
        (r"([a-z]+[0-9]*)+!", "exponential"),
        (r"(.*)*x", "exponential"),
        (r"(ab|a|b)*c", "exponential"),
        (r"^a*a*b", "polynomial"),
        (r"\s+$", "polynomial"),
        (r"<.*?>", "polynomial"),
        (r"^\s*x?\s*$", "polynomial"),
        (r"(?=\d*x)", "polynomial"),
        (r"^\s*,\s*$", ""),
        (r"^(?:[a-z]+-)*[a-z]+$", ""),
        (r"(?<![0-9])[0-9]*x", ""),
        (r"(?m)^a.*b$", ""),
        (r"<[^<>]*>", ""),
        (r"[0-9]{1,5}x?", ""),
        (r"a*b*", ""),
    ],
)
def test_what_is_slow_is_told_from_what_is_not(pattern: str, how: str) -> None:
    """The control: patterns that are known to be slow are found, their harmless neighbours are not."""
    assert slow(pattern) == how


def test_a_slow_pattern_in_the_product_would_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the search for patterns: one more, held by a module of the product, is found and named."""
    monkeypatch.setattr(dates, "_ADDED", re.compile(r"(\d+,?)+;"), raising=False)
    _named.cache_clear()
    try:
        assert [line for line in slow_ones(uses()) if "_ADDED" in line]
    finally:
        _named.cache_clear()


def test_what_is_called_short_is_kept_short() -> None:
    """The reasons above are true: longer text is refused before such a pattern sees it."""
    with pytest.raises(CellRefused):
        cells.moment_of_text("2026-04-03 " + "T" * cells.LONGEST_MOMENT + "8:00", ZoneInfo("Asia/Shanghai"))
    with pytest.raises(ValueError, match=r"^2026"):
        dates.listed_dates("2026-09-01" + " " * dates.LONGEST_LINE + "yearly 9")
    assert len(dates.listed_dates("2026-09-01 yearly 9")) == 9
