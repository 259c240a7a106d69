"""A worker killed between sending and marking: each notice is there once, and no work is left behind.

Short in ``./dev test`` (15 kills); ``./dev drill outbox`` kills five hundred times. BIHUAN_DELIVERIES says how often otherwise.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

from tests.drill.place import Place, founded
from tests.drill.server import processes_of

pytestmark = pytest.mark.drill

KILLS = int(os.environ.get("BIHUAN_DELIVERIES", "15"))
CASES = max(12, KILLS // 2)


@pytest.fixture
def place() -> Iterator[Place]:
    with founded() as one:
        one.inside("seed")
        yield one
        assert processes_of(one.folder) == []


def test_each_notice_once_whatever_becomes_of_the_worker(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    told = place.folder / "told.json"
    told.write_text(json.dumps({"cases": CASES, "kills": KILLS}), "utf-8")
    found = json.loads(place.run("tests.drill.dying", str(told), patience=900).stdout.splitlines()[-1])
    assert found["killed"] == KILLS
    assert found["entered"] >= CASES, "limits passed"
    assert found["again"] > 0, "the control: work was taken a second time after its worker was killed"
    assert found["undone"] == 0, "nothing is left behind or given up"
    assert found["matters"] == CASES, "each matter's reader was told"
    assert found["most"] == 1, "and once only"
    assert place.verify() == 0
    with capsys.disabled():
        print(f"\n  {KILLS} kills: {found['notices']} notices on {CASES} matters, each once; {found['again']} pieces done again")
