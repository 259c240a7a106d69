"""The table of security: every requirement of level 2 stands in it, what is held names a test, every test named runs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.house import source

PAGE = source.ROOT / "docs" / "security.md"
ROW = re.compile(r"^\| (V\d[^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]*) ?\|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[^`]+)`")
STATES = ("held", "partly: ", "not met: ", "not ours: ")
LAST = (
    "1.1.2 1.2.9 1.3.11 1.4.3 1.5.2 2.1.3 2.2.3 2.3.4 2.4.1 3.2.2 3.3.4 3.4.6 3.5.5 3.7.2 4.1.3 4.2.1 4.3.2 4.4.4 "
    "5.1.1 5.2.3 5.3.2 5.4.3 6.1.3 6.2.12 6.3.4 6.4.4 6.5.5 6.6.3 6.8.4 7.1.3 7.2.4 7.3.2 7.4.5 7.5.2 7.6.2 8.1.2 "
    "8.2.3 8.3.1 8.4.1 9.1.3 9.2.4 10.1.2 10.2.2 10.3.4 10.4.11 10.5.5 10.6.2 10.7.3 11.1.2 11.2.3 11.3.3 11.4.4 "
    "11.5.1 11.6.1 12.1.3 12.2.2 12.3.4 13.1.1 13.2.5 13.3.2 13.4.5 14.1.2 14.2.4 14.3.3 15.1.3 15.2.3 15.3.7 "
    "16.1.1 16.2.5 16.3.4 16.4.3 16.5.3 17.1.1 17.2.4 17.3.2"
)
"""The last requirement of levels 1 and 2 in each section of ASVS 5.0.0; those of level 3 come after them there."""


def wanted() -> set[str]:
    """Every requirement of levels 1 and 2."""
    return {
        f"V{section}.{n}" for one in LAST.split() for section, _, last in [one.rpartition(".")] for n in range(1, int(last) + 1)
    }


def listed(cell: str) -> list[str]:
    """The requirements of a row; "V10.4.1-V10.4.11" stands for eleven."""
    found = []
    for one in cell.split():
        first, _, last = one.partition("-")
        section, _, n = first.rpartition(".")
        found += [f"{section}.{k}" for k in range(int(n), int((last or first).rpartition(".")[2]) + 1)]
    return found


def _never_runs(marks: list[ast.expr]) -> bool:
    return any(re.search(r"mark\.(skip|xfail)\b", ast.unparse(one)) for one in marks)


def running_tests(path: Path) -> set[str]:
    """The tests of a file that are not switched off."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark" and _never_runs([node.value]):
            return set()
    found = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")]
    return {one.name for one in found if not _never_runs(one.decorator_list)}


def gone(name: str, root: Path = source.ROOT) -> bool:
    """Whether a test that is named ("file" or "file::test") is not there, or is switched off."""
    file, _, test = name.partition("::")
    path = root / file
    if not path.name.startswith("test_") or not path.is_file():
        return True
    there = running_tests(path)
    return test not in there if test else not there


def faults(text: str) -> list[str]:
    found = []
    for ids, _asks, state, tests in ROW.findall(text):
        if not state.startswith(STATES):
            found.append(f"{ids}: state")
        if state.startswith("held") and not NAMED.search(tests):
            found.append(f"{ids}: no test")
    return found + [f"gone: {name}" for name in NAMED.findall(text) if gone(name)]


def test_every_requirement_stands_there_once() -> None:
    told = [one for ids, *_ in ROW.findall(PAGE.read_text("utf-8")) for one in listed(ids)]
    assert len(wanted()) == 253
    assert wanted() - set(told) == set()
    assert sorted({one for one in told if told.count(one) > 1}) == []


def test_the_page_says_what_is_there() -> None:
    assert faults(PAGE.read_text("utf-8")) == []


def test_faults_are_seen(tmp_path: Path) -> None:
    """The control."""
    assert faults("| V1.1.1 | a | held | `tests/none.py` |") == ["gone: tests/none.py"]
    assert faults("| V1.1.1 | a | held: well | |") == ["V1.1.1: no test"]
    assert faults("| V1.1.1 | a | surely | |") == ["V1.1.1: state"]
    assert faults("| V1.1.1 | a | not met: no time | |") == []
    assert listed("V10.4.9-V10.4.11 V1.1.1") == ["V10.4.9", "V10.4.10", "V10.4.11", "V1.1.1"]
    (tmp_path / "tests").mkdir()
    off = "import pytest\n@pytest.mark.skip\ndef test_a(): ...\n@pytest.mark.skipif(True, reason='x')\ndef test_b(): ...\n"
    (tmp_path / "tests" / "test_x.py").write_text(off)
    named = {name: gone(f"tests/test_x.py{name}", tmp_path) for name in ("", "::test_a", "::test_b", "::test_c")}
    assert named == {"": False, "::test_a": True, "::test_b": False, "::test_c": True}
    (tmp_path / "tests" / "test_x.py").write_text(
        "import pytest\npytestmark = pytest.mark.skip(reason='later')\ndef test_a(): ...\n"
    )
    assert gone("tests/test_x.py", tmp_path)
