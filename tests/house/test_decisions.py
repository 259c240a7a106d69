"""The list of decisions names every decision, and each says what was decided, why, and what it costs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house import source

FOLDER = source.ROOT / "docs" / "decisions"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))


def test_the_list_is_complete() -> None:
    assert re.findall(r"\((\d{4}-[\w-]+\.md)\)", (FOLDER / "README.md").read_text("utf-8")) == [path.name for path in RECORDS]


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_each_record_decides_something(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.startswith(f"# {path.stem[:4]} ")
    assert "**Decided.**" in text
    assert "**Why.**" in text or path.stem.startswith("0010")
