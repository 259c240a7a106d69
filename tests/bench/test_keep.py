"""``./dev bench --keep``: a place is filled once; parts that write never touch it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench import __main__ as bench


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, list[str], bool]]:
    """What would have been run: folder, parts, whether the place was filled before."""
    calls: list[tuple[Path, list[str], bool]] = []

    def run(_database: str, folder: Path, parts: list[str], _size: str, _wanted: int) -> dict[str, Any]:
        folder.mkdir(parents=True, exist_ok=True)
        calls.append((folder, parts, (folder / "filled.json").is_file()))
        (folder / "filled.json").write_text("{}")
        (folder / "touched").write_text(",".join(parts))
        return {}

    monkeypatch.setattr(bench, "run", run)
    return calls


def test_a_kept_place_is_filled_once(ran: list[tuple[Path, list[str], bool]], tmp_path: Path) -> None:
    place = tmp_path / "sqlite-100-30"
    for _ in range(2):
        bench.at_size("sqlite", ["screens"], "100", 30, tmp_path)
    assert ran == [(place, [], False), (place, ["screens"], True), (place, ["screens"], True)]
    bench.at_size("sqlite", ["screens"], "100", 40, tmp_path)
    assert ran[3][0].name == "sqlite-100-40", "another number of open matters is another place"


def test_what_writes_is_measured_on_a_copy(ran: list[tuple[Path, list[str], bool]], tmp_path: Path) -> None:
    place = tmp_path / "sqlite-100-30"
    bench.at_size("sqlite", ["screens", "intake"], "100", 30, tmp_path)
    folder, parts, filled = ran[-1]
    assert (parts, filled) == (["screens", "intake"], True)
    assert folder != place
    assert not folder.exists(), "the copy is gone"
    assert (place / "touched").read_text() == "", "only the filling was there"


def test_without_a_folder_nothing_is_kept(ran: list[tuple[Path, list[str], bool]]) -> None:
    bench.at_size("sqlite", ["screens"], "100", 30, None)
    assert [filled for _, _, filled in ran] == [False]
    assert not ran[0][0].exists()
