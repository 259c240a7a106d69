"""Every file of ``tests/drill`` is a drill: asked for by its name it runs, and ``./dev help`` names it."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

from tests.both import drills, named
from tests.house import source


def is_marked(text: str) -> bool:
    """True where the whole file carries the mark by which drills are selected."""
    return any(
        isinstance(node, ast.Attribute) and ast.unparse(node) == "pytest.mark.drill"
        for one in ast.parse(text).body
        if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "pytestmark"
        for node in ast.walk(one.value)
    )


@pytest.mark.parametrize("name", drills())
def test_its_file_is_selected_by_its_name(name: str) -> None:
    assert is_marked(drills()[name].read_text("utf-8"))


def test_another_mark_is_seen() -> None:
    assert is_marked("pytestmark = [pytest.mark.drill, pytest.mark.slow]")
    assert not is_marked("pytestmark = pytest.mark.slow")
    assert not is_marked("@pytest.mark.drill\ndef test_one(): ...")


def test_help_names_every_drill() -> None:
    told = subprocess.run([source.ROOT / "dev", "help"], capture_output=True, text=True, check=True).stdout
    listed = told.partition("There are")[2].partition("./dev help")[0]
    assert {word for line in listed.splitlines() for word in line.replace(",", " ").split()} == set(drills())


def test_a_name_that_is_none_is_refused_with_those_there_are() -> None:
    with pytest.raises(SystemExit, match=r"no drill called kil. There are: .*kill, .*upgrade"):
        named(["kil"])
    assert named(["-x", "kill", "-k", "early"]) == ["-x", str(drills()["kill"]), "-k", "early"]
    assert all(Path(one).is_file() for one in named([*drills()]))
