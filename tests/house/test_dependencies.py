"""Each dependency has its reason on the page of decisions, and nothing there is gone."""

from __future__ import annotations

import re

from tests.house import source

PAGE = source.ROOT / "docs" / "decisions" / "0010-dependencies.md"


def _names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w.-]", one, maxsplit=1)[0].lower() for one in requirements}


def _undecided(wanted: set[str], page: str) -> set[str]:
    return wanted ^ set(re.findall(r"^\| `([\w.-]+)` \|", page, re.MULTILINE))


def test_every_dependency_has_its_reason() -> None:
    assert _undecided(_names(source.project()["project"]["dependencies"]), PAGE.read_text("utf-8")) == set()


def test_every_tool_is_named() -> None:
    page = PAGE.read_text("utf-8")
    assert {tool for tool in _names(source.project()["dependency-groups"]["dev"]) if f"`{tool}`" not in page} == set()


def test_a_dependency_without_a_reason_is_seen() -> None:
    assert _undecided({"django", "left-pad"}, "| `django` | BSD | web |\n| `gone` | x | y |") == {"left-pad", "gone"}


def test_two_builds_of_sqlite_never_meet() -> None:
    lock = (source.ROOT / "uv.lock").read_text("utf-8")
    assert 'name = "pysqlite3"' in lock
    assert "pysqlite3-binary" not in lock
