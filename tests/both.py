"""Run the tests on SQLite and on PostgreSQL, one after the other, and close with one line that counts them all.

    python -m tests.both [--drill [NAME]] [ARGUMENTS OF PYTEST]

Four parts: everything but the drills on each database with two workers, then the drills, which want the machine for
themselves and, on PostgreSQL, a cluster that syncs. Asked for by ``--drill``, drills run at full length. Exit code 0 only
if every part ran and nothing failed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.databases import cluster, scratch

_NOTHING_SELECTED = 5
AT_LENGTH = {
    "BIHUAN_KILLS": "100", "BIHUAN_BACKUPS": "5", "BIHUAN_CANARIES": "200", "BIHUAN_OVERLOAD": "30", "BIHUAN_CUTS": "1000",
    "BIHUAN_DELIVERIES": "500", "BIHUAN_SOAK": "30", "BIHUAN_FULLS": "10", "BIHUAN_WRITING": "60", "BIHUAN_RACES": "1000",
    "BIHUAN_REKEYS": "300",
}  # fmt: skip
"""How much a drill that is asked for does; in ``./dev test`` each does less, as its file says."""


@dataclass(frozen=True)
class Result:
    """Counts of one part. ``broken``: pytest itself did not come to its end."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    broken: bool = False

    def __add__(self, other: Result) -> Result:
        return Result(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.broken or other.broken,
        )


def counts(report: Path, code: int) -> Result:
    """What a part's report says; a part that broke off, or left no report, counts as one failure."""
    if not report.exists():
        return Result(failed=1, broken=True)
    suites = ET.parse(report).getroot().iter("testsuite")
    total = Result()
    for suite in suites:
        tests, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        total += Result(max(tests - skipped - failed, 0), failed, skipped)
    if code not in (0, _NOTHING_SELECTED) and not total.failed:
        return total + Result(failed=1, broken=True)
    return total


def part(title: str, arguments: Sequence[str], place: Path, *, database: str, drill: bool) -> Result:
    """One call of pytest in a process of its own."""
    print(f"\n=== {title} ===", flush=True)
    selection = ["-m", "drill"] if drill else ["-m", "not drill", "-n", os.environ.get("BIHUAN_WORKERS", "2")]
    report = place / "report.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *selection, *arguments]
    code = _run(command, {**compiled_once(place), "BIHUAN_DATABASE": database, "BIHUAN_SCRATCH": str(place)})
    return counts(report, code)


def compiled_once(place: Path) -> dict[str, str]:
    """The environment in which hundreds of processes of the product and its libraries are compiled once, not once each."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**own, "PYTHONPYCACHEPREFIX": str(place / "bytecode")}


def _run(command: list[str], environment: dict[str, str]) -> int:
    process = subprocess.Popen(command, env=environment)
    try:
        return process.wait()
    except BaseException:  # told to stop: pytest tidies up when it is interrupted, not when it is killed
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise


def everything(arguments: Sequence[str], *, drill_only: bool) -> Result:
    """All parts, in order."""
    total = Result()
    with scratch.folder() as place:
        for name, drill in (("tests", False), ("drills", True)):
            if drill_only and not drill:
                continue
            total += part(f"{name} on SQLite", arguments, place, database="sqlite", drill=drill)
            with cluster.throw_away(durable=drill) as server:
                address = server.create_database("bihuan")
                total += part(f"{name} on PostgreSQL", arguments, place, database=address, drill=drill)
    return total


def drills() -> dict[str, Path]:
    """The file of each drill by its name."""
    return {file.stem.removeprefix("test_"): file for file in sorted((Path(__file__).parent / "drill").glob("test_*.py"))}


def named(arguments: Sequence[str]) -> list[str]:
    """Drills named by a word (``kill``) as their files; options of pytest, and what one is given, as they are.

    Raises SystemExit for a word that names none.
    """
    found: list[str] = []
    for n, word in enumerate(arguments):
        plain = word.isidentifier() and not (n and arguments[n - 1] in ("-k", "-m", "-n", "-p", "-o"))
        if plain and word not in drills():
            raise SystemExit(f"There is no drill called {word}. There are: {', '.join(drills())}")
        found.append(str(drills()[word]) if plain else word)
    return found


def main() -> int:
    """Run, count, say."""
    arguments = sys.argv[1:]
    drill_only = "--drill" in arguments
    if drill_only:
        for name, much in AT_LENGTH.items():
            os.environ.setdefault(name, much)
        arguments = named([one for one in arguments if one != "--drill"])
    cluster.leave_on_signals()
    total = everything(arguments, drill_only=drill_only)
    if total.skipped:
        print(f"\n{total.skipped} skipped, each with its reason above")
    if total.broken:
        print("a part did not come to its end; it counts as one failure")
    if total == Result():
        print("nothing was selected by these arguments, so nothing was tried; that counts as a failure")
    print(f"\n{total.passed} passed, {total.failed} failed", flush=True)
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main())
