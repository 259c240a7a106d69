"""The table of security: every row has a state, what is held names a test, and every test named exists."""

from __future__ import annotations

import re

from tests.house import source

PAGE = source.ROOT / "docs" / "security.md"
ROW = re.compile(r"^\| (V[^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]*) ?\|$", re.MULTILINE)


def faults(text: str) -> list[str]:
    found = []
    for section, _asks, _how, state, tests in ROW.findall(text):
        if not state.startswith(("held", "partly: ", "not ours")):
            found.append(f"{section}: state")
        if state.startswith("held") and "`tests/" not in tests:
            found.append(f"{section}: no test")
        found += [f"{section}: {name}" for name in re.findall(r"`(tests/[^`]+)`", tests) if not (source.ROOT / name).exists()]
    return found


def test_the_page_says_what_is_there() -> None:
    text = PAGE.read_text("utf-8")
    chapters = {int(number) for row in ROW.findall(text) for number in re.findall(r"V(\d+)", row[0])}
    assert chapters == set(range(1, 18))
    assert faults(text) == []


def test_faults_are_seen() -> None:
    """The control."""
    assert faults("| V1.1 | a | b | held | `tests/none.py` |") == ["V1.1: tests/none.py"]
    assert faults("| V1.1 | a | b | held | |") == ["V1.1: no test"]
    assert faults("| V1.1 | a | b | surely | |") == ["V1.1: state"]
