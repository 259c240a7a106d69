"""The one closing line of ./dev test counts every part, and a part that breaks off is a failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.both import Result, counts

REPORT = '<testsuites><testsuite tests="{}" failures="{}" errors="{}" skipped="{}"/></testsuites>'


@pytest.mark.parametrize(
    ("report", "code", "expected"),
    [
        ((10, 0, 0, 2), 0, Result(passed=8, skipped=2)),
        ((10, 1, 1, 0), 1, Result(passed=8, failed=2)),
        ((0, 0, 0, 0), 5, Result()),
        ((4, 0, 0, 0), 3, Result(passed=4, failed=1, broken=True)),  # broke off inside, after four tests
        (None, -9, Result(failed=1, broken=True)),
        (None, 0, Result(failed=1, broken=True)),
    ],
)
def test_a_part_is_counted(tmp_path: Path, report: tuple[int, ...] | None, code: int, expected: Result) -> None:
    path = tmp_path / "report.xml"
    if report:
        path.write_text(REPORT.format(*report))
    assert counts(path, code) == expected


def test_parts_add_up() -> None:
    assert Result(1, 2, 3) + Result(10, 20, 30, broken=True) == Result(11, 22, 33, broken=True)
