"""The power goes at any point of the application's own SQL: nothing acknowledged is lost with ``synchronous=FULL``.

The controls: with NORMAL acknowledged acts are lost, with OFF the file is damaged. Short in ``./dev test`` (60 cuts);
``./dev drill power`` cuts a thousand times. BIHUAN_CUTS says how often otherwise.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bihuan.config.sqlite import base
from tests.drill.place import Place, founded

pytest.importorskip("apsw", reason="apsw is not installed: ./dev sets it up from the lock file")
pytestmark = [
    pytest.mark.drill,
    pytest.mark.skipif("postgres" in os.environ.get("BIHUAN_DATABASE", ""), reason="about SQLite's file alone"),
]
CUTS = int(os.environ.get("BIHUAN_CUTS", "60"))
CASES = 90


@pytest.fixture(scope="module")
def recorded() -> Iterator[tuple[Place, Path, list[str]]]:
    """A place, its database before the acts, and the statements of the acts."""
    with founded() as place:
        place.inside("seed")
        told = {"start": str(place.folder / "start.sqlite3"), "sql": str(place.folder / "sql.json"), "cases": CASES}
        assert place.inside("record", given=told) > CASES
        yield place, Path(told["start"]), json.loads(Path(told["sql"]).read_text("utf-8"))


def verdict(folder: Path, files: dict[str, bytes], told: int) -> str:
    """What became of the place: "kept", "lost" (an acknowledged entry is gone) or "damaged"."""
    for old in folder.iterdir():
        old.unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    try:
        connection = base.Database.connect(str(folder / "db.sqlite3"))
        try:
            whole = connection.execute("PRAGMA quick_check").fetchone()[0] == "ok"
            last = connection.execute("SELECT max(id) FROM ledger_entry").fetchone()[0] or 0
        finally:
            connection.close()
    except (base.Database.DatabaseError, sqlite3.DatabaseError):
        return "damaged"
    if not whole:
        return "damaged"
    return "lost" if last < told else "kept"


def fates(recorded: tuple[Place, Path, list[str]], synchronous: str, cuts: int) -> Counter[str]:
    from tests.drill import power

    place, start, statements = recorded
    work, check = place.folder / f"work-{synchronous}", place.folder / f"check-{synchronous}"
    work.mkdir()
    check.mkdir()
    journal = power.replayed(start, statements, synchronous, work)
    points = drawn(len(journal.steps), cuts)
    return Counter(verdict(check, files, told) for files, told in power.after_cuts(journal, start.read_bytes(), points))


def drawn(steps: int, cuts: int) -> Sequence[int]:
    return sorted(random.Random(20401).choices(range(steps), k=cuts))


def test_nothing_acknowledged_is_lost(recorded: tuple[Place, Path, list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    found = {mode: fates(recorded, mode, CUTS) for mode in ("FULL", "NORMAL", "OFF")}
    assert found["FULL"] == {"kept": CUTS}
    assert found["NORMAL"]["lost"] > 0, "the control: acknowledged acts are lost"
    assert found["NORMAL"]["damaged"] == 0
    assert found["OFF"]["damaged"] > 0, "the control: the file is damaged"
    assert "PRAGMA synchronous = FULL" in base._SETTINGS, "and FULL is what the product runs with"
    with capsys.disabled():
        print(f"\n  {CUTS} power cuts: " + "; ".join(f"{mode} {dict(sorted(fate.items()))}" for mode, fate in found.items()))
