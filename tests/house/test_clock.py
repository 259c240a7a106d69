"""Rules never ask what time it is; everybody else asks the one injectable clock."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import source

ASKING = {"now", "today", "utcnow", "localtime", "gmtime", "time", "time_ns", "localdate", "fromtimestamp"}
THE_CLOCK = source.PACKAGE / "ledger" / "clock.py"
REASON = re.compile(r"# noqa: TID251 - \w+")  # an exception says why, on its line
MODULES = {"datetime", "date", "timezone", "time", "dt", "_dt"}


def asks(tree: ast.AST) -> Iterator[int]:
    """Lines that ask the machine for the time: ``datetime.now()``, ``timezone.now()``, ``time.time()``, ``date.today()``."""
    for call in source.calls(tree):
        name = source.dotted(call.func)
        before, _, last = name.rpartition(".")
        if last in ASKING and before.rpartition(".")[2] in MODULES:
            yield call.lineno


def _pure_files() -> list[Path]:
    return [path for path in source.python_files() if {"rules", "packs"} & set(path.relative_to(source.PACKAGE).parts[:1])]


def test_rules_and_packs_take_every_instant_as_an_argument() -> None:
    wrong = [
        f"{source.shown(path)}:{call.lineno}"
        for path in _pure_files()
        for call in source.calls(source.tree(path))
        if source.dotted(call.func).rpartition(".")[2] in {"now", "today", "utcnow", "localtime", "gmtime"}
    ]
    assert wrong == []


def test_only_the_clock_and_the_cache_ask_the_machine() -> None:
    allowed = {THE_CLOCK, source.PACKAGE / "config" / "cache.py"}  # the cache counts seconds of its own, not legal time
    wrong = [
        f"{source.shown(path)}:{line}"
        for path in source.python_files()
        if path not in allowed
        for line in asks(source.tree(path))
        if not REASON.search(path.read_text("utf-8").splitlines()[line - 1])
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "sample", ["datetime.now(UTC)", "dt.date.today()", "timezone.now()", "time.time()", "x = datetime.datetime.utcnow()"]
)
def test_asking_is_seen(sample: str) -> None:
    assert list(asks(ast.parse(sample))) == [1]
    assert list(asks(ast.parse("clock.now()\nself.now()"))) == []


@pytest.mark.parametrize("room", ["rules/calendar.py", "cases/services.py"])
def test_ruff_refuses_it_too(room: str) -> None:
    ruff = Path(sys.executable).with_name("ruff")
    program = str(ruff) if ruff.exists() else shutil.which("ruff")
    assert program
    sample = "from datetime import UTC, datetime\n\nSTART = datetime.now(UTC)\n"
    command = [program, "check", "--output-format=json", f"--stdin-filename=src/bihuan/{room}", "-"]
    said = subprocess.run(command, input=sample, capture_output=True, text=True, check=False, cwd=source.ROOT).stdout
    assert "TID251" in {one["code"] for one in json.loads(said)}
