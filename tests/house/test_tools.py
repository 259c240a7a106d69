"""What ./dev check asks of the tools, so that the run of all tests asks it too."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.house import source

pytestmark = pytest.mark.slow

TOOLS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "migrations": ["django", "makemigrations", "--check", "--dry-run"],
}


@pytest.mark.parametrize("tool", TOOLS)
def test_it_has_nothing_to_say(tool: str) -> None:
    command = [sys.executable, "-m", *TOOLS[tool]]
    done = subprocess.run(command, cwd=source.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
