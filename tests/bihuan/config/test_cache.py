"""The shared cache: one count for all processes, nothing lost between them."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from bihuan.config import cache as caches
from bihuan.config.cache import SqliteCache

EACH = 200


@pytest.fixture
def cache(tmp_path: Path) -> SqliteCache:
    return SqliteCache(str(tmp_path / "cache.sqlite3"), {})


def test_it_keeps_and_forgets(cache: SqliteCache) -> None:
    assert cache.get("a", "none") == "none"
    cache.set("a", {"n": [1, 2]})
    assert cache.get("a") == {"n": [1, 2]}
    assert cache.get_many(["a", "b"]) == {"a": {"n": [1, 2]}}
    assert cache.delete("a")
    assert not cache.delete("a")
    cache.set("b", 1)
    cache.clear()
    assert cache.get("b") is None


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let seconds pass."""
    now = [1_800_000_000.0]
    monkeypatch.setattr("time.time", lambda: now[0])

    def pass_(seconds: float) -> None:
        now[0] += seconds

    return pass_


def test_it_expires(cache: SqliteCache, later: Callable[[float], None]) -> None:
    cache.set("a", 1, timeout=50)
    later(49)
    assert cache.get("a") == 1
    assert not cache.add("a", 2)
    later(2)
    assert cache.get("a") is None
    assert not cache.touch("a", 60)
    with pytest.raises(ValueError, match="not found"):
        cache.incr("a")
    assert cache.add("a", 2)
    assert cache.touch("a", None)
    cache.set("b", 1, timeout=0)
    assert cache.get("b") is None


def test_what_has_expired_is_swept_away(cache: SqliteCache, later: Callable[[float], None]) -> None:
    cache.set("old", 1, timeout=10)
    later(20)
    for n in range(500):
        cache.set(f"k{n % 7}", n)
    kept = cache._connection().execute("SELECT count(*) FROM entry").fetchone()[0]
    assert kept == 7


def _count_up(path: str, together: Any) -> None:
    """A process's share: it begins when all have started, or they would only come one after the other."""
    mine = SqliteCache(path, {})
    together.wait(60)
    for _ in range(EACH):
        mine.incr("n")


def test_no_count_is_lost_between_processes(tmp_path: Path) -> None:
    path = str(tmp_path / "cache.sqlite3")
    shared = SqliteCache(path, {})
    shared.set("n", 0, timeout=60)
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(3)
    workers = [context.Process(target=_count_up, args=(path, together)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert shared.get("n") == 3 * EACH


def test_what_a_clock_running_ahead_kept_is_over(cache: SqliteCache, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a count of tries made while the clock stood a year ahead would shut people out for that year."""
    ahead = caches.time.time() + 365 * 86_400
    with monkeypatch.context() as patch:
        patch.setattr(caches.time, "time", lambda: ahead)
        cache.set("tries", 9, timeout=600)
        assert cache.get("tries") == 9, "the control"
    assert cache.get("tries") is None
    with pytest.raises(ValueError, match="not found"):
        cache.incr("tries")
    assert cache.add("tries", 0, timeout=600)
    assert cache.incr("tries") == 1


def test_a_file_that_cannot_be_written_is_a_fault_of_the_database(tmp_path: Path) -> None:
    """People are told 503 then, as with the database itself, and not that something broke."""
    (tmp_path / "cache.sqlite3").mkdir()
    broken = SqliteCache(str(tmp_path / "cache.sqlite3"), {})
    for call in (lambda: broken.get("a"), lambda: broken.set("a", 1), lambda: broken.incr("a")):
        with pytest.raises(OperationalError):
            call()
