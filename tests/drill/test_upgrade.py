"""A place that release 0.1 filled is brought to today's tables by ``bihuan init``: the ledger verifies, rebuilt = stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.drill import earlier
from tests.drill.place import Place, unfounded

pytestmark = pytest.mark.drill

RELEASE = {
    "access": "0001_initial", "cases": "0002_search", "intake": "0001_initial", "ledger": "0001_initial",
    "people": "0001_initial", "places": "0001_initial", "rulebook": "0001_initial", "vault": "0001_initial",
}  # fmt: skip
"""The last migration of each of our rooms in release 0.1. Frozen: what a place may come from."""


def test_the_targets_are_those_of_the_release() -> None:
    rows = earlier.told()["tables"][earlier.MIGRATIONS][1]
    theirs = {app: name for _, app, name, *_ in rows if app in RELEASE}
    assert theirs == RELEASE
    root = Path(__file__).resolve().parents[2] / "src" / "bihuan"
    assert all((root / app / "migrations" / f"{name}.py").is_file() for app, name in RELEASE.items()), "never taken away"


def test_a_filled_place_comes_up_to_today() -> None:
    with unfounded() as place:
        earlier.put_beside(place.environ)
        loaded = said(place, "load")
        assert loaded["cases_case"] == 24
        assert place.run("bihuan.console.main", "ledger", "verify", check=False).returncode != 0, "the control: not upgraded yet"
        assert said(place, "up") > 10
        assert place.verify() == 0
        place.run("bihuan.console.main", "search", "rebuild")  # the sample holds no index
        found = said(place, "look")
        assert found["before"] == found["after"] == [], "tables are as the ledger says"
        assert len(found["shown"]) == found["found"] == 24
        assert found["name"] == "王一", "sealed names open with their key"
        assert found["goes on"] == "to_assign"
        assert place.verify() == 0


def said(place: Place, word: str) -> Any:
    return json.loads(place.run("tests.drill.earlier", word).stdout.splitlines()[-1])
