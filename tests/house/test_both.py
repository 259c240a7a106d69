"""What runs on one database alone: only what asks for none, in places that are there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.databases.both import PURE, runs_on_both
from tests.house import source


def item(place: str, *fixtures: str, mark: str = "") -> Any:
    """A test as pytest hands it over."""
    return SimpleNamespace(
        nodeid=f"{place}::test_it", fixturenames=fixtures, get_closest_marker=lambda name: name == mark or None
    )


def test_every_place_is_there() -> None:
    assert [place for place in PURE if not (source.ROOT / place).exists()] == []


@pytest.mark.parametrize("place", PURE)
def test_whoever_asks_for_a_database_runs_on_both(place: str) -> None:
    assert not runs_on_both(item(place, "clock", "tmp_path"))
    for fixture in ("db", "transactional_db", "live_server", "world", "vendor"):
        assert runs_on_both(item(place, "clock", fixture))
    assert runs_on_both(item(place, mark="django_db"))
    assert not runs_on_both(item(place, "db", mark="once"))


def test_elsewhere_everything_does() -> None:
    assert runs_on_both(item("tests/bihuan/console/test_processes.py"))
    assert runs_on_both(item("tests/bihuan/play/test_performance.py", "db"))
    assert not runs_on_both(item("tests/browser/test_axe.py", "live_server", mark="once"))
